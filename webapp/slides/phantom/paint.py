"""Tissue painted tile by tile in amounts of stain: stroma first, then what lies in and on it."""

from collections.abc import Iterator

import cv2
import numpy as np

from webapp.slides.phantom.cells import Calcification
from webapp.slides.phantom.fields import SIDE_UM, Map
from webapp.slides.phantom.nuclei import ON_TOP
from webapp.slides.phantom.scene import TILE_PX, Scene, View
from webapp.slides.phantom.stain import Canvas, Picture, developed
from webapp.slides.phantom.stamps import press
from webapp.slides.phantom.textures import read


def _edge(depth_um: Map, width_um: float) -> Map:
    """0 to 1 across an outline."""
    return np.asarray(np.clip(depth_um / np.float32(width_um) + np.float32(0.5), 0, 1))


class _Layers:
    """The canvas being painted: haematoxylin and eosin as two planes."""

    def __init__(self, side: int) -> None:
        self.haem = np.zeros((side, side), np.float32)
        self.eosin = np.zeros((side, side), np.float32)

    def lay(self, opaque: Map, haem: Map | float, eosin: Map | float) -> None:
        self.haem += opaque * (haem - self.haem)
        self.eosin += opaque * (eosin - self.eosin)


def _stroma_parts(view: View) -> tuple[Map, Map, Map, Map]:
    """Weights of desmoplastic, collagenous and loose stroma, and of being within the tumour."""
    maps = view.scene.anatomy.maps
    inner = np.clip(view.up(maps.mass) / 90 + 1, 0, 1)
    desmoplastic, collagenous, loose = (view.up(weight) * inner for weight in maps.stroma)
    outer = 1 - inner
    return desmoplastic, collagenous + 0.62 * outer, loose + 0.38 * outer, inner


def _paint_stroma(view: View, layers: _Layers) -> None:
    maps, textures = view.scene.anatomy.maps, view.scene.textures
    along, across = view.up(maps.along), view.up(maps.across)
    phase = read(textures.bundles, along * 0.4 + 37, across * 0.25 + 811)
    crimp = 1.5 * np.sin(along / 6.5 + 2.2 * phase) * np.clip(phase + 0.7, 0, 1.4)
    wavy = across + crimp
    bundle = read(textures.bundles, along, wavy)
    fibril = read(textures.fibrils, along * 0.93 + 211, wavy * 0.9 + 2.0 * bundle + 97)
    split = read(textures.bundles, along * 0.55 + 613, wavy * 0.5 + 401)
    desmoplastic, collagenous, loose, _ = _stroma_parts(view)
    # Slits between bundles: wide in places, closed in others, never thinner than they can show.
    width = 0.62 * np.clip(phase + 0.35, 0, 1.3)
    cleft = np.clip(1 - (split / (width + 0.1)) ** 2, 0, 1) * np.clip(width / 0.3, 0, 1)
    gaps = np.clip(0.55 - split - 0.35 * fibril, 0, 1)
    strands = np.clip(bundle * 0.5 + fibril * 0.8, 0, 2)
    eosin = desmoplastic * (0.32 + 0.08 * bundle + 0.12 * fibril) * (1 - 0.6 * cleft)
    eosin += collagenous * (0.62 + 0.12 * bundle + 0.08 * fibril) * (1 - 0.90 * cleft)
    eosin += loose * (0.10 + 0.17 * strands + 0.04 * view.mottle) * (1 - 0.5 * gaps)
    haem = desmoplastic * (0.12 + 0.03 * fibril) + collagenous * 0.03
    haem += loose * (0.115 + 0.025 * view.mottle + 0.02 * strands)
    layers.lay(np.ones_like(eosin), np.clip(haem, 0, None), np.clip(eosin, 0.02, None))


def _paint_fat(view: View, layers: _Layers) -> None:
    maps, scene = view.scene.anatomy.maps, view.scene
    if not view.reaches(maps.fat, -60):
        return
    holes = np.zeros((view.side, view.side), np.uint8)
    corner = np.array([view.left, view.top]) * scene.mpp
    far = corner + view.side * scene.mpp
    for outline in scene.adipocytes:
        if (outline.high < corner).any() or (outline.low > far).any():
            continue
        polygon = np.round((outline.points - corner) / scene.mpp * 16).astype(np.int32)
        cv2.fillPoly(holes, [polygon], 255, cv2.LINE_AA, 4)
    empty = cv2.GaussianBlur(holes, (0, 0), max(0.4 / scene.mpp, 0.4)).astype(np.float32) / 255
    inside = _edge(view.up(maps.fat) + 4 * view.mottle, 20)
    layers.lay(inside * (1 - empty), 0.07, 0.50 + 0.08 * view.grain)
    layers.lay(empty * _edge(view.up(maps.fat) + 3 * view.mottle, 4), 0.0, 0.012)


