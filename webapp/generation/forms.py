from django import forms

from webapp.generation.actions.batches import MAX_COUNT, MAX_SEED
from webapp.items.models import DIMENSION_CHOICES
from webapp.slides.models import Slide


class LaunchForm(forms.Form):
    """What a curator asks a batch for."""

    name = forms.CharField(max_length=200, required=False, help_text="Empty: named by its date.")
    dimensions = forms.MultipleChoiceField(
        choices=DIMENSION_CHOICES,
        initial=[value for value, _title in DIMENSION_CHOICES],
        widget=forms.CheckboxSelectMultiple,
    )
    count = forms.IntegerField(min_value=1, max_value=MAX_COUNT, initial=50, label="How many items")
    slides = forms.ModelMultipleChoiceField(
        Slide.objects.filter(triplets__rois__caption__gt="").distinct(),
        required=False,
        help_text="None chosen: every slide that has captions.",
    )
    seed = forms.IntegerField(
        min_value=0,
        max_value=MAX_SEED,
        required=False,
        help_text="The same seed over the same captions plans the same items. Empty: drawn.",
    )
