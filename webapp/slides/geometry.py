"""Fields and boxes on a slide.

Planes: `_l0` are pixels of the slide's full resolution (level 0), x to the right and y downwards
from its top-left corner; `_um` are micrometres on the glass; `mpp` is um per level-0 pixel, and
`um_per_px` is um per pixel of whatever is displayed. A box may reach past the slide's border.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from math import floor, isfinite, log10

NESTING_TOLERANCE_L0 = 20.0
"""Published fields nest by grid index; in pixels they miss containment by up to 18."""

LEVEL_TOLERANCE = 0.02
"""Level sizes are rounded, so a 4x level may report a downsample of 4.0006."""

PLAUSIBLE_MPP = (0.02, 20.0)
"""um per pixel of microscope scans; a TIFF made for print says 350."""

PREVIEW_SIDE_PX = 512
"""The longer side of a field's small picture, the one that a page shows first."""

_FIELD_MM_TIMES_MAGNIFICATION = 40


class GeometryError(ValueError):
    """A box, field or resolution that cannot exist."""


class Scale(StrEnum):
    """The three nested fields, widest first."""

    LOW = "low"
    MID = "mid"
    HIGH = "high"

    @property
    def magnification(self) -> int:
        """As published: 10, 40 or 200. Neither an objective nor a fixed um/px."""
        return {"low": 10, "mid": 40, "high": 200}[self.value]

    @property
    def label(self) -> str:
        return f"{self.magnification}x"

    @property
    def published_key(self) -> str:
        return f"{self.value}_mag"

    @property
    def field_um(self) -> float:
        """Nominal side of the square field: 40 mm divided by the magnification."""
        return 1000.0 * _FIELD_MM_TIMES_MAGNIFICATION / self.magnification


@dataclass(frozen=True)
class RelativeBox:
    """A box in fractions of a parent's width and height; outside 0 to 1 where it overhangs."""

    x: float
    y: float
    w: float
    h: float


@dataclass(frozen=True)
class Box:
    """A rectangle in level-0 pixels, top-left corner first."""

    x_l0: int
    y_l0: int
    w_l0: int
    h_l0: int

    def __post_init__(self) -> None:
        if self.w_l0 <= 0 or self.h_l0 <= 0:
            raise GeometryError(
                f"A box of {self.w_l0} x {self.h_l0} px has no area; "
                "give a positive width and height."
            )

    @property
    def right_l0(self) -> int:
        return self.x_l0 + self.w_l0

    @property
    def bottom_l0(self) -> int:
        return self.y_l0 + self.h_l0

    @property
    def centre_l0(self) -> tuple[float, float]:
        return self.x_l0 + self.w_l0 / 2, self.y_l0 + self.h_l0 / 2

    def contains(self, other: "Box", tolerance: float = 0.0) -> bool:
        """Whether the other box lies inside, give or take `tolerance` level-0 pixels a side."""
        return all(excess <= tolerance for _, excess in overhangs(self, other))

    def fraction_in(self, parent: "Box") -> RelativeBox:
        """This box as an overlay on a picture of the parent."""
        return RelativeBox(
            x=(self.x_l0 - parent.x_l0) / parent.w_l0,
            y=(self.y_l0 - parent.y_l0) / parent.h_l0,
            w=self.w_l0 / parent.w_l0,
            h=self.h_l0 / parent.h_l0,
        )

    def field_um(self, mpp: float) -> float:
        """Width of the field on the glass."""
        return self.w_l0 * positive_mpp(mpp)


def positive_mpp(mpp: float) -> float:
    if not isfinite(mpp) or mpp <= 0:
        raise GeometryError(f"A resolution of {mpp} um/px is impossible; give a positive number.")
    return mpp


def overhangs(outer: Box, inner: Box) -> tuple[tuple[str, int], ...]:
    """How far `inner` reaches past each edge of `outer` in level-0 pixels (negative: inside)."""
    return (
        ("left", outer.x_l0 - inner.x_l0),
        ("top", outer.y_l0 - inner.y_l0),
        ("right", inner.right_l0 - outer.right_l0),
        ("bottom", inner.bottom_l0 - outer.bottom_l0),
    )


def field_box(centre: tuple[float, float], scale: Scale, mpp: float) -> Box:
    """The nominal square field of a scale around a centre (x, y) in level-0 pixels."""
    side = max(1, round(scale.field_um / positive_mpp(mpp)))
    return Box(round(centre[0] - side / 2), round(centre[1] - side / 2), side, side)


def nested_pairs(boxes: Mapping[Scale, Box]) -> Iterator[tuple[Scale, Scale]]:
    """Each present scale with the next wider one that is present."""
    present = [scale for scale in Scale if scale in boxes]
    yield from pairwise(present)


def nesting_violations(
    boxes: Mapping[Scale, Box], tolerance_px: float = NESTING_TOLERANCE_L0
) -> tuple[str, ...]:
    """One sentence for each scale that leaves the next wider one; a missing scale is skipped."""
    found = []
    for outer, inner in nested_pairs(boxes):
        past = [
            f"{excess} px past its {edge} edge"
            for edge, excess in overhangs(boxes[outer], boxes[inner])
            if excess > tolerance_px
        ]
        if past:
            found.append(
                f"The {inner.label} box {_describe(boxes[inner])} is not inside the "
                f"{outer.label} box {_describe(boxes[outer])}: it reaches {' and '.join(past)} "
                f"(tolerance {tolerance_px:g} px)."
            )
    return tuple(found)


def best_level(
    downsamples: Sequence[float], wanted: float, tolerance: float = LEVEL_TOLERANCE
) -> int:
    """The coarsest pyramid level still as fine as `wanted` (level-0 pixels per pixel)."""
    if not downsamples:
        raise GeometryError("A slide without levels has no pixels; import it again.")
    fine_enough = [
        level
        for level, downsample in enumerate(downsamples)
        if downsample <= wanted * (1 + tolerance)
    ]
    return max(fine_enough, key=lambda level: downsamples[level], default=0)


@dataclass(frozen=True)
class ScaleBar:
    """A bar of a round length and the part of the field's width that it takes."""

    length_um: float
    fraction: float

    @property
    def label(self) -> str:
        if self.length_um >= 1000:
            return f"{self.length_um / 1000:g} mm"
        return f"{self.length_um:g} µm"


def scale_bar(field_um: float, longest: float = 0.25) -> ScaleBar:
    """The longest bar of 1, 2 or 5 times a power of ten um within a part of the field."""
    limit_um = positive_mpp(field_um) * longest
    decade = 10.0 ** floor(log10(limit_um) + 1e-9)
    length_um = max(step * decade for step in (1, 2, 5) if step * decade <= limit_um * (1 + 1e-9))
    return ScaleBar(length_um, length_um / field_um)


def equivalent_objective(um_per_px: float) -> float:
    """The objective whose scan would show this resolution: 10x for 1 um/px, 40x for 0.25."""
    return 10.0 / positive_mpp(um_per_px)


def magnification_note(scale: Scale, um_per_px: float) -> str:
    """Both conventions in one line: the published label, and the objective it amounts to."""
    return (
        f"{scale.label} as published, about {equivalent_objective(um_per_px):.2g}x objective "
        f"({um_per_px:.3g} µm/px)"
    )


def _describe(box: Box) -> str:
    return f"({box.x_l0}, {box.y_l0}; {box.w_l0} x {box.h_l0} px)"
