"""Haematoxylin and eosin as absorption: amounts of stain in, colours out (Beer-Lambert).

A canvas holds three amounts a pixel: haematoxylin, eosin, and the orange-red of red cells and
eosinophil granules. Each slide has its own hues, strength and glass tint.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from webapp.slides.phantom.layout import Layout

Canvas = npt.NDArray[np.floating[Any]]  # (rows, columns, 3)
Picture = npt.NDArray[np.uint8]  # (rows, columns, 3), RGB

_HAEMATOXYLIN = (0.62, 0.71, 0.33)
_EOSIN = (0.09, 0.86, 0.50)
_RED = (0.13, 0.80, 0.66)


@dataclass(frozen=True)
class Stain:
    """Rows of `absorption` are the stains' optical densities in R, G and B."""

    absorption: npt.NDArray[np.float32]
    glass: npt.NDArray[np.float32]


def make_stain(layout: Layout) -> Stain:
    rng = layout.stream("stain")
    rows = np.array([_HAEMATOXYLIN, _EOSIN, _RED]) + rng.normal(0, 0.026, (3, 3))
    rows = np.clip(rows, 0.04, None)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    rows *= np.array([[1.0], [0.92], [1.0]]) * rng.uniform(0.9, 1.12, (3, 1))
    glass = np.array([243.0, 241.0, 244.0]) + rng.uniform(-2.5, 2.5, 3)
    return Stain(rows.astype(np.float32), glass.astype(np.float32))


def developed(canvas: Canvas, stain: Stain) -> Canvas:
    """Transmitted light, 0 to 255."""
    density = cv2.transform(canvas, -stain.absorption.T.copy())
    light = np.asarray(cv2.exp(density), dtype=np.float32)
    light *= stain.glass
    return light
