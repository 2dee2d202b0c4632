"""The regions of one slide as maps on the anatomy grid, from its layout alone."""

from dataclasses import dataclass

import numpy as np

from webapp.slides.phantom.fields import (
    GRID,
    PLANE,
    Bools,
    Map,
    Points,
    blurred,
    f32,
    labyrinth,
    lattice,
    noise,
    sample,
    signed_distance,
    voronoi_edge,
)
from webapp.slides.phantom.layout import CENTRE_UM, Box, Disc, Layout
from webapp.slides.phantom.organs import ORGAN, Organ
from webapp.slides.phantom.traits import SITES
from webapp.slides.phantom.tumour import lumen_distance, mass_distance, tumour_distance

STROMA = ("desmoplastic", "collagenous", "loose")


@dataclass(frozen=True)
class Vessel:
    """A dilated vessel: an ellipse bent by the slide's noise."""

    x_um: float
    y_um: float
    long_um: float
    wide_um: float
    angle: float


@dataclass(frozen=True)
class Maps:
    """Fields on the anatomy grid; distances in um are positive inside, weights run from 0 to 1."""

    tissue: Map
    mass: Map
    tumour: Map
    lumen: Map
    normal: Map
    normal_lumen: Map
    keratin: Map
    necrosis: Map
    mucin: Map
    fat: Map
    aggregates: Map
    vessels: Map
    territory: tuple[Map, ...]
    stroma: tuple[Map, ...]
    dense: Map
    clefts: Map
    """Width in um of the retraction cleft around the tumour's islands."""
    clear: Map
    along: Map
    across: Map

    def epithelium(self) -> Bools:
        alive = (self.tumour > 0) & (self.lumen < 0) & (self.necrosis < 0)
        return np.asarray(alive & (self.mucin < 0) & (self.vessels < 0))


@dataclass(frozen=True)
class Anatomy:
    layout: Layout
    maps: Maps
    vessels: tuple[Vessel, ...]
    aggregates: tuple[Disc, ...]
    fat_cells: Points
    high: tuple[Box, ...]
    """The high field of each site."""


def _discs(layout: Layout, discs: tuple[Disc, ...], rough_um: float, name: str) -> Map:
    """Distance into a union of ragged discs."""
    rng = layout.stream(name)
    x, y = PLANE
    best = np.full_like(x, -5000.0)
    for disc in discs:
        best = np.maximum(best, disc.radius_um - np.hypot(x - disc.x_um, y - disc.y_um))
    rough = rough_um * (0.75 * noise(rng, 3.5 * rough_um) + 0.35 * noise(rng, rough_um))
    return (best + rough).astype(np.float32) if discs else best


def _tissue(layout: Layout) -> Map:
    rng = layout.stream("tissue")
    x, y = PLANE
    u, v = np.abs(x - CENTRE_UM), np.abs(y - CENTRE_UM)
    square = (u**3.6 + v**3.6) ** (1 / 3.6)
    rough = 70 * noise(rng, 1700) + 30 * noise(rng, 480) + 5 * noise(rng, 90)
    return signed_distance((2085 - square + rough).astype(np.float32))


def _towards(angle: float) -> Map:
    """How far each point lies from the middle in a direction, in um."""
    x, y = PLANE
    return f32((x - CENTRE_UM) * np.cos(angle) + (y - CENTRE_UM) * np.sin(angle))


def _territories(layout: Layout) -> tuple[Map, ...]:
    """One soft weight map for each site; they sum to 1."""
    rng = layout.stream("territory")
    x, y = PLANE
    wander_x, wander_y = (115 * noise(rng, 700) + 50 * noise(rng, 140) for _ in range(2))
    middle = [(site.mid.x_um + 500, site.mid.y_um + 500) for site in layout.sites]
    away = np.stack([np.hypot(x + wander_x - a, y + wander_y - b) for a, b in middle])
    nearest = away.argmin(axis=0)
    return tuple(blurred((nearest == k).astype(np.float32), 85) for k in range(SITES))


