"""Nuclei and small cells drawn once for each variant, then laid onto the canvas where they belong.

A stamp replaces what lies under it where it is opaque: canvas = canvas * keep + ink.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from webapp.slides.phantom.fields import Map
from webapp.slides.phantom.nuclei import Kind, Style
from webapp.slides.phantom.stain import Canvas


@dataclass(frozen=True)
class Stamp:
    """`keep` is (s, s, 1), `ink` (s, s, 3); the cell's middle is the middle pixel."""

    keep: Canvas
    ink: Canvas

    @property
    def reach(self) -> int:
        return len(self.ink) // 2


class _Brush:
    """Coordinates of one stamp: along and across the nucleus, in um, and its own noise."""

    def __init__(self, style: Style, mpp: float, reach_um: float) -> None:
        self.style, self.mpp = style, mpp
        self.rng = np.random.default_rng(style.seed)
        reach = int(np.ceil(reach_um / mpp)) + 2
        offset = np.arange(-reach, reach + 1, dtype=np.float32) * np.float32(mpp)
        x, y = np.meshgrid(offset, offset)
        c, s = np.cos(style.angle), np.sin(style.angle)
        self.u, self.v = x * c + y * s, y * c - x * s
        self.zero = np.zeros_like(x)

    def noise(self, grain_um: float) -> Map:
        raw = self.rng.standard_normal(self.u.shape).astype(np.float32)
        soft = cv2.GaussianBlur(raw, (0, 0), max(grain_um / self.mpp, 0.35))
        return np.asarray((soft - soft.mean()) / (soft.std() + 1e-6), dtype=np.float32)

    def ellipse(self, long_um: float, wide_um: float, rough: float = 0.0) -> Map:
        """Distance in um into a bumpy ellipse, roughly."""
        turn = np.arctan2(self.v / wide_um, self.u / long_um)
        phase = self.rng.uniform(0, 6.28, 3)
        bumps = 0.6 * np.sin(2 * turn + phase[0]) + 0.6 * np.sin(3 * turn + phase[1])
        bumps += 0.35 * np.sin(5 * turn + phase[2])
        q = np.hypot(self.u / long_um, self.v / wide_um) * (1 + rough * bumps)
        return np.asarray((1 - q) * wide_um, dtype=np.float32)

    def soft(self, depth_um: Map, edge_um: float = 0.45) -> Map:
        """0 outside to 1 inside, over an edge no sharper than a pixel."""
        edge = max(edge_um, 0.45 * self.mpp)
        return np.asarray(1 / (1 + np.exp(-np.clip(depth_um / edge * 1.7, -30, 30))), np.float32)

    def blob(self, at_u: float, at_v: float, radius_um: float) -> Map:
        away = np.hypot(self.u - at_u, self.v - at_v)
        return self.soft((radius_um - away), 0.35)

    def stamp(self, opaque: Map, haem: Map, eosin: Map, red: Map | None = None) -> Stamp:
        red = self.zero if red is None else red
        ink = np.stack([opaque * haem, opaque * eosin, opaque * red], axis=-1)
        return Stamp((1 - opaque)[..., None].astype(np.float32), ink.astype(np.float32))


def _nucleus(style: Style, mpp: float) -> Stamp:
    brush = _Brush(style, mpp, style.long_um * 1.35)
    depth = brush.ellipse(style.long_um, style.wide_um, style.rough)
    body = brush.soft(depth, 0.5)
    clumps = brush.noise(0.7)
    if style.vesicular:
        rim = np.exp(-(((depth - 0.45) / 0.55) ** 2))
        haem = style.dark * (0.52 + 0.62 * rim + 0.17 * clumps)
    else:
        haem = style.dark * (1.0 + 0.13 * clumps + 0.10 * brush.noise(1.4))
    eosin = brush.zero + 0.22
    if style.nucleolus_um > 0:
        for size in (1.0, 0.7)[: 1 + (brush.rng.random() < 0.25)]:
            at = brush.rng.uniform(-0.42, 0.42, 2) * (style.long_um, style.wide_um)
            spot = brush.blob(at[0], at[1], style.nucleolus_um * size)
            halo = brush.blob(at[0], at[1], style.nucleolus_um * size + 0.6) - spot
            haem = haem * (1 - 0.3 * halo) + spot * (1.6 - haem * 0.75)
            eosin = eosin + 0.85 * spot
    return brush.stamp(body * 0.97, np.clip(haem, 0.1, 2.8), eosin)


