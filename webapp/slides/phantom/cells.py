"""Where every cell lies: packed epithelium, scattered stroma, the counted findings."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from webapp.slides.phantom.anatomy import Anatomy, Maps
from webapp.slides.phantom.fields import (
    GRID,
    SIDE_UM,
    Bools,
    Map,
    Points,
    lattice,
    noise,
    relaxed,
    sample,
    scattered,
    slope,
)
from webapp.slides.phantom.layout import Box, Layout
from webapp.slides.phantom.nuclei import ANGLES, Kind, Style, make_banks
from webapp.slides.phantom.organs import ORGAN
from webapp.slides.phantom.traits import SITES

_DENSITY_UM2 = {"desmoplastic": 1 / 330, "collagenous": 1 / 1100, "loose": 1 / 800}


@dataclass(frozen=True)
class Calcification:
    x_um: float
    y_um: float
    radius_um: float
    seed: int


@dataclass(frozen=True)
class Cells:
    """All cells: positions in um, kinds (see `Kind`) and variants in their kind's bank."""

    at: Points
    kind: npt.NDArray[np.int16]
    variant: npt.NDArray[np.int32]
    banks: Mapping[int, list[Style]]
    calcifications: tuple[Calcification, ...]

    def of(self, kind: int) -> Points:
        return np.asarray(self.at[self.kind == kind])


