"""Smooth random fields and distances on the anatomy grid.

The grid covers the whole slide, `SIDE_UM` square, at `GRID_UM` a cell, whatever the pixel size of
the slide that is written: index [row, column] is the point ((column + .5), (row + .5)) * GRID_UM.
"""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from scipy import fft
from scipy.ndimage import map_coordinates
from scipy.spatial import cKDTree

Map = npt.NDArray[np.floating[Any]]  # float32 where it matters for speed
Points = npt.NDArray[np.floating[Any]]  # shape (n, 2): x_um, y_um
Bools = npt.NDArray[np.bool_]

SIDE_UM = 4608.0
GRID_UM = 4.0
GRID = int(SIDE_UM / GRID_UM)


def f32(values: Map) -> Map:
    """The values in single precision."""
    return np.asarray(values, dtype=np.float32)


def grid_um() -> tuple[Map, Map]:
    """x_um and y_um of every grid point."""
    axis = ((np.arange(GRID) + 0.5) * GRID_UM).astype(np.float32)
    x, y = np.meshgrid(axis, axis)
    return x, y


PLANE = grid_um()
"""x_um and y_um, made once."""


def standardised(field: Map) -> Map:
    return f32((field - field.mean()) / (field.std() + 1e-9))


def noise(rng: np.random.Generator, wavelength_um: float) -> Map:
    """A smooth field of mean 0 and deviation 1 whose bumps are about `wavelength_um` apart."""
    step = wavelength_um / 2 / GRID_UM
    coarse = int(np.ceil(GRID / step)) + 5
    small = rng.standard_normal((coarse, coarse)).astype(np.float32)
    shift = rng.uniform(2, 3, 2) * step
    matrix = np.array([[1 / step, 0, shift[0] / step], [0, 1 / step, shift[1] / step]])
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    wide = cv2.warpAffine(small, matrix, (GRID, GRID), flags=flags)
    return standardised(np.asarray(wide))


def labyrinth(rng: np.random.Generator, wavelength_um: float) -> Map:
    """Noise of one wavelength and no direction: its level sets are winding, branching cords."""
    fx, fy = np.meshgrid(np.fft.rfftfreq(GRID, GRID_UM), np.fft.fftfreq(GRID, GRID_UM))
    ring = np.exp(-(((np.hypot(fx, fy) * wavelength_um - 1) / 0.22) ** 2))
    white = fft.rfft2(rng.standard_normal((GRID, GRID), dtype=np.float32))
    return standardised(fft.irfft2(white * f32(ring), s=(GRID, GRID)))


def blurred(field: Map, sigma_um: float) -> Map:
    return np.asarray(cv2.GaussianBlur(field, (0, 0), sigma_um / GRID_UM), dtype=np.float32)


def signed_distance(field: Map) -> Map:
    """Distance in um from the zero line of `field`, positive where the field is."""
    fine = cv2.resize(field, None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR)
    inside = (np.asarray(fine) > 0).astype(np.uint8)
    away = cv2.distanceTransform(inside, cv2.DIST_L2, 5)
    back = cv2.distanceTransform(1 - inside, cv2.DIST_L2, 5)
    both = cv2.resize(away - back, (GRID, GRID), interpolation=cv2.INTER_AREA)
    return blurred(np.asarray(both, dtype=np.float32) * (GRID_UM / 2), 3.5)


def sample(field: Map, points: Points, order: int = 1) -> npt.NDArray[np.float64]:
    """The field's values at the points."""
    rows, columns = points[:, 1] / GRID_UM - 0.5, points[:, 0] / GRID_UM - 0.5
    values = map_coordinates(field, [rows, columns], order=order, mode="nearest")
    return np.asarray(values, dtype=np.float64)


def slope(field: Map, points: Points) -> Points:
    """The unit gradient of the field at the points."""
    down, right = (f32(np.gradient(field, axis=axis)) for axis in (0, 1))
    vector = np.stack([sample(right, points), sample(down, points)], axis=1)
    length = np.linalg.norm(vector, axis=1, keepdims=True)
    return np.asarray(vector / np.maximum(length, 1e-6))


def lattice(rng: np.random.Generator, spacing_um: float, jitter: float = 0.46) -> Points:
    """Points over the whole slide about `spacing_um` apart, in no visible rows."""
    rows = int(SIDE_UM / (spacing_um * 0.866)) + 1
    columns = int(SIDE_UM / spacing_um) + 1
    row, column = np.mgrid[0:rows, 0:columns]
    x = (column + (row % 2) / 2) * spacing_um
    y = row * spacing_um * 0.866
    points = np.stack([x.ravel(), y.ravel()], axis=1).astype(np.float64)
    points += rng.uniform(-jitter, jitter, points.shape) * spacing_um
    return points


def relaxed(points: Points, spacing_um: float, rounds: int = 2) -> Points:
    """The points after pushing neighbours closer than `spacing_um` apart."""
    if len(points) < 4:
        return points
    for _ in range(rounds):
        distance, index = cKDTree(points).query(points, k=4)
        distance, index = distance[:, 1:], index[:, 1:]
        away = points[:, None, :] - points[index]
        push = np.clip(spacing_um - distance, 0, None) / np.maximum(distance, 1e-3)
        points = points + 0.35 * (away * push[..., None]).sum(axis=1)
    return points


def scattered(rng: np.random.Generator, per_um2: Map) -> Points:
    """Random points with the given density."""
    counts = rng.poisson(per_um2 * np.float32(GRID_UM**2))
    row, column = np.nonzero(counts)
    repeat = counts[row, column]
    origin = np.stack([np.repeat(column, repeat), np.repeat(row, repeat)], axis=1)
    return np.asarray((origin + rng.random(origin.shape)) * GRID_UM)


def voronoi_edge(centres: Points) -> tuple[Map, Map, npt.NDArray[np.int64]]:
    """At each grid point: distance to its cell's border and centre, and the cell's index."""
    x, y = PLANE
    at = np.stack([x.ravel(), y.ravel()], axis=1)
    distance, index = cKDTree(centres).query(at, k=2)
    gap = centres[index[:, 1]] - centres[index[:, 0]]
    length = np.maximum(np.linalg.norm(gap, axis=1), 1e-3)
    edge = (distance[:, 1] ** 2 - distance[:, 0] ** 2) / (2 * length)
    shape = (GRID, GRID)
    first = distance[:, 0].reshape(shape).astype(np.float32)
    return edge.reshape(shape).astype(np.float32), first, index[:, 0].reshape(shape)


def warped(field: Map, dx_um: Map, dy_um: Map) -> Map:
    """The field read at points displaced by (dx, dy)."""
    x, y = PLANE
    at_x = (x + dx_um) / GRID_UM - 0.5
    at_y = (y + dy_um) / GRID_UM - 0.5
    out = cv2.remap(field, at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(out, dtype=np.float32)
