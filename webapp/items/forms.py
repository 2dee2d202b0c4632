"""The forms of the items pages."""

from dataclasses import replace
from typing import Any

from django import forms

from webapp.items.lettering import LETTERS
from webapp.items.mcq import Mcq, Option
from webapp.items.models import DIMENSION_CHOICES, Item, Revision
from webapp.items.rationale import for_editing, from_editing
from webapp.items.states import ItemState
from webapp.slides.forms import FilesForm

ANY = ("", "All")
MAX_REVISION = 2**31 - 1


class ItemFilterForm(forms.Form):
    """What the list can be narrowed to; an unusable value is left out of account."""

    state = forms.ChoiceField(
        choices=[ANY, *ItemState.choices], required=False, widget=forms.HiddenInput
    )
    dimension = forms.ChoiceField(choices=[ANY, *DIMENSION_CHOICES], required=False)
    origin = forms.ChoiceField(choices=[ANY, *Item.Origin.choices], required=False)
    q = forms.CharField(
        max_length=200,
        required=False,
        label="Search",
        widget=forms.SearchInput(attrs={"placeholder": "Stem, slide or path"}),
    )


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