def _paint_normal(view: View, layers: _Layers) -> None:
    maps, organ = view.scene.anatomy.maps, view.scene.organ
    if not view.reaches(maps.normal, -4):
        return
    depth = view.up(maps.normal, fine=True) + 0.5 * view.mottle
    walls, tint = view.cell_walls
    eosin = organ.eosin + 0.05 * view.mottle + 0.04 * view.grain + 0.05 * tint
    eosin = eosin + (0.16 if organ.surface == "epidermis" else 0.10) * walls
    haem = organ.haematoxylin + 0.03 * view.grain - 0.06 * walls
    if organ.surface == "epidermis":
        ripe = np.clip((depth - 18) / 60, 0, 1)
        eosin, haem = eosin + 0.22 * ripe, haem - 0.08 * ripe
    if organ.name == "salivary_gland":
        basal = np.clip(1 - depth / 9, 0, 1)
        haem = haem + 0.28 * basal - 0.10 * (1 - basal)
    layers.lay(_edge(depth, 1.6), np.clip(haem, 0, None), np.clip(eosin, 0, None))
    lumen = view.up(maps.normal_lumen, fine=True) + 0.6 * view.mottle
    layers.lay(_edge(lumen, 1.4) * (depth > 0), 0.015, 0.03 + 0.02 * np.clip(view.mottle, 0, 2))


def _paint_keratin(view: View, layers: _Layers) -> None:
    maps = view.scene.anatomy.maps
    if not view.reaches(maps.keratin, 0):
        return
    depth = view.up(maps.tissue)
    x, y = (view.up(field) for field in (maps.along, maps.across))
    bend = 9 * view.up(view.scene.strength[0] - 1) / 0.05
    flakes = read(view.scene.textures.bundles, (x + y) * 0.9, depth * 1.25 + bend)
    fine = read(view.scene.textures.fibrils, (x + y) * 0.6, depth * 1.1 + 2 * flakes)
    loose = np.clip((17 - depth) / 20, 0, 1)
    solid = np.clip(1.2 - loose * (0.75 + 1.1 * flakes + 0.5 * fine), 0, 1)
    opaque = _edge(view.up(maps.keratin), 3) * (solid > 0.25)
    layers.lay(opaque, 0.10 + 0.05 * fine, np.clip(0.85 + 0.2 * fine, 0.2, None) * solid)
    layers.lay(_edge(view.up(maps.keratin), 3) * (solid <= 0.25), 0.0, 0.01)
    granular = np.exp(-(((depth - 31) / 6) ** 2)) * _edge(view.up(maps.keratin) + 12, 8)
    layers.haem += 0.35 * granular * np.clip(0.6 + 0.5 * view.grain, 0, 2)


def _paint_tumour(view: View, layers: _Layers) -> None:
    maps = view.scene.anatomy.maps
    if not view.reaches(maps.tumour, -14):
        return
    depth = view.up(maps.tumour, fine=True) + 0.7 * view.mottle
    width = view.up(maps.clefts)
    cleft = _edge(width + depth - 1, 1.8) * np.clip(width - 0.5, 0, 1) * (depth < 1)
    layers.lay(cleft, 0.0, 0.02)
    walls, tint = view.cell_walls
    clear = view.up(maps.clear)
    pink = 0.47 + 0.035 * view.grain + 0.07 * view.mottle + 0.06 * tint - 0.17 * walls
    pale = 0.075 + 0.03 * view.grain + 0.02 * tint + 0.42 * walls
    eosin = pink + clear * (pale - pink)
    haem = (0.18 + 0.035 * view.grain + 0.03 * tint) * (1 - 0.86 * clear) + 0.05 * walls
    rim = np.clip(1 - np.abs(depth + 1.2) / 1.6, 0, 1) * np.clip(2 - width, 0, 1)
    layers.eosin += 0.24 * rim
    layers.lay(_edge(depth, 1.5), haem, np.clip(eosin, 0.03, None))
    layers.eosin += (0.08 + 0.26 * clear) * np.clip(1 - np.abs(depth - 0.6) / 1.2, 0, 1)
    if view.scene.anatomy.layout.low["architecture"] == "glandular":
        _paint_lumens(view, layers, depth)


