"""Everything needed to paint any tile of a slide, made once, and one tile's view of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt
from scipy.spatial import Voronoi

from webapp.slides.phantom.anatomy import Anatomy
from webapp.slides.phantom.cells import Cells
from webapp.slides.phantom.fields import GRID_UM, SIDE_UM, Map, Points, noise
from webapp.slides.phantom.nuclei import Kind
from webapp.slides.phantom.organs import ORGAN, Organ
from webapp.slides.phantom.stain import Stain, make_stain
from webapp.slides.phantom.stamps import Stamp, make_stamps
from webapp.slides.phantom.textures import SIZE, TEXEL_UM, Textures, make_textures

TILE_PX = 768
PAD_UM = 14.0


@dataclass(frozen=True)
class Outline:
    """A closed polygon in um and its bounding box."""

    points: Points
    low: Points
    high: Points


@dataclass(frozen=True)
class Scene:
    anatomy: Anatomy
    cells: Cells
    mpp: float
    stain: Stain
    textures: Textures
    stamps: Mapping[int, list[Stamp]]
    strength: tuple[Map, Map]
    """How strongly haematoxylin and eosin took, uneven over the slide."""
    adipocytes: tuple[Outline, ...]
    order: npt.NDArray[np.int64]
    """Cells sorted by the square of `bins` they lie in."""
    starts: npt.NDArray[np.int64]

    @property
    def organ(self) -> Organ:
        return ORGAN[self.anatomy.layout.organ]


_BIN_UM = 96.0
_BINS = int(SIDE_UM / _BIN_UM)


def _binned(at: Points) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    cell = np.clip((at / _BIN_UM).astype(np.int64), 0, _BINS - 1)
    key = cell[:, 1] * _BINS + cell[:, 0]
    order = np.argsort(key, kind="stable")
    return order, np.searchsorted(key[order], np.arange(_BINS * _BINS + 1))


def _rounded(polygon: Points) -> Points:
    """The polygon with its corners cut twice (Chaikin)."""
    for _ in range(2):
        after = np.roll(polygon, -1, axis=0)
        polygon = np.stack([0.78 * polygon + 0.22 * after, 0.22 * polygon + 0.78 * after], axis=1)
        polygon = polygon.reshape(-1, 2)
    return polygon


def _adipocytes(centres: Points) -> tuple[Outline, ...]:
    """Each fat cell's vacuole: its Voronoi cell, shrunk by the membrane and rounded."""
    if len(centres) < 5:
        return ()
    diagram = Voronoi(centres)
    found = []
    for centre, region in zip(centres, diagram.point_region, strict=True):
        corners = diagram.regions[region]
        if not corners or -1 in corners:
            continue
        polygon = diagram.vertices[corners]
        away = polygon - centre
        length = np.linalg.norm(away, axis=1, keepdims=True)
        reach = np.minimum(length, 58.0)
        polygon = centre + away / np.maximum(length, 1e-6) * np.maximum(reach - 1.5, 1.0)
        polygon = _rounded(polygon)
        found.append(Outline(polygon, polygon.min(axis=0), polygon.max(axis=0)))
    return tuple(found)


def make_scene(anatomy: Anatomy, cells: Cells, mpp: float) -> Scene:
    rng = anatomy.layout.stream("strength")
    haem, eosin = (
        1 + 0.06 * noise(rng, 1500) + 0.045 * noise(rng, 330) + 0.02 * noise(rng, 70)
        for _ in range(2)
    )
    order, starts = _binned(cells.at)
    return Scene(
        anatomy=anatomy,
        cells=cells,
        mpp=mpp,
        stain=make_stain(anatomy.layout),
        textures=make_textures(mpp),
        stamps=make_stamps(cells.banks, mpp),
        strength=(haem.astype(np.float32), eosin.astype(np.float32)),
        adipocytes=_adipocytes(anatomy.fat_cells),
        order=order,
        starts=starts,
    )


