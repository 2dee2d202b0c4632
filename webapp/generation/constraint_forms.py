"""What curators send about constraints."""

from django import forms

from webapp.generation.actions.constraints import MAX_CHARS
from webapp.generation.kinds import ConstraintKind
from webapp.generation.models import Constraint
from webapp.generation.states import ConstraintState
from webapp.items.models import DIMENSION_CHOICES

ANY = ("", "All")
KINDS = [(kind.value, kind.label) for kind in ConstraintKind]
DIMENSIONS = [(value, f"{value} · {title}") for value, title in DIMENSION_CHOICES]
MAX_VERSION = 2**31 - 1


class ConstraintFilterForm(forms.Form):
    """What the library can be narrowed to; an unusable value filters nothing."""

    dimension = forms.ChoiceField(
        choices=[ANY, *DIMENSIONS], required=False, widget=forms.HiddenInput
    )
    q = forms.CharField(
        max_length=200,
        required=False,
        label="Search",
        widget=forms.SearchInput(attrs={"placeholder": "Words of the constraint"}),
    )
    kind = forms.ChoiceField(choices=[ANY, *KINDS], required=False)
    origin = forms.ChoiceField(choices=[ANY, *Constraint.Origin.choices], required=False)
    state = forms.ChoiceField(choices=[ANY, *ConstraintState.choices], required=False)

    def values(self) -> dict[str, str]:
        """Usable values only."""
        self.is_valid()
        return {name: str(self.cleaned_data.get(name) or "") for name in self.fields}


class ConstraintTextForm(forms.Form):
    """A constraint's wording. `parent` is the version that the person saw."""

    parent = forms.IntegerField(min_value=1, max_value=MAX_VERSION, widget=forms.HiddenInput)
    text = forms.CharField(
        max_length=MAX_CHARS,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=f"One sentence to the author of a question, at most {MAX_CHARS} characters. "
        "It goes into the prompts of batches launched from now on.",
    )


class NewConstraintForm(forms.Form):
    dimension = forms.ChoiceField(choices=DIMENSIONS)
    kind = forms.ChoiceField(
        choices=KINDS, help_text="What makes an option stand out, and so what this is against."
    )
    text = forms.CharField(
        max_length=MAX_CHARS,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=f"One sentence to the author of a question, at most {MAX_CHARS} characters. "
        "Name no finding, organ or option of one question.",
    )