def _spindle(style: Style, mpp: float) -> Stamp:
    """A fibroblast or endothelial nucleus: thin, pointed, slightly bent."""
    brush = _Brush(style, mpp, style.long_um * 1.3)
    brush.v = brush.v - brush.rng.uniform(-0.035, 0.035) * brush.u**2
    taper = style.wide_um * np.clip(1 - (brush.u / (style.long_um * 1.1)) ** 2, 0.02, 1)
    depth = taper - np.abs(brush.v)
    haem = style.dark * (1 + 0.16 * brush.noise(0.8))
    return brush.stamp(brush.soft(depth, 0.5) * 0.92, haem, brush.zero + 0.25)


def _lymphocyte(style: Style, mpp: float) -> Stamp:
    """A dark round nucleus with clotted chromatin in a scant pale rim."""
    brush = _Brush(style, mpp, 5.2)
    depth = brush.ellipse(style.long_um, style.wide_um, style.rough)
    body, cell = brush.soft(depth, 0.4), brush.soft(depth + 1.0, 0.5) * 0.45
    haem = body * style.dark * (1 + 0.20 * brush.noise(0.6)) + (1 - body) * 0.12
    opaque = np.maximum(body, cell)
    return brush.stamp(opaque, haem, brush.zero + 0.18)


def _permeating(style: Style, mpp: float) -> Stamp:
    """A lymphocyte between tumour cells, in its clear halo."""
    brush = _Brush(style, mpp, 6.8)
    depth = brush.ellipse(style.long_um, style.wide_um, style.rough)
    body, halo = brush.soft(depth, 0.4), brush.soft(depth + 2.2, 0.6) * 0.92
    haem = body * style.dark * (1 + 0.2 * brush.noise(0.6)) + (1 - body) * 0.03
    eosin = body * 0.15 + (1 - body) * 0.05
    return brush.stamp(np.maximum(body, halo), haem, eosin)


def _plasma(style: Style, mpp: float) -> Stamp:
    """An eccentric cartwheel nucleus in an oval, purple cell."""
    brush = _Brush(style, mpp, 8.5)
    cell = brush.soft(brush.ellipse(5.6, 4.0, 0.05), 0.6) * 0.85
    away = np.hypot(brush.u - 2.0, brush.v)
    body = brush.soft((style.wide_um - away), 0.4)
    spokes = np.cos(5 * np.arctan2(brush.v, brush.u - 2.0)) * np.clip(away / 2.5, 0, 1)
    haem = body * style.dark * (0.95 + 0.22 * spokes) + (1 - body) * 0.42
    hof = brush.blob(-0.9, 0, 1.2) * (1 - body)
    return brush.stamp(np.maximum(body, cell), (haem - 0.2 * hof), brush.zero + 0.36)


def _eosinophil(style: Style, mpp: float) -> Stamp:
    """Two dark lobes in bright red granules."""
    brush = _Brush(style, mpp, 7.8)
    cell = brush.soft(brush.ellipse(style.long_um, style.wide_um, 0.06), 0.5)
    lobes = np.maximum(brush.blob(-1.9, 1.0, 1.75), brush.blob(1.7, 1.2, 1.85))
    lobes = np.maximum(lobes, 0.7 * brush.blob(0, 1.6, 0.8))
    red = (1 - lobes) * (1.25 + 0.38 * brush.noise(0.55))
    return brush.stamp(
        cell * 0.97,
        (lobes * style.dark),
        brush.zero + 0.25,
        red,
    )


def _apoptosis(style: Style, mpp: float) -> Stamp:
    """A shrunken, brightly eosinophilic cell with smooth black fragments, in a halo."""
    brush = _Brush(style, mpp, 8.2)
    cell = brush.soft(brush.ellipse(style.long_um, style.wide_um, 0.05), 0.4)
    halo = brush.soft(brush.ellipse(style.long_um + 1.8, style.wide_um + 1.8, 0.05), 0.5) * 0.95
    lumps = brush.zero
    for _ in range(int(brush.rng.integers(2, 5))):
        at = brush.rng.uniform(-2.3, 2.3, 2)
        lumps = np.maximum(lumps, brush.blob(at[0], at[1], brush.rng.uniform(0.8, 1.7)))
    lumps = lumps * cell
    eosin = cell * (1.15 - 0.5 * lumps) + (1 - cell) * 0.03
    haem = lumps * style.dark + cell * 0.15
    return brush.stamp(np.maximum(cell, halo), haem, eosin)