class View:
    """One padded tile: its maps at full resolution, its grain, its cells."""

    def __init__(self, scene: Scene, column: int, row: int, size_px: int) -> None:
        self.scene = scene
        self.pad = int(np.ceil(PAD_UM / scene.mpp))
        self.left, self.top = column - self.pad, row - self.pad
        self.side = size_px + 2 * self.pad
        self._seen: dict[int, Map] = {}

    def up(self, field: Map, *, fine: bool = False) -> Map:
        """A map of the anatomy grid at this tile's pixels; `fine` for outlines."""
        known = self._seen.get(id(field))
        if known is not None:
            return known
        step = self.scene.mpp / GRID_UM
        shift = [(at + 0.5) * step - 0.5 for at in (self.left, self.top)]
        matrix = np.array([[step, 0, shift[0]], [0, step, shift[1]]])
        flags = cv2.WARP_INVERSE_MAP | (cv2.INTER_CUBIC if fine else cv2.INTER_LINEAR)
        wide = cv2.warpAffine(
            field, matrix, (self.side, self.side), flags=flags, borderMode=cv2.BORDER_REPLICATE
        )
        self._seen[id(field)] = np.asarray(wide, dtype=np.float32)
        return self._seen[id(field)]

    def reaches(self, field: Map, threshold: float) -> bool:
        """Whether the map exceeds the threshold anywhere near this tile."""
        step = self.scene.mpp / GRID_UM
        top, left = (max(int(at * step) - 3, 0) for at in (self.top, self.left))
        bottom, right = (int((at + self.side) * step) + 4 for at in (self.top, self.left))
        return bool(field[top:bottom, left:right].max() > threshold)

    def flat(self, texture: Map, turn: int = 0) -> Map:
        """Undirected texture at this tile's pixels."""
        step = max(round(self.scene.mpp / TEXEL_UM), 1)
        index = [(np.arange(self.side) + at) * step + turn * 577 for at in (self.top, self.left)]
        return texture[np.ix_(index[0] % SIZE, index[1] % SIZE)]

    @cached_property
    def grain(self) -> Map:
        return self.flat(self.scene.textures.grain)

    @cached_property
    def mottle(self) -> Map:
        return self.flat(self.scene.textures.mottle, 1)

    def pixels(self, at: Points) -> npt.NDArray[np.int64]:
        """Columns and rows of points on this tile."""
        origin = np.array([self.left, self.top])
        return np.asarray(np.floor(at / self.scene.mpp).astype(np.int64) - origin)

    @cached_property
    def cells(self) -> npt.NDArray[np.int64]:
        """Indices of the cells on or near this tile, in a fixed order."""
        low = [int((at * self.scene.mpp - 12) // _BIN_UM) for at in (self.left, self.top)]
        high = [
            int(((at + self.side) * self.scene.mpp + 12) // _BIN_UM) for at in (self.left, self.top)
        ]
        first, last = (np.clip(v, 0, _BINS - 1) for v in (low, high))
        starts, order = self.scene.starts, self.scene.order
        runs = [
            order[starts[row * _BINS + first[0]] : starts[row * _BINS + last[0] + 1]]
            for row in range(first[1], last[1] + 1)
        ]
        return np.concatenate(runs)

    @cached_property
    def cell_walls(self) -> tuple[Map, Map]:
        """Borders between epithelial cells (soft lines), and each cell's own number, -1 to 1."""
        cells, index = self.scene.cells, self.cells
        kind = cells.kind[index]
        lining = (kind >= Kind.TUMOUR) | (kind == Kind.NORMAL) | (kind == Kind.PERMEATING)
        index = index[lining]
        at = self.pixels(cells.at[index])
        on = ((at >= 0) & (at < self.side)).all(axis=1)
        at, index = at[on], index[on]
        if len(at) < 2:
            empty = np.zeros((self.side, self.side), np.float32)
            return empty, empty
        seeds = np.ones((self.side, self.side), np.uint8)
        seeds[at[:, 1], at[:, 0]] = 0
        _, labels = cv2.distanceTransformWithLabels(
            seeds, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
        )
        tint = np.zeros(int(labels.max()) + 1, np.float32)
        tint[labels[at[:, 1], at[:, 0]]] = (index * 2654435761 % 1000) / 500.0 - 1
        walls = np.zeros((self.side, self.side), np.float32)
        walls[:, 1:] = labels[:, 1:] != labels[:, :-1]
        walls[1:] = np.maximum(walls[1:], labels[1:] != labels[:-1])
        soft = cv2.GaussianBlur(walls, (0, 0), max(0.45 / self.scene.mpp, 0.5))
        return np.asarray(soft, dtype=np.float32), tint[labels]