class _Growing:
    """Cells being placed, kind by kind."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.banks = make_banks(layout)
        self.parts: list[tuple[Points, int, npt.NDArray[np.int32]]] = []

    def add(self, kind: int, at: Points, angle: npt.NDArray[np.float64] | None = None) -> None:
        """Place cells; without angles each lies as it happens."""
        rng = self.layout.stream("variants", kind, len(self.parts))
        rounds = len(self.banks[kind]) // ANGLES
        if angle is None:
            angle = rng.uniform(0, np.pi, len(at))
        step = np.round(angle / (np.pi / ANGLES)).astype(np.int64) % ANGLES
        variant = rng.integers(0, rounds, len(at)) * ANGLES + step
        self.parts.append((at, kind, variant.astype(np.int32)))

    def done(self, calcifications: tuple[Calcification, ...]) -> Cells:
        at = np.concatenate([part[0] for part in self.parts])
        kind = np.concatenate([np.full(len(p[0]), p[1], np.int16) for p in self.parts])
        variant = np.concatenate([part[2] for part in self.parts])
        return Cells(at, kind, variant, self.banks, calcifications)


def _on_slide(points: Points) -> Points:
    inside = (points >= 0).all(axis=1) & (points < SIDE_UM - 1).all(axis=1)
    return np.asarray(points[inside])


def _inside(mask: Bools, points: Points) -> Bools:
    cell = np.clip((points / 4).astype(int), 0, GRID - 1)
    return np.asarray(mask[cell[:, 1], cell[:, 0]])


def _packed(rng: np.random.Generator, spacing_um: float, mask: Bools) -> Points:
    points = _on_slide(lattice(rng, spacing_um))
    points = relaxed(points[_inside(mask, points)], spacing_um * 0.95)
    points = _on_slide(points)
    return points[_inside(mask, points) & (rng.random(len(points)) < 0.94)]


def _lined(rng: np.random.Generator, spacing_um: float, mask: Bools, depth: Map) -> Points:
    """Points in a row along an outline, a little below it (nuclei of a columnar lining)."""
    points = _on_slide(lattice(rng, spacing_um))
    points = points[_inside(mask & (depth < 17), points)]
    for _ in range(2):
        target = 8.0 + rng.normal(0, 1.4, len(points))
        step = (target - sample(depth, points))[:, None]
        points = _on_slide_pairs(points + slope(depth, points) * np.clip(step, -9, 9))
        points = relaxed(points, spacing_um * 0.92, 2)
    points = _on_slide(points)
    return points[_inside(mask, points)]


def _on_slide_pairs(points: Points) -> Points:
    return np.clip(points, 0, SIDE_UM - 2)


def _spacing_um(traits: Mapping[str, str]) -> float:
    spacing = 10.0 if traits["pleomorphism"] == "uniform" else 13.0
    return spacing + (2.2 if traits["cytoplasm"] == "clear" else 0.8)


def _tumour_points(layout: Layout, maps: Maps, site: int) -> tuple[Points, npt.NDArray[np.float64]]:
    """Nuclei of one territory and the angles of their long axes."""
    rng = layout.stream("tumour cells", site)
    here = np.stack(maps.territory).argmax(axis=0) == site
    mask = maps.epithelium() & (maps.tumour > 3) & here
    spacing = _spacing_um(layout.sites[site].traits["high"])
    if layout.low["architecture"] == "glandular":
        mask &= maps.lumen < -2.5
        row = _lined(rng, spacing * 0.74, mask, maps.tumour)
        second = _packed(rng, spacing * 1.05, mask & (maps.tumour > 15) & (maps.lumen < -6))
        points = np.concatenate([row, second])
        uphill = slope(maps.tumour, points)
        return points, np.arctan2(uphill[:, 1], uphill[:, 0]) + rng.normal(0, 0.2, len(points))
    points = _packed(rng, spacing, mask)
    flow = 1.6 * noise(rng, 320) + 0.4 * noise(rng, 60)
    return points, sample(flow, points) + rng.normal(0, 0.25, len(points))


def _choose(rng: np.random.Generator, points: Points, box: Box, inside: int, per: float) -> Bools:
    """Pick `inside` of the points well within the box, and a share `per` of those outside it."""
    chosen = (rng.random(len(points)) < per) & ~box.holds(points)
    candidates = np.flatnonzero(box.holds(points, 14))
    chosen[rng.permutation(candidates)[:inside]] = True
    return np.asarray(chosen)


_FINDINGS = (
    ("mitoses", Kind.MITOSIS, (3, 6), 0.006, 9.5),
    ("apoptosis", Kind.APOPTOSIS, (3, 6), 0.005, 7.5),
    ("eosinophils", Kind.EOSINOPHIL, (6, 10), 0.010, 7.5),
    ("lymphocytes", Kind.PERMEATING, (10, 16), 0.030, 6.0),
)
"""Trait, kind, how many in the high field, share of the territory's other tumour cells, and how
far (um) other tumour cells stay away so that the finding is seen whole."""


def _thinned(points: Points, apart_um: float) -> Points:
    """The points less those too close to an earlier one."""
    close = cKDTree(points).query_pairs(apart_um, output_type="ndarray")
    keep = np.ones(len(points), bool)
    for first, second in close[np.lexsort((close[:, 1], close[:, 0]))]:
        keep[second] &= not keep[first]
    return np.asarray(points[keep])


def _grow_tumour(growing: _Growing, anatomy: Anatomy, site: int) -> None:
    layout = growing.layout
    rng = layout.stream("findings", site)
    points, angle = _tumour_points(layout, anatomy.maps, site)
    traits = layout.sites[site].traits["high"]
    for name, kind, (fewest, most), share, apart_um in _FINDINGS:
        if traits[name] == "absent":
            continue
        taken = _choose(rng, points, anatomy.high[site], int(rng.integers(fewest, most)), share)
        number = kind + site if kind == Kind.MITOSIS else kind
        found = _thinned(points[taken], 2 * apart_um * 0.8)
        growing.add(number, found)
        free = cKDTree(found).query(points)[0] > apart_um
        points, angle = points[free], angle[free]
    growing.add(Kind.TUMOUR + site, points, angle)


def _fibre_angle(maps: Maps, points: Points) -> npt.NDArray[np.float64]:
    uphill = slope(maps.across, points)
    return np.asarray(np.arctan2(uphill[:, 1], uphill[:, 0]) + np.pi / 2)


def _stroma_room(maps: Maps) -> Map:
    free = (
        (maps.tissue > 6)
        & (maps.tumour < -7 - 1.2 * maps.clefts)
        & (maps.normal < -4)
        & (maps.keratin < -4)
    )
    free &= (maps.fat < -4) & (maps.necrosis < -3) & (maps.mucin < -6) & (maps.vessels < -3)
    return (free & (maps.aggregates < -5)).astype(np.float32)


def _grow_stroma(growing: _Growing, maps: Maps) -> None:
    rng = growing.layout.stream("stroma cells")
    room = _stroma_room(maps)
    inner = np.clip(maps.mass / 80 + 1, 0, 1)
    density = sum(
        weight * per for weight, per in zip(maps.stroma, _DENSITY_UM2.values(), strict=True)
    )
    density = density * inner + (1 - inner) / 1300
    points = scattered(rng, (density * room).astype(np.float32))
    growing.add(
        Kind.FIBROBLAST, points, _fibre_angle(maps, points) + rng.normal(0, 0.2, len(points))
    )
    patches = np.clip(0.9 + 0.8 * noise(rng, 170), 0.15, 3)
    infiltrate = (maps.dense * inner / 135 + (1 - maps.dense * inner) / 9000) * patches
    for kind, share in ((Kind.LYMPHOCYTE, 0.7), (Kind.PLASMA, 0.3)):
        points = scattered(rng, (infiltrate * room * share).astype(np.float32))
        growing.add(kind, relaxed(points, 6.2, 2))


def _grow_walls(growing: _Growing, maps: Maps) -> None:
    """Endothelium and red cells of vessels, capillaries' nuclei in fat."""
    rng = growing.layout.stream("walls")
    ring = ((maps.vessels > -5) & (maps.vessels < 0)).astype(np.float32)
    points = scattered(rng, ring / 75)
    uphill = slope(maps.vessels, points)
    growing.add(Kind.FIBROBLAST, points, np.arctan2(uphill[:, 1], uphill[:, 0]) + np.pi / 2)
    blood = (maps.vessels > 3.0) & (noise(rng, 60) > -1.1)
    growing.add(Kind.RED, _packed(rng, 5.4, blood))
    growing.add(Kind.FIBROBLAST, scattered(rng, (maps.fat > 0).astype(np.float32) / 9000))


