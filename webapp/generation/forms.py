"""What curators ask of batches."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Count, Q

from annotation_configs.models import ModelOffer
from webapp.core.errors import BadInput
from webapp.generation.actions.batches import (
    MAX_BUDGET_USD,
    MAX_COUNT,
    MAX_NAME_CHARS,
    MAX_SEED,
    check_budget,
    check_config,
)
from webapp.generation.config import (
    MAX_ORDERS,
    MAX_ROUNDS,
    OFFLINE,
    RULES,
    BatchConfig,
    Scheme,
)
from webapp.generation.queries import is_configured, models_on_offer
from webapp.generation.states import CallOutcome, SlotState
from webapp.items.models import DIMENSION_CHOICES
from webapp.slides.models import Slide

ANY = ("", "All")
SCHEMES = (
    (
        Scheme.FACTORIAL,
        "2×2 factorial",
        "Two findings, each true or false, crossed: no option is nearest to all others.",
    ),
    (
        Scheme.TWINS,
        "Counterfactual twins",
        "Each text is asked of several patients, another option being true of each.",
    ),
)


def whole_number(low: int, high: int, what: str, **options: Any) -> forms.IntegerField:
    """A number whose limits are told in the words of the action."""
    sentence = f"Ask for {low} to {high:,} {what}."
    return forms.IntegerField(
        validators=[MinValueValidator(low, sentence), MaxValueValidator(high, sentence)],
        widget=forms.NumberInput(attrs={"min": low, "max": high}),
        **options,
    )


def budget_field(**options: Any) -> forms.DecimalField:
    return forms.DecimalField(
        min_value=Decimal(0),
        max_value=MAX_BUDGET_USD,
        max_digits=12,
        decimal_places=2,
        label="Budget in US dollars",
        widget=forms.NumberInput(attrs={"min": 0, "step": "0.01", "inputmode": "decimal"}),
        **options,
    )


class _Disabling:
    """Mixed into a widget of choices: those that cannot be chosen here are shown as such."""

    unusable: frozenset[str] = frozenset()

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(name, value, *args, **kwargs)  # type: ignore[misc]
        if str(value) in self.unusable:
            option["attrs"]["disabled"] = True
        return option


class ModelSelect(_Disabling, forms.Select):
    pass


class ModelBoxes(_Disabling, forms.CheckboxSelectMultiple):
    pass


def captioned_slides() -> list[tuple[int, str]]:
    """Ids and labels of the slides that questions can be asked about."""
    captioned = Q(triplets__rois__caption__gt="")
    counted = Slide.objects.annotate(
        triplet_count=Count("triplets", filter=captioned, distinct=True)
    )
    slides = counted.filter(triplet_count__gt=0).order_by("name")
    return [
        (pk, f"{name} · {count} triplet{'s' if count > 1 else ''}")
        for pk, name, count in slides.values_list("pk", "name", "triplet_count")
    ]


class LaunchForm(forms.Form):
    """A batch's config, name, seed and budget."""

    name = forms.CharField(
        max_length=MAX_NAME_CHARS, required=False, help_text="Empty: named by its date."
    )
    count = whole_number(1, MAX_COUNT, "items", initial=50, label="How many items")
    dimensions = forms.MultipleChoiceField(
        choices=DIMENSION_CHOICES,
        initial=[value for value, _title in DIMENSION_CHOICES],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one dimension."},
    )
    slides = forms.TypedMultipleChoiceField(
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None chosen: every slide that has captions.",
    )
    scheme = forms.ChoiceField(
        choices=[(scheme.value, title) for scheme, title, _sentence in SCHEMES],
        initial=Scheme.FACTORIAL.value,
    )
    generator = forms.ChoiceField(
        label="Who words the questions", widget=ModelSelect, initial=OFFLINE
    )
    decomposer = forms.ChoiceField(
        label="Who reads the captions", widget=ModelSelect, initial=RULES
    )
    adversaries = forms.MultipleChoiceField(
        label="Who tries to answer without images",
        required=False,
        widget=ModelBoxes,
        help_text="Beside the structural adversaries and the learned probe, which cost nothing.",
    )
    orders = whole_number(
        1,
        MAX_ORDERS,
        "option orders",
        initial=4,
        label="Option orders",
        help_text="In how many orders each model is asked.",
    )
    rounds = whole_number(
        1,
        MAX_ROUNDS,
        "rounds",
        initial=3,
        label="Rounds",
        help_text="How often a leaking question is written at most.",
    )
    free_percent = whole_number(
        0,
        100,
        "percent",
        initial=50,
        label="Free questions in %",
        help_text="Their stem is the model's own; the others have fixed templates.",
    )
    budget_usd = budget_field(
        initial=Decimal(0), help_text="No call is sent that it might not cover."
    )
    seed = whole_number(
        0,
        MAX_SEED,
        "as seed",
        required=False,
        label="Seed",
        help_text="The same seed over the same captions plans the same items. Empty: drawn.",
    )

    MODEL_FIELDS = (
        "generator", "decomposer", "adversaries", "orders", "rounds", "free_percent", "budget_usd",
    )  # fmt: skip

    def __init__(self, *args: Any, with_budget: bool = True, **kwargs: Any) -> None:
        """Without budget (a preview) one that pays for nothing is no error: it is yet to be set."""
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.with_budget = with_budget
        offers = list(models_on_offer().values())
        self.reasons = {one.name: why for one in offers if (why := why_unusable(one))}
        self._offer("generator", "generate", offers, (OFFLINE, "Nobody: templates, filled by rule"))
        self._offer("decomposer", "decompose", offers, (RULES, "Nobody: the vocabulary's patterns"))
        self._offer("adversaries", "screen", offers)
        slides: Any = self.fields["slides"]
        slides.choices = captioned_slides()
        slides.error_messages["invalid_choice"] = (
            "There is no slide %(value)s with captions; choose others."
        )

    def _offer(self, name: str, role: str, offers: Sequence[ModelOffer], *first: Any) -> None:
        field: Any = self.fields[name]
        able = [one for one in offers if role in one.roles]
        field.choices = [*first, *((one.name, self._label(one)) for one in able)]
        field.widget.unusable = frozenset(self.reasons)
        what = name.rstrip("s").replace("adversarie", "adversary")
        field.error_messages["invalid_choice"] = (
            f"There is no model “%(value)s” for the {what}; choose one of the list."
        )

    def _label(self, offer: ModelOffer) -> str:
        return f"{offer.label} ({self.reasons.get(offer.name) or price(offer)})"

    @property
    def schemes(self) -> list[tuple[str, str, str, bool]]:
        """Value, title, sentence and whether it is chosen."""
        chosen = self["scheme"].value()
        return [(one.value, title, text, one.value == chosen) for one, title, text in SCHEMES]

    @property
    def wants_models(self) -> bool:
        """Whether the part on models is to be seen at once."""
        if any(name in self.errors for name in self.MODEL_FIELDS):
            return True
        asked = (self["generator"].value(), self["decomposer"].value())
        return any(one not in (None, "", OFFLINE, RULES) for one in asked) or bool(
            self["adversaries"].value()
        )

    def clean(self) -> dict[str, Any]:
        data = dict(super().clean() or {})
        for name in ("generator", "decomposer", "adversaries"):
            self._refuse_unusable(name, data.get(name) or [])
        if self.errors:
            return data
        data["config"] = config = self._config(data)
        self._ask_action(None, lambda: check_config(config))
        if self.with_budget:
            self._ask_action("budget_usd", lambda: check_budget(config, data["budget_usd"]))
        return data

    def _ask_action(self, name: str | None, check: Callable[[], None]) -> None:
        """What the action would refuse becomes an error in its own words."""
        try:
            check()
        except BadInput as error:
            self.add_error(name, error.message)

    def _refuse_unusable(self, name: str, chosen: str | Sequence[str]) -> None:
        for one in [chosen] if isinstance(chosen, str) else chosen:
            if one in self.reasons:
                self.add_error(name, f"{models_on_offer()[one].label}: {self.reasons[one]}.")

    def _config(self, data: Mapping[str, Any]) -> BatchConfig:
        return BatchConfig(
            dimensions=tuple(data["dimensions"]),
            count=data["count"],
            slides=tuple(data["slides"]),
            scheme=Scheme(data["scheme"]),
            generator=data["generator"],
            decomposer=data["decomposer"],
            adversaries=tuple(data["adversaries"]),
            orders=data["orders"],
            rounds=data["rounds"],
            free_share=data["free_percent"] / 100,
        )