def _mitosis(style: Style, mpp: float) -> Stamp:
    """Ragged, solid chromosomes in a rounded, cleared cell: plate, two plates, or ring."""
    brush = _Brush(style, mpp, 10.5)
    cell = brush.soft(brush.ellipse(8.0, 7.4, 0.03), 0.9)
    rag = 0.32 * brush.noise(0.8)
    bend = brush.v - 0.03 * brush.rng.uniform(-1, 1) * brush.u**2
    form = brush.rng.random()
    long, wide = style.long_um, style.wide_um
    if form < 0.6:
        depth = (1 - np.hypot(brush.u / long, bend / wide)) * wide + rag * 0.8
    elif form < 0.82:
        apart = brush.rng.uniform(2.4, 3.8)
        plate = [
            (1 - np.hypot(brush.u / (long * 0.9), (bend + k * apart) / (wide * 0.85))) * wide
            for k in (-1, 1)
        ]
        depth = np.maximum(plate[0], plate[1]) + rag * 0.7
    else:
        ring = np.hypot(brush.u / 1.15, brush.v)
        depth = 1.35 - np.abs(ring - 2.6) + rag
    solid = brush.soft(depth, 0.35)
    stray = brush.blob(brush.rng.uniform(-3, 3), brush.rng.uniform(2.5, 4), 0.5) * 0.9
    solid = np.maximum(solid, stray if form < 0.3 else 0)
    haem = solid * style.dark + (1 - solid) * (0.04 + 0.015 * brush.noise(1))
    eosin = solid * 0.3 + (1 - solid) * (0.17 + 0.03 * brush.noise(1.2))
    opaque = np.maximum(solid, cell * 0.93)
    return brush.stamp(opaque, haem, eosin)


def _debris(style: Style, mpp: float) -> Stamp:
    brush = _Brush(style, mpp, style.long_um * 1.6)
    depth = brush.ellipse(style.long_um, style.wide_um, 0.15)
    return brush.stamp(brush.soft(depth, 0.4) * 0.85, brush.zero + style.dark, brush.zero + 0.4)


def _red_cell(style: Style, mpp: float) -> Stamp:
    brush = _Brush(style, mpp, 4.6)
    depth = brush.ellipse(style.long_um, style.wide_um, 0.05)
    body = brush.soft(depth, 0.45)
    pale = 1 - 0.25 * np.exp(-(((depth - style.wide_um) / 1.4) ** 2))
    return brush.stamp(body * 0.93, brush.zero + 0.02, brush.zero + 0.28, (style.dark * pale))


def _goblet(style: Style, mpp: float) -> Stamp:
    brush = _Brush(style, mpp, style.long_um * 1.3)
    body = brush.soft(brush.ellipse(style.long_um, style.wide_um, 0.04), 0.7)
    haem = 0.17 + 0.05 * brush.noise(0.9)
    return brush.stamp(body * 0.95, haem, brush.zero + 0.05)


_DRAW: Mapping[int, Callable[[Style, float], Stamp]] = {
    Kind.FIBROBLAST: _spindle,
    Kind.LYMPHOCYTE: _lymphocyte,
    Kind.PERMEATING: _permeating,
    Kind.PLASMA: _plasma,
    Kind.EOSINOPHIL: _eosinophil,
    Kind.APOPTOSIS: _apoptosis,
    Kind.NORMAL: _nucleus,
    Kind.DEBRIS: _debris,
    Kind.GHOST: _debris,
    Kind.RED: _red_cell,
    Kind.GOBLET: _goblet,
}


def make_stamps(banks: Mapping[int, list[Style]], mpp: float) -> dict[int, list[Stamp]]:
    """A stamp for every variant of every kind."""
    stamps: dict[int, list[Stamp]] = {}
    for kind, styles in banks.items():
        draw = _DRAW.get(kind, _mitosis if kind >= Kind.MITOSIS else _nucleus)
        stamps[kind] = [draw(style, mpp) for style in styles]
    return stamps


def press(canvas: Canvas, stamp: Stamp, column: int, row: int) -> None:
    """Lay the stamp with its middle at (column, row); parts off the canvas are cut."""
    reach, (rows, columns) = stamp.reach, canvas.shape[:2]
    top, left = row - reach, column - reach
    a, b = max(top, 0), min(top + 2 * reach + 1, rows)
    c, d = max(left, 0), min(left + 2 * reach + 1, columns)
    if a >= b or c >= d:
        return
    part = canvas[a:b, c:d]
    part *= stamp.keep[a - top : b - top, c - left : d - left]
    part += stamp.ink[a - top : b - top, c - left : d - left]
