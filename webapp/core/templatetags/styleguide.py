"""Made-up values for the style guide page, and for nothing else."""

from datetime import datetime, timedelta
from typing import Any

from django import forms, template
from django.core.paginator import Page, Paginator
from django.utils import timezone

from webapp.core.charts import Bar, Segment
from webapp.core.templatetags.ui import STATE_TONES, icon_shapes

register = template.Library()


class SampleForm(forms.Form):
    name = forms.CharField(help_text="Shown on the batch's page.")
    patients = forms.IntegerField(required=False)
    organ = forms.ChoiceField(choices=[("", "Any organ"), ("colon", "Colon"), ("breast", "Breast")])
    scales = forms.MultipleChoiceField(
        choices=[("low", "10x"), ("mid", "40x"), ("high", "200x")],
        widget=forms.CheckboxSelectMultiple,
        initial=["low", "mid"],
    )
    notes = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), required=False)
    keep = forms.BooleanField(label="Keep the order of the options", required=False)


@register.simple_tag
def sample_form() -> SampleForm:
    """Sent once with two mistakes, so that errors show."""
    return SampleForm({"name": "", "patients": "many", "organ": "colon", "scales": ["low", "mid"]})


@register.simple_tag
def sample_accuracy() -> list[Bar]:
    return [
        Bar("All", 26.1, 23.0, 29.4, "n = 812"),
        Bar("A Correspondence", 24.4, 18.1, 31.2, "n = 164", 5),
        Bar("B Confirmation", 31.9, 25.5, 38.8, "n = 171", 5),
        Bar("C Localization", 25.0, 18.9, 31.7, "n = 156", 5),
        Bar("D Explanation", 22.2, 16.4, 28.9, "n = 160", 5),
        Bar("E Diagnosis", 26.7, 20.3, 33.9, "n = 161", 5),
    ]


@register.simple_tag
def sample_splits() -> list[Bar]:
    counts = {"train": (1402, 377), "val": (201, 54), "test": (398, 108)}
    return [
        Bar(label, value, tone=tone, group=split)
        for split, values in counts.items()
        for label, value, tone in zip(("Items", "Slides"), values, (1, 3), strict=True)
    ]


@register.simple_tag
def sample_letters() -> list[Segment]:
    return [Segment("A", 203), Segment("B", 203), Segment("C", 202), Segment("D", 202)]


@register.simple_tag
def sample_minutes() -> list[int]:
    return [0] * 8 + [n * 7 % 45 for n in range(40)]


@register.simple_tag
def sample_outcomes() -> list[Segment]:
    return [
        Segment("approved", 412, 3),
        Segment("needs revision", 61, 4),
        Segment("rejected", 22, 2),
        Segment("waiting", 317, 0),
    ]


@register.simple_tag
def sample_page() -> Page[Any]:
    return Paginator(range(1, 1441), 50).page(7)


@register.simple_tag
def sample_states() -> list[str]:
    return list(STATE_TONES)


@register.simple_tag
def sample_icons() -> list[str]:
    return sorted(icon_shapes())


@register.simple_tag
def sample_moment(hours_ago: float) -> datetime:
    return timezone.now() - timedelta(hours=hours_ago)
