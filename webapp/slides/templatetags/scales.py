"""How a triplet's three fields are shown on every page."""

from django import template

from webapp.slides.geometry import Scale, magnification_note
from webapp.slides.models import Roi, Triplet
from webapp.slides.queries import FieldOfView

register = template.Library()


@register.filter
def fields_of_view(triplet: Triplet) -> list[FieldOfView]:
    """Low, mid and high, the missing ones too."""
    present = triplet.rois_by_scale()
    return [
        FieldOfView(scale, present.get(scale), _note(triplet, scale, present.get(scale)))
        for scale in Scale
    ]


def _note(triplet: Triplet, scale: Scale, roi: Roi | None) -> str:
    if roi is None:
        return "missing"
    if roi.mpp is None:
        return "um/px unknown"
    note = magnification_note(scale, roi.mpp)
    return f"{roi.image_width * roi.mpp / 1000:.2g} mm wide, {note}" if roi.image_width else note
