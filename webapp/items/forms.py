"""The forms of the items pages."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django import forms

from webapp.accounts.models import User
from webapp.accounts.roles import Permission
from webapp.items.filters import added_filters
from webapp.items.lettering import LETTERS
from webapp.items.mcq import Mcq, Option
from webapp.items.models import DIMENSION_CHOICES, Item, Revision
from webapp.items.queries import SORTS, organs
from webapp.items.rationale import for_editing, from_editing
from webapp.items.saved_views import MAX_NAME_CHARS
from webapp.items.states import ItemState
from webapp.slides.forms import FilesForm

ANY = ("", "All")
MAX_REVISION = 2**31 - 1


YES_NO = [("", "Any"), ("yes", "Yes"), ("no", "No")]
ALIKE = [
    ("", "Any"),
    ("any", "Has one"),
    ("patient", "Has one of the same patient"),
    ("none", "Has none"),
]


class ItemFilterForm(forms.Form):
    """What the list can be narrowed to; an unusable value is left out of account.

    Apps above this one add filters of their own (webapp.items.filters).
    """

    state = forms.ChoiceField(
        choices=[ANY, *ItemState.choices], required=False, widget=forms.HiddenInput
    )
    q = forms.CharField(
        max_length=200,
        required=False,
        label="Search",
        widget=forms.SearchInput(attrs={"placeholder": "Stem, slide or path"}),
    )
    dimension = forms.ChoiceField(choices=[ANY, *DIMENSION_CHOICES], required=False)
    origin = forms.ChoiceField(choices=[ANY, *Item.Origin.choices], required=False)
    organ = forms.ChoiceField(required=False)
    twins = forms.ChoiceField(choices=YES_NO, required=False, label="Has twins")
    alike = forms.ChoiceField(choices=ALIKE, required=False, label="Near-duplicate")
    sort = forms.ChoiceField(choices=list(SORTS.items()), required=False)

    FRONT = ("q", "dimension", "origin", "sort")
    """Shown at once; the others are behind “More filters”."""

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        named = [(organ, organ.replace("_", " ").capitalize()) for organ in organs()]
        self.fields["organ"] = forms.ChoiceField(choices=[ANY, *named], required=False)
        blind = user.may(Permission.REVIEW_ITEMS)
        self.added = [one for one in added_filters() if not (blind and one.tells)]
        for one in self.added:
            choices = [ANY, *one.choices()]
            self.fields[one.name] = forms.ChoiceField(
                choices=choices, required=False, label=one.label
            )
        self.is_valid()

    def values(self) -> dict[str, str]:
        """Usable values only."""
        found = {name: str(self.cleaned_data.get(name) or "") for name in self.fields}
        return {name: value for name, value in found.items() if value}

    def narrowed(self) -> dict[str, Any]:
        """The arguments of `queries.filtered_items`."""
        values = self.values()
        added = {one.name: values.pop(one.name) for one in self.added if one.name in values}
        return {**values, "added": added}

    def query(self) -> str:
        """What the list's address holds for these filters, always in one order."""
        return urlencode(self.values())

    def said(self) -> list[tuple[str, str]]:
        """The filters in words: label and value."""
        return [
            (str(self[name].label), _word(self.fields[name], value))
            for name, value in self.values().items()
        ]

    def front(self) -> list[forms.BoundField]:
        return [self[name] for name in self.FRONT]

    def more(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name not in (*self.FRONT, "state")]

    def more_used(self) -> int:
        """How many of the filters behind “More filters” narrow the list."""
        return len([field for field in self.more() if field.name in self.values()])


def _word(field: forms.Field, value: str) -> str:
    choices = getattr(field, "choices", ())
    return next((str(label) for code, label in choices if str(code) == value), value)


class ViewForm(forms.Form):
    """A saved view's name."""

    name = forms.CharField(max_length=MAX_NAME_CHARS)
    shared = forms.BooleanField(required=False, label="Share with all curators")


class ReviseForm(forms.Form):
    """An item's text. `parent` is the revision that the person saw."""

    parent = forms.IntegerField(
        min_value=1, max_value=MAX_REVISION, required=False, widget=forms.HiddenInput
    )
    stem = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), strip=False)
    key = forms.ChoiceField(choices=[(letter, letter) for letter in LETTERS])
    rationale = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 4}),
        required=False,
        strip=False,
        help_text="Name an option as {{A}}, {{B}}, {{C}} or {{D}}; letters follow the option "
        "wherever it is shown.",
    )

    def __init__(self, *args: Any, revision: Revision, **kwargs: Any) -> None:
        self.mcq: Mcq = revision.mcq()
        order = self.mcq.option_ids
        initial = {
            "parent": revision.number,
            "stem": revision.stem,
            "key": LETTERS[order.index(revision.key)],
            "rationale": for_editing(revision.rationale, order),
        }
        texts = dict(zip(LETTERS, self.mcq.texts, strict=True))
        super().__init__(*args, **{"initial": initial, **kwargs})
        for letter, text in texts.items():
            self.fields[f"option_{letter}"] = forms.CharField(
                label=f"Option {letter}",
                initial=text,
                widget=forms.Textarea(attrs={"rows": 2}),
                strip=False,
            )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not cleaned.get("parent"):
            raise forms.ValidationError(
                "It is not known which text you edited; open the item again."
            )
        return cleaned

    def option_fields(self) -> list[tuple[str, forms.BoundField]]:
        return [(letter, self[f"option_{letter}"]) for letter in LETTERS]

    def revised(self) -> Mcq:
        """The question as the person left it; what was not touched stays to the last space."""
        order = self.mcq.option_ids
        data = {name: _with_plain_line_ends(value) for name, value in self.cleaned_data.items()}
        pairs = zip(order, LETTERS, strict=True)
        return replace(
            self.mcq,
            stem=data["stem"],
            options=tuple(Option(option, data[f"option_{letter}"]) for option, letter in pairs),
            key=order[LETTERS.index(data["key"])],
            rationale=from_editing(data["rationale"], order),
        )


def _with_plain_line_ends(value: Any) -> Any:
    """Browsers send every line end of a text area as CR LF."""
    return value.replace("\r\n", "\n") if isinstance(value, str) else value


class QuestionImportForm(FilesForm):
    """Published questions; of the inbox, JSON files only."""

    def offers(self, name: str) -> bool:
        return name.lower().endswith(".json")
