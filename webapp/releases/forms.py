"""Freezing a release."""

import random
from typing import Any

from django import forms

from webapp.releases.actions import MAX_NAME_CHARS, MAX_SEED
from webapp.releases.queries import next_number
from webapp.releases.split import RATIOS, SPLITS

WHOLE = 100


class PolicyForm(forms.Form):
    """How to split: what the preview needs to know."""

    seed = forms.IntegerField(
        min_value=0,
        max_value=MAX_SEED,
        help_text="Draws the split, the letters and the intervals; the same seed, the same draw.",
    )
    train = forms.IntegerField(label="Train, %", min_value=0, max_value=WHOLE)
    val = forms.IntegerField(label="Val, %", min_value=0, max_value=WHOLE)
    test = forms.IntegerField(label="Test, %", min_value=0, max_value=WHOLE)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        shares = [data.get(split) for split in SPLITS]
        if None not in shares and sum(share or 0 for share in shares) != WHOLE:
            shown = " + ".join(str(share) for share in shares)
            raise forms.ValidationError(
                f"The shares {shown} add up to {sum(share or 0 for share in shares)} %; "
                f"make them add up to {WHOLE} %."
            )
        return data

    @property
    def ratios(self) -> tuple[float, ...]:
        return tuple(self.cleaned_data[split] / WHOLE for split in SPLITS)


class FreezeForm(PolicyForm):
    """`number` is the one that the release will get, as the person was shown."""

    name = forms.CharField(max_length=MAX_NAME_CHARS)
    notes = forms.CharField(
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Written into the card of the release (Markdown).",
    )
    number = forms.IntegerField(widget=forms.HiddenInput)

    field_order = ("name", "seed", "train", "val", "test", "notes", "number")


def fresh_values() -> dict[str, Any]:
    """What an empty form shows: the next number, a random seed, the usual shares."""
    number = next_number()
    shares = {str(split): round(WHOLE * r) for split, r in zip(SPLITS, RATIOS, strict=True)}
    seed = random.randrange(1_000_000)
    return {"name": f"Release {number}", "number": number, "seed": seed, **shares}
