"""Pictures of texture made once: collagen in straightened coordinates, and grain.

They wrap around. Collagen is read along and across curved fibres (`Maps.along`, `Maps.across`),
so its period never shows as a repeat.
"""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from scipy import fft

from webapp.slides.phantom.fields import Map, f32, standardised
from webapp.slides.phantom.traits import stream

SIZE = 2048
TEXEL_UM = 0.5


@dataclass(frozen=True)
class Textures:
    bundles: Map
    """Collagen bundles about 10 um wide."""
    fibrils: Map
    """Single fibrils, 2 um wide."""
    grain: Map
    """Granules of about 1.5 um."""
    mottle: Map
    """Clumps of about 6 um."""


def _filtered(name: str, long_um: float, wide_um: float, low_um: float = 0.0) -> Map:
    """Noise with features of this length (columns) and width (rows); features over low_um cut."""
    fx, fy = np.meshgrid(np.fft.rfftfreq(SIZE, TEXEL_UM), np.fft.fftfreq(SIZE, TEXEL_UM))
    gain = np.exp(-((fx * long_um) ** 2 + (fy * wide_um) ** 2) * 1.5)
    if low_um:
        gain *= 1 - np.exp(-((fy * low_um) ** 2))
    rng = stream(0, "texture", name)
    white = fft.rfft2(rng.standard_normal((SIZE, SIZE), dtype=np.float32))
    return standardised(fft.irfft2(white * f32(gain), s=(SIZE, SIZE)))


def _coarser(texture: Map, mpp: float) -> Map:
    """Blurred to what a pixel of this size can show."""
    if mpp <= TEXEL_UM:
        return texture
    sigma = 0.45 * mpp / TEXEL_UM
    return np.asarray(cv2.GaussianBlur(texture, (0, 0), sigma), dtype=np.float32)


@lru_cache(maxsize=2)
def make_textures(mpp: float) -> Textures:
    raw = (
        _filtered("bundles", 120, 8.5, 26),
        _filtered("fibrils", 36, 2.5, 12),
        _filtered("grain", 1.3, 1.3),
        _filtered("mottle", 5, 5),
    )
    # One texel more on each side, so that reading between the last and the first one wraps.
    return Textures(*(np.pad(_coarser(texture, mpp), (0, 1), mode="wrap") for texture in raw))


def read(texture: Map, column_um: Map, row_um: Map) -> Map:
    """The texture at these texture coordinates, wrapped around."""
    period = SIZE * TEXEL_UM
    column = (column_um - np.floor(column_um / period) * period) / TEXEL_UM
    row = (row_um - np.floor(row_um / period) * period) / TEXEL_UM
    out = cv2.remap(texture, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(out, dtype=np.float32)
