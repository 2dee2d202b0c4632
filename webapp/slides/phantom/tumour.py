"""The tumour's growth pattern: one signed distance, positive inside tumour epithelium."""

from collections.abc import Callable, Mapping

import numpy as np

from webapp.slides.phantom.fields import (
    PLANE,
    Map,
    blurred,
    f32,
    labyrinth,
    lattice,
    noise,
    signed_distance,
    voronoi_edge,
    warped,
)
from webapp.slides.phantom.layout import Layout

_LINING_UM = 25.0


def mass_distance(layout: Layout) -> Map:
    """Distance into the tumour mass in um, negative outside, before its growth pattern is cut."""
    rng = layout.stream("mass")
    x, y = PLANE
    dx, dy = np.abs(x - layout.mass_um[0]), np.abs(y - layout.mass_um[1])
    round_square = (dx**3 + dy**3) ** (1 / 3)
    mass = 1500 - round_square
    if layout.low["border"] == "pushing":
        return f32(mass + 45 * noise(rng, 1100))
    tongues = 90 * (1 - 2.2 * np.abs(noise(rng, 420))) + 60 * labyrinth(rng, 230)
    return f32(mass + 90 * noise(rng, 800) + tongues)


def _wandering(rng: np.random.Generator, field: Map) -> Map:
    wide = [26 * noise(rng, 260) + 7 * noise(rng, 70) for _ in range(2)]
    return warped(field, wide[0], wide[1])


def _islands(
    rng: np.random.Generator, spacing_um: float, gap_um: float, radius_um: tuple[float, float]
) -> Map:
    """Rounded islands of several sizes, each shrunk away from its neighbours by its own gap."""
    centres = lattice(rng, spacing_um, 0.42)
    edge, first, index = voronoi_edge(centres)
    radius = rng.uniform(*radius_um, len(centres)).astype(np.float32)[index]
    gap = rng.uniform(0.5, 1.5, len(centres)).astype(np.float32)[index] * gap_um
    return _wandering(rng, np.minimum(edge - gap / 2, (radius - first) * 0.9))


def _glandular(rng: np.random.Generator) -> Map:
    return _islands(rng, 150, 26, (44, 92))


def _nested(rng: np.random.Generator) -> Map:
    return _islands(rng, 185, 44, (55, 105))


def _sheets(rng: np.random.Generator) -> Map:
    bands = 62 * np.abs(noise(rng, 620)) + 8 * noise(rng, 90) - 15
    return f32(np.minimum(_islands(rng, 520, 26, (400, 600)), bands))


def _trabecular(rng: np.random.Generator) -> Map:
    return _wandering(rng, (24 * (labyrinth(rng, 96) + 0.12 * noise(rng, 300))).astype(np.float32))


_PATTERNS: Mapping[str, Callable[[np.random.Generator], Map]] = {
    "glandular": _glandular,
    "nested": _nested,
    "sheets": _sheets,
    "trabecular": _trabecular,
}


def _outlined(rng: np.random.Generator, units: Map, angular: Map) -> Map:
    """Round the outlines, or give them spikes and corners where `angular` is 1."""
    smooth = blurred(np.clip(units, -30, 30), 11) * 1.15
    spikes = 15 * (0.75 - np.abs(noise(rng, 58))) + 9 * (0.75 - np.abs(noise(rng, 30)))
    return (smooth * (1 - angular) + (np.clip(units, -30, 30) + spikes) * angular).astype(
        np.float32
    )


def tumour_distance(layout: Layout, mass: Map, angular: Map) -> Map:
    """Distance into tumour epithelium in um; the lumens of glands are not cut out yet."""
    rng = layout.stream("pattern")
    units = _outlined(rng, _PATTERNS[layout.low["architecture"]](rng), angular)
    pushing = layout.low["border"] == "pushing"
    fade = np.clip(-mass, 0, None) * 2 if pushing else np.clip(60 - mass, 0, None) * 0.16
    cut = np.minimum(units, mass * 0.5) if pushing else units
    return signed_distance((cut - fade).astype(np.float32))


def lumen_distance(layout: Layout, tumour: Map) -> Map:
    """Distance into the lumens of tumour glands; negative everywhere for other patterns."""
    rng = layout.stream("lumen")
    if layout.low["architecture"] != "glandular":
        return np.full_like(tumour, -100.0)
    height = _LINING_UM + 4.5 * noise(rng, 150) + 2.2 * noise(rng, 26)
    return f32(tumour - height)