def _grow_normal(growing: _Growing, maps: Maps) -> None:
    rng = growing.layout.stream("normal cells")
    organ = ORGAN[growing.layout.organ]
    mask = (maps.normal > 2.5) & (maps.normal_lumen < -2) & (maps.tissue > 4)
    if not organ.lining_um:
        growing.add(Kind.NORMAL, _packed(rng, organ.cell_um, mask & (maps.keratin < -2)))
        return
    points = _lined(rng, organ.cell_um, mask, maps.normal)
    if organ.surface == "epidermis":
        layers = mask & (maps.normal > 14) & (maps.keratin < -12)
        points = np.concatenate([points, _packed(rng, organ.cell_um * 1.35, layers)])
    uphill = slope(maps.normal, points)
    turn = 0.0 if organ.surface or organ.name == "breast" else 0.6
    spread = rng.normal(0, 0.15 + turn, len(points))
    growing.add(Kind.NORMAL, points, np.arctan2(uphill[:, 1], uphill[:, 0]) + spread)
    if organ.surface == "crypts":
        cups = mask & (maps.normal > 12) & (maps.normal < 20)
        points = _packed(rng, 11.5, cups)
        uphill = slope(maps.normal, points)
        growing.add(Kind.GOBLET, points, np.arctan2(uphill[:, 1], uphill[:, 0]))


def _grow_regions(growing: _Growing, maps: Maps) -> None:
    """Lymphoid aggregates, and what is left of cells in necrosis and mucin."""
    rng = growing.layout.stream("region cells")
    ragged = maps.aggregates + 9 * noise(rng, 45)
    core = ragged > 62 + 14 * noise(rng, 500)
    growing.add(Kind.LYMPHOCYTE, _packed(rng, 6.9, (ragged > 0) & ~core))
    growing.add(Kind.LYMPHOCYTE, _packed(rng, 10.5, core))
    halo = np.clip(1 + maps.aggregates / 45, 0, 1) * (maps.aggregates < 0)
    growing.add(
        Kind.LYMPHOCYTE, scattered(rng, (halo * _stroma_room(maps) / 110).astype(np.float32))
    )
    dead = (maps.necrosis > 0).astype(np.float32)
    growing.add(Kind.GHOST, scattered(rng, dead / 420))
    growing.add(
        Kind.DEBRIS, scattered(rng, dead * np.clip(0.5 + 1.2 * noise(rng, 120), 0.05, 3) / 55)
    )
    growing.add(Kind.DEBRIS, scattered(rng, (maps.lumen > 2).astype(np.float32) / 2600))


def _calcified(anatomy: Anatomy) -> tuple[Calcification, ...]:
    """Calcifications in the mid fields that show them, outside their high fields."""
    rng = anatomy.layout.stream("calcifications")
    found: list[Calcification] = []
    for site in anatomy.layout.sites:
        if site.traits["mid"]["calcification"] == "absent":
            continue
        points = rng.uniform(60, site.mid.side_um - 60, (90, 2))
        points += np.array([site.mid.x_um, site.mid.y_um])
        away = ~anatomy.high[site.number].holds(points, -30)
        away &= (sample(anatomy.maps.vessels, points) < -30) & (
            sample(anatomy.maps.mass, points) > 0
        )
        away &= sample(anatomy.maps.necrosis, points) < -20
        away &= sample(anatomy.maps.tissue, points) > 30
        for x, y in points[away][: int(rng.integers(8, 13))]:
            found.append(Calcification(x, y, float(rng.uniform(11, 24)), int(rng.integers(2**31))))
    return tuple(found)


def make_cells(anatomy: Anatomy) -> Cells:
    growing = _Growing(anatomy.layout)
    _grow_stroma(growing, anatomy.maps)
    _grow_walls(growing, anatomy.maps)
    _grow_normal(growing, anatomy.maps)
    _grow_regions(growing, anatomy.maps)
    for site in range(SITES):
        _grow_tumour(growing, anatomy, site)
    return growing.done(_calcified(anatomy))