def _where(layout: Layout, weights: tuple[Map, ...], name: str, value: str, scale: str) -> Map:
    """The weight of the territories whose trait has this value."""
    total = np.zeros((GRID, GRID), np.float32)
    for site, weight in zip(layout.sites, weights, strict=True):
        if site.traits[scale][name] == value:
            total += weight
    return total


def _cleft_widths(layout: Layout, weights: tuple[Map, ...]) -> Map:
    """0 where triplets show none; elsewhere uneven, and closed in places."""
    rng = layout.stream("cleft widths")
    width = np.clip(5.5 + 5 * noise(rng, 170) + 2.5 * noise(rng, 50), 0, 15)
    return f32(width * np.clip(_where(layout, weights, "clefts", "present", "mid") * 2 - 1, 0, 1))


def _aggregates(layout: Layout) -> tuple[Disc, ...]:
    """Lymphoid aggregates at the rim of the tumour, away from the fat and the surface."""
    if layout.low["lymphoid_aggregates"] == "absent":
        return ()
    rng = layout.stream("aggregates")
    axis = round(layout.fat_angle / (np.pi / 2)) * np.pi / 2
    places = [(side, turn) for side in (1, 2, 3) for turn in (-0.34, 0.34)]
    discs = []
    for k in rng.permutation(len(places))[: int(rng.integers(4, 6))]:
        side, turn = places[k]
        angle = axis + side * np.pi / 2 + turn + rng.uniform(-0.14, 0.14)
        # On a square around the mid fields, so that none of them shows an aggregate.
        radial = 1690 / max(abs(np.cos(angle)), abs(np.sin(angle)))
        at = CENTRE_UM + radial * np.cos(angle), CENTRE_UM + radial * np.sin(angle)
        discs.append(Disc(float(at[0]), float(at[1]), float(rng.uniform(105, 170))))
    return tuple(discs)


def _fat(layout: Layout, mass: Map) -> Map:
    """Distance into adipose tissue."""
    if layout.low["adipose"] == "absent":
        return np.full_like(mass, -5000.0)
    rng = layout.stream("fat")
    rough = 110 * noise(rng, 600) + 40 * noise(rng, 150)
    side = _towards(layout.fat_angle) - 1330 + rough
    return f32(np.minimum(side, -40 - mass + 0.3 * rough))