def price(offer: ModelOffer) -> str:
    if not (offer.usd_per_mtok_in or offer.usd_per_mtok_out):
        return "no price per token"
    return f"${offer.usd_per_mtok_in} in, ${offer.usd_per_mtok_out} out per million tokens"


def why_unusable(offer: ModelOffer) -> str:
    """Empty for a model that can be asked from here."""
    if is_configured(offer):
        return ""
    name = offer.provider.upper()
    own = offer.provider == "vllm"
    missing = f"address: set {name}_BASE_URL" if own else f"key: set {name}_API_KEY"
    return f"no {missing}"


class BudgetForm(forms.Form):
    budget_usd = budget_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})


class _Filter(forms.Form):
    """What a list can be narrowed to; an unusable value is left out of account."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})

    def chosen(self) -> dict[str, str]:
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class SlotFilter(_Filter):
    state = forms.ChoiceField(choices=[ANY, *SlotState.choices], required=False)
    dimension = forms.ChoiceField(choices=[ANY, *DIMENSION_CHOICES], required=False)


class CallFilter(_Filter):
    """Of one batch's calls: `stages` and `models` are those that it has."""

    stage = forms.ChoiceField(required=False)
    model = forms.ChoiceField(required=False)
    outcome = forms.ChoiceField(choices=[ANY, *CallOutcome.choices], required=False)

    def __init__(
        self, *args: Any, stages: Sequence[str], titles: Mapping[str, str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        stage: Any = self.fields["stage"]
        stage.choices = [ANY, *((one, one.capitalize()) for one in stages)]
        model: Any = self.fields["model"]
        model.choices = [ANY, *titles.items()]