def _paint_lumens(view: View, layers: _Layers, depth: Map) -> None:
    lumen = view.up(view.scene.anatomy.maps.lumen, fine=True) + 0.8 * view.mottle
    wisps = np.clip(view.flat(view.scene.textures.mottle, 3) - 0.9, 0, 2)
    brush = np.clip(1 - np.abs(lumen) / 1.6, 0, 1)
    layers.eosin += 0.16 * brush * (depth > 0)
    layers.lay(_edge(lumen, 1.3) * (depth > 0), 0.02 + 0.05 * wisps, 0.035 + 0.12 * wisps)


def _paint_mucin(view: View, layers: _Layers) -> None:
    maps = view.scene.anatomy.maps
    if not view.reaches(maps.mucin, -6):
        return
    swirl = read(view.scene.textures.fibrils, view.up(maps.along) * 0.5, view.up(maps.across) * 0.4)
    wide = read(view.scene.textures.bundles, view.up(maps.along) * 0.4, view.up(maps.across) * 0.3)
    haem = 0.17 + 0.014 * swirl + 0.012 * wide + 0.02 * view.mottle
    opaque = _edge(view.up(maps.mucin, fine=True) + 1.5 * view.mottle, 5)
    layers.lay(opaque, np.clip(haem, 0.02, None), 0.06 + 0.02 * np.clip(swirl, 0, 2))


def _paint_necrosis(view: View, layers: _Layers) -> None:
    maps = view.scene.anatomy.maps
    if not view.reaches(maps.necrosis, -30):
        return
    depth = view.up(maps.necrosis) + 4 * view.mottle
    coarse = view.flat(view.scene.textures.mottle, 2)
    patches = read(
        view.scene.textures.bundles, view.up(maps.along) * 0.5, view.up(maps.across) * 0.1
    )
    eosin = 0.66 + 0.11 * view.grain + 0.13 * coarse + 0.06 * view.mottle + 0.10 * patches
    holes = np.clip(coarse + 0.4 * view.mottle - 1.25, 0, 1)
    haem = 0.14 + 0.05 * view.grain + 0.05 * coarse - 0.05 * patches
    layers.lay(_edge(depth, 26), np.clip(haem, 0, None), np.clip(eosin * (1 - holes), 0.05, None))


def _paint_aggregates(view: View, layers: _Layers) -> None:
    maps = view.scene.anatomy.maps
    if view.reaches(maps.aggregates, -12):
        opaque = _edge(view.up(maps.aggregates), 24) * 0.9
        centre = _edge(view.up(maps.aggregates) - 66, 30)
        layers.lay(opaque, 0.25 - 0.08 * centre + 0.04 * view.grain, 0.20 + 0.05 * view.grain)


def _paint_vessels(view: View, layers: _Layers) -> None:
    maps = view.scene.anatomy.maps
    if not view.reaches(maps.vessels, -16):
        return
    depth = view.up(maps.vessels, fine=True) + 0.4 * view.mottle
    wall = np.clip(1 - np.abs(depth + 3.0) / 4.0, 0, 1)
    layers.lay(wall * 0.7, 0.08, 0.70 + 0.10 * view.grain)
    layers.lay(_edge(depth, 1.4), 0.01, 0.05 + 0.01 * view.grain)