def _vessels(layout: Layout) -> tuple[Vessel, ...]:
    """Congested vessels inside the mid fields that show them."""
    rng = layout.stream("vessels")
    found: list[Vessel] = []
    for site in layout.sites:
        if site.traits["mid"]["vessels"] == "absent":
            continue
        cells = rng.permutation(9)[: int(rng.integers(5, 8))]
        for k in cells:
            x = site.mid.x_um + 150 + (k % 3) * 300 + rng.uniform(-60, 60)
            y = site.mid.y_um + 150 + (k // 3) * 300 + rng.uniform(-60, 60)
            long = rng.uniform(38, 78)
            found.append(Vessel(x, y, long, long * rng.uniform(0.35, 0.6), rng.uniform(0, np.pi)))
    return tuple(found)


def _vessel_distance(layout: Layout, vessels: tuple[Vessel, ...]) -> Map:
    rng = layout.stream("vessel walls")
    x, y = PLANE
    bend_x, bend_y = 10 * noise(rng, 130), 10 * noise(rng, 130)
    best = np.full_like(x, -5000.0)
    for vessel in vessels:
        c, s = np.cos(vessel.angle), np.sin(vessel.angle)
        dx, dy = x + bend_x - vessel.x_um, y + bend_y - vessel.y_um
        along, across = (dx * c + dy * s) / vessel.long_um, (dy * c - dx * s) / vessel.wide_um
        best = np.maximum(best, (1 - np.hypot(along, across)) * vessel.wide_um)
    return f32(best)


def _fibres(layout: Layout, tumour: Map) -> tuple[Map, Map]:
    """Curved coordinates along and across the collagen; they bend around the tumour's islands."""
    rng = layout.stream("fibres")
    turn = rng.uniform(0, np.pi)
    x, y = PLANE
    wide = [150 * noise(rng, 1200) + 20 * noise(rng, 260) for _ in range(2)]
    along = x * np.cos(turn) + y * np.sin(turn) + wide[0]
    across = y * np.cos(turn) - x * np.sin(turn) + wide[1] + 2.2 * noise(rng, 48)
    across = across - 0.7 * np.clip(blurred(tumour, 14), -60, 0)
    return along.astype(np.float32), across.astype(np.float32)


def _units(layout: Layout, organ: Organ) -> Map:
    """Distance into normal glands, tubules or acini, before they are cut to their region."""
    rng = layout.stream("units")
    if organ.name == "liver":
        plates = 8 * (labyrinth(rng, 36) + 0.35 * noise(rng, 200) + 0.85)
        return f32(plates)
    centres = lattice(rng, organ.spacing_um, 0.34)
    edge, first, index = voronoi_edge(centres)
    present = rng.random(len(centres)) < organ.fill * np.where(
        organ.fill < 0.9, _clustering(rng, centres), 1.0
    )
    radius = rng.uniform(*organ.radius_um, len(centres))
    reach = f32(np.where(present, radius, -60.0))[index]
    bumps = 0.07 * reach * noise(rng, 60)
    return f32(np.minimum(edge - 1.5, reach - first + bumps))


def _clustering(rng: np.random.Generator, centres: Points) -> np.ndarray:
    """Between 0 and 2, in patches: units come in lobules."""
    return np.clip(1 + 1.6 * sample(noise(rng, 900), centres), 0, 2)


def _surface(layout: Layout, tissue: Map, organ: Organ) -> tuple[Map, Map, Map]:
    """Distances into surface epithelium, its lumens and its keratin."""
    rng = layout.stream("surface")
    nowhere = np.full_like(tissue, -100.0)
    side = _towards(layout.surface_angle)
    on_side = (side - 1500 + 60 * noise(rng, 500)) * 0.5
    sideways = _towards(layout.surface_angle + np.pi / 2)
    if organ.surface == "epidermis":
        ridges = 85 + 34 * noise(rng, 190) + 9 * noise(rng, 60)
        layer = np.minimum(tissue - 24, ridges - tissue)
        keratin = np.minimum(np.minimum(27 - tissue, tissue + 40), on_side)
        return np.minimum(layer, on_side).astype(np.float32), nowhere, keratin.astype(np.float32)
    if organ.surface == "crypts":
        phase = (sideways + 16 * noise(rng, 260) + 5 * noise(rng, 80)) / 78
        off_axis = np.abs(phase - np.floor(phase) - 0.5) * 78
        depth = np.minimum(tissue - 10, 350 + 40 * noise(rng, 200) - tissue)
        crypt = np.minimum(np.minimum(29 - off_axis, depth), on_side)
        lumen = np.minimum(crypt - 25.5 + 1.5 * noise(rng, 30), 330 - tissue)
        lining = np.minimum(np.minimum(tissue - 2, 22 - tissue), on_side)
        both = np.maximum(crypt, np.where(off_axis < 8, -50, lining))
        return both.astype(np.float32), lumen.astype(np.float32), nowhere
    return nowhere, nowhere, nowhere


def _normal(layout: Layout, tissue: Map, mass: Map, other: Map) -> tuple[Map, Map, Map]:
    """Normal epithelium, its lumens and keratin, cut to tissue outside the tumour."""
    organ = ORGAN[layout.organ]
    units = _units(layout, organ)
    lumen = units - organ.lining_um if organ.lining_um else np.full_like(units, -100.0)
    surface, surface_lumen, keratin = _surface(layout, tissue, organ)
    below = 430.0 if organ.surface else 25.0
    side = np.clip((_towards(layout.surface_angle) - 1450) * 0.5, -60, 60)
    room = np.minimum(tissue - 25, -mass - 70)
    room = np.where(side > 0, np.minimum(room, tissue - below), room)
    units = np.minimum(units, room)
    clear = np.minimum(-mass - 20, -other - 6)
    epithelium = np.minimum(np.maximum(units, surface), clear)
    lumens = np.where(surface > units, surface_lumen, np.minimum(lumen, room))
    return (
        signed_distance(epithelium.astype(np.float32)),
        np.minimum(lumens, clear).astype(np.float32),
        np.minimum(keratin, clear).astype(np.float32),
    )


def _find_high(layout: Layout, site: int, maps: Maps) -> Box:
    """The square in a mid field that is fullest of living tumour but shows some of its stroma."""
    rng = layout.stream("high", site)
    mid, side = layout.sites[site].mid, 200.0
    spoilt = (maps.necrosis > -25) | (maps.mucin > -25) | (maps.vessels > -5)
    spoilt |= maps.territory[site] < 0.9
    filled = maps.epithelium()
    best, best_score = Box(mid.x_um, mid.y_um, side), -99.0
    for _ in range(140):
        x, y = (mid.x_um + 40 + 8 * int(k) for k in rng.integers(0, 91, 2))
        y += mid.y_um - mid.x_um
        rows, columns = (slice(int(a // 4), int((a + side) // 4)) for a in (y, x))
        share = float(filled[rows, columns].mean())
        score = min(share, 0.86) - 3 * float(spoilt[rows, columns].mean())
        if score > best_score:
            best, best_score = Box(x, y, side), score
    return best


def _maps(layout: Layout, vessels: tuple[Vessel, ...], aggregates: tuple[Disc, ...]) -> Maps:
    tissue, mass = _tissue(layout), mass_distance(layout)
    weights = _territories(layout)
    fat = np.minimum(_fat(layout, mass), tissue - 8)
    lymph = _discs(layout, aggregates, 22, "lymph")
    vessel = _vessel_distance(layout, vessels)
    angular = _where(layout, weights, "outline", "angular", "mid")
    room = np.minimum(np.minimum(mass, tissue - 30), np.minimum(-vessel - 14, -lymph))
    tumour = np.minimum(tumour_distance(layout, mass, angular), np.clip(room, -60, 200) + 40)
    tumour = np.minimum(tumour, np.minimum(-vessel - 13, -lymph - 4)).astype(np.float32)
    necrosis = np.minimum(_discs(layout, layout.necrosis, 60, "necrosis"), mass - 30)
    mucin = np.minimum(_discs(layout, layout.mucin, 50, "mucin"), mass - 30)
    normal, normal_lumen, keratin = _normal(layout, tissue, mass, np.maximum(fat, lymph))
    along, across = _fibres(layout, tumour)
    return Maps(
        tissue=tissue,
        mass=mass,
        tumour=tumour,
        lumen=lumen_distance(layout, tumour),
        normal=normal,
        normal_lumen=normal_lumen,
        keratin=keratin,
        necrosis=necrosis.astype(np.float32),
        mucin=mucin.astype(np.float32),
        fat=fat.astype(np.float32),
        aggregates=lymph,
        vessels=vessel,
        territory=weights,
        stroma=tuple(_where(layout, weights, "stroma", kind, "mid") for kind in STROMA),
        dense=_where(layout, weights, "infiltrate", "dense", "mid"),
        clefts=_cleft_widths(layout, weights),
        clear=_where(layout, weights, "cytoplasm", "clear", "high"),
        along=along,
        across=across,
    )


def _fat_cells(layout: Layout, fat: Map) -> Points:
    rng = layout.stream("adipocytes")
    points = lattice(rng, 64, 0.4)
    inside = (points >= 0).all(axis=1) & (points < GRID * 4).all(axis=1)
    points = points[inside]
    cell = (points / 4).astype(int)
    inside = np.asarray(fat[cell[:, 1], cell[:, 0]] > -45)
    return np.asarray(points[inside])


def make_anatomy(layout: Layout) -> Anatomy:
    vessels, aggregates = _vessels(layout), _aggregates(layout)
    maps = _maps(layout, vessels, aggregates)
    high = tuple(_find_high(layout, site.number, maps) for site in layout.sites)
    return Anatomy(layout, maps, vessels, aggregates, _fat_cells(layout, maps.fat), high)
