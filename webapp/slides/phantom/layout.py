"""Where things lie on a phantom slide: the four triplets' fields and the large regions.

The tumour fills the middle. Each triplet has a quarter of it (its territory), which carries the
triplet's mid and high traits; what low traits ask for lies between the quarters or around them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from webapp.slides.phantom.fields import SIDE_UM
from webapp.slides.phantom.traits import (
    SITES,
    Traits,
    draw_low,
    draw_organ,
    draw_triplet,
    stream,
)

FIELD_UM: Mapping[str, float] = {"low": 4000.0, "mid": 1000.0, "high": 200.0}
CENTRE_UM = SIDE_UM / 2
_STEP_UM = 8.0


@dataclass(frozen=True)
class Box:
    """A square in um from the slide's top left corner."""

    x_um: float
    y_um: float
    side_um: float

    def holds(self, points: np.ndarray, margin_um: float = 0.0) -> np.ndarray:
        """Which points (n, 2) lie inside, at least the margin away from the sides."""
        at = points - np.array([self.x_um, self.y_um])
        return np.asarray(((at >= margin_um) & (at < self.side_um - margin_um)).all(axis=1))

    def contains(self, other: "Box") -> bool:
        return (
            self.x_um <= other.x_um
            and self.y_um <= other.y_um
            and other.x_um + other.side_um <= self.x_um + self.side_um
            and other.y_um + other.side_um <= self.y_um + self.side_um
        )


@dataclass(frozen=True)
class Site:
    """One triplet's place: its low and mid fields and its traits; the high field is found later."""

    number: int
    low: Box
    mid: Box
    traits: Mapping[str, Traits]


@dataclass(frozen=True)
class Disc:
    x_um: float
    y_um: float
    radius_um: float


@dataclass(frozen=True)
class Layout:
    seed: int
    slide: int
    organ: str
    low: Traits
    sites: tuple[Site, ...]
    necrosis: tuple[Disc, ...]
    mucin: tuple[Disc, ...]
    fat_angle: float
    surface_angle: float
    mass_um: tuple[float, float]
    """The middle of the tumour."""

    def stream(self, *purpose: int | str) -> np.random.Generator:
        return stream(self.seed, self.slide, *purpose)


def _snapped(value_um: float) -> float:
    return round(value_um / _STEP_UM) * _STEP_UM


def _site(seed: int, slide: int, number: int, rng: np.random.Generator) -> Site:
    column, row = number % 2, number // 2
    x, y = (CENTRE_UM + (2 * at - 1) * 850 + rng.uniform(-110, 110) for at in (column, row))
    half = FIELD_UM["mid"] / 2
    mid = Box(_snapped(x - half), _snapped(y - half), FIELD_UM["mid"])
    low_x, low_y = (_snapped(rng.uniform(160, 450)) for _ in range(2))
    traits = {scale: draw_triplet(seed, slide, number, scale) for scale in ("mid", "high")}
    return Site(number, Box(low_x, low_y, FIELD_UM["low"]), mid, traits)


def _between_quarters(rng: np.random.Generator) -> list[Disc]:
    """Five places between the mid fields, in random order."""
    spots = [(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)]
    order = rng.permutation(len(spots))
    return [
        Disc(
            CENTRE_UM + spots[k][0] * rng.uniform(760, 950),
            CENTRE_UM + spots[k][1] * rng.uniform(760, 950),
            rng.uniform(210, 290),
        )
        for k in order
    ]


def make_layout(seed: int, slide: int) -> Layout:
    rng = stream(seed, slide, "layout")
    low = draw_low(seed, slide)
    spots = _between_quarters(rng)
    fat = float(rng.choice(4)) * np.pi / 2 + rng.uniform(-0.35, 0.35)
    surface = fat + np.pi + rng.uniform(-0.15, 0.15)
    shift = rng.uniform(40, 110)
    return Layout(
        seed=seed,
        slide=slide,
        organ=draw_organ(seed, slide),
        low=low,
        sites=tuple(_site(seed, slide, number, rng) for number in range(SITES)),
        necrosis=tuple(spots[:2]) if low["necrosis"] == "present" else (),
        mucin=tuple(spots[2:4]) if low["mucin"] == "present" else (),
        fat_angle=fat,
        surface_angle=float(surface),
        mass_um=(CENTRE_UM - shift * np.cos(fat), CENTRE_UM - shift * np.sin(fat)),
    )