def _paint_calcification(view: View, canvas: Canvas, stone: Calcification) -> None:
    """A psammoma body: purple, layered, cracked, in a thin cleft."""
    rng = np.random.default_rng(stone.seed)
    reach = int(np.ceil((stone.radius_um * 1.5 + 4) / view.scene.mpp))
    column, row = view.pixels(np.array([[stone.x_um, stone.y_um]]))[0]
    a, b = max(row - reach, 0), min(row + reach, view.side)
    c, d = max(column - reach, 0), min(column + reach, view.side)
    if a >= b or c >= d:
        return
    y, x = np.mgrid[a - row : b - row, c - column : d - column].astype(np.float32) * view.scene.mpp
    turn, away = np.arctan2(y, x), np.hypot(x, y * rng.uniform(1.0, 1.3))
    phase = rng.uniform(0, 6.28, 4)
    lobes = 0.09 * np.sin(2 * turn + phase[0]) + 0.06 * np.sin(3 * turn + phase[1])
    lobes += 0.035 * np.sin(7 * turn + phase[2])
    depth = stone.radius_um * (1 + lobes) - away
    rings = np.sin(away * (1 + 0.4 * lobes) * 6.28 / rng.uniform(3.2, 4.6) + phase[3])
    grain = view.grain[a:b, c:d]
    body = _edge(depth.astype(np.float32), 1.2)
    haem = 1.15 + 0.28 * rings + 0.12 * grain + 0.35 * np.clip(1 - depth / 4, 0, 1)
    crack = np.clip(1 - np.abs(np.sin(turn * 1.5 + phase[1]) * away - 0.8) / 0.7, 0, 1)
    part = canvas[a:b, c:d]
    halo = _edge((depth + 2.2).astype(np.float32), 1.5)
    part *= (1 - 0.9 * halo)[..., None]
    ink = np.stack([haem * (1 - 0.75 * crack), 0.55 + 0.1 * rings, 0 * haem], axis=-1)
    part += body[..., None] * (ink - part)


_LAYERS = (
    _paint_stroma,
    _paint_aggregates,
    _paint_normal,
    _paint_keratin,
    _paint_tumour,
    _paint_mucin,
    _paint_necrosis,
    _paint_vessels,
    _paint_fat,
)


def _press_cells(view: View, canvas: Canvas) -> None:
    cells, stamps = view.scene.cells, view.scene.stamps
    index = view.cells
    index = index[np.argsort(np.isin(cells.kind[index], ON_TOP), kind="stable")]
    kinds, variants = cells.kind[index].tolist(), cells.variant[index].tolist()
    for (column, row), kind, variant in zip(
        view.pixels(cells.at[index]).tolist(), kinds, variants, strict=True
    ):
        press(canvas, stamps[kind][variant], column, row)


def _blank(view: View, size: int) -> Picture:
    glass = np.broadcast_to(view.scene.stain.glass, (size, size, 3))
    return np.clip(glass + 0.8 * view.grain[:size, :size, None], 0, 255).astype(np.uint8)


def paint_tile(scene: Scene, column: int, row: int, size: int = TILE_PX) -> Picture:
    """The slide's pixels from (column, row), `size` square."""
    view = View(scene, column, row, size)
    maps = scene.anatomy.maps
    if not view.reaches(np.maximum(maps.tissue, maps.keratin), -8):
        return _blank(view, size)
    layers = _Layers(view.side)
    for paint in _LAYERS:
        paint(view, layers)
    depth = np.maximum(view.up(maps.tissue), view.up(maps.keratin) - 2)
    tissue = _edge(depth + 2.0 * view.mottle, 3.0)
    haem = layers.haem * tissue * view.up(scene.strength[0])
    eosin = layers.eosin * tissue * view.up(scene.strength[1])
    canvas = np.stack([haem, eosin, np.zeros_like(haem)], axis=-1)
    _press_cells(view, canvas)
    for stone in scene.cells.calcifications:
        _paint_calcification(view, canvas, stone)
    light = developed(canvas, scene.stain)
    light = np.asarray(cv2.GaussianBlur(light, (0, 0), 0.55), dtype=np.float32)
    light += 1.1 * view.grain[..., None]
    inner = slice(view.pad, view.pad + size)
    return np.clip(light[inner, inner], 0, 255).astype(np.uint8)


def tiles(size_px: int) -> Iterator[tuple[int, int]]:
    """Column and row of every tile's corner on a slide of this side."""
    for row in range(0, size_px, TILE_PX):
        for column in range(0, size_px, TILE_PX):
            yield column, row


def paint_slide(scene: Scene) -> Picture:
    """All pixels of the slide, `SIDE_UM / mpp` square."""
    size = round(SIDE_UM / scene.mpp)
    picture = np.empty((size, size, 3), np.uint8)
    for column, row in tiles(size):
        part = picture[row : row + TILE_PX, column : column + TILE_PX]
        part[:] = paint_tile(scene, column, row)[: part.shape[0], : part.shape[1]]
    return picture
