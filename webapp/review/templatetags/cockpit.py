"""A triplet's fields as the cockpit shows them: with their boxes, sizes and scale bars."""

import json
from dataclasses import dataclass

from django import template
from django.templatetags.static import static

from webapp.core.vendor import VENDOR_SCRIPTS
from webapp.slides.geometry import (
    Box,
    Scale,
    ScaleBar,
    equivalent_objective,
    magnification_note,
    nested_pairs,
    scale_bar,
)
from webapp.slides.models import Roi, Slide, Triplet
from webapp.slides.queries import tile_source

register = template.Library()


@dataclass(frozen=True)
class Panel:
    """One scale; `roi` is None where it is missing.

    `nested` is the next narrower field, drawn here; lengths are None where the resolution is
    unknown.
    """

    scale: Scale
    roi: Roi | None
    box: Box | None
    nested: Scale | None
    nested_box: Box | None
    um_per_px: float | None
    field_um: float | None

    @property
    def bar(self) -> ScaleBar | None:
        return scale_bar(self.field_um) if self.field_um else None

    @property
    def objective(self) -> float | None:
        return equivalent_objective(self.um_per_px) if self.um_per_px else None

    @property
    def field(self) -> str:
        """The width of the field as people say it."""
        if self.field_um is None:
            return ""
        if self.field_um >= 950:
            return f"{self.field_um / 1000:.1f} mm"
        return f"{self.field_um:.0f} µm"

    @property
    def note(self) -> str:
        """Both conventions of magnification in words."""
        return magnification_note(self.scale, self.um_per_px) if self.um_per_px else ""

    @property
    def key(self) -> str:
        """The key that brings this field to the front."""
        return {Scale.LOW: "Q", Scale.MID: "W", Scale.HIGH: "R"}[self.scale]


@register.filter
def panels(triplet: Triplet) -> list[Panel]:
    """Low, mid and high, the missing ones too."""
    rois = triplet.rois_by_scale()
    boxes = {scale: roi.box for scale, roi in rois.items() if roi.box is not None}
    nested = dict(nested_pairs(boxes))
    return [_panel(triplet, scale, rois.get(scale), boxes, nested.get(scale)) for scale in Scale]


def _panel(
    triplet: Triplet, scale: Scale, roi: Roi | None, boxes: dict[Scale, Box], nested: Scale | None
) -> Panel:
    box = boxes.get(scale)
    um_per_px = roi.mpp if roi else None
    field_um = None
    if um_per_px and roi and roi.image_width:
        field_um = um_per_px * roi.image_width
    elif box and triplet.slide.mpp:
        field_um = box.field_um(triplet.slide.mpp)
    nested_box = boxes[nested] if nested else None
    return Panel(scale, roi, box, nested, nested_box, um_per_px, field_um)


@register.filter
def box_attribute(box: Box | None) -> str:
    """A box as "x y w h" in level-0 pixels: an SVG viewBox, and what the viewers read."""
    return f"{box.x_l0} {box.y_l0} {box.w_l0} {box.h_l0}" if box else ""


@register.filter
def spaced(name: str) -> str:
    """A vocabulary's id as words: head_and_neck."""
    return name.replace("_", " ")


@register.filter
def tiles_json(slide: Slide) -> str:
    return json.dumps(tile_source(slide))


@register.filter
def has_pictures(triplet: Triplet) -> bool:
    return any(roi.image for roi in triplet.rois.all())


@register.filter
def without_resolution(triplet: Triplet) -> list[str]:
    """Labels of the pictured scales whose um/px nobody knows."""
    return [
        scale.label for scale, roi in triplet.rois_by_scale().items() if roi.image and not roi.mpp
    ]


@register.simple_tag
def vendor_source(name: str) -> dict[str, str]:
    """Where a third party's script is and what it must hash to, for a module that loads it late."""
    script = VENDOR_SCRIPTS[name]
    return {"url": static(script.path), "integrity": script.integrity}
