"""Slides that OpenSlide reads: the only file that imports it."""

from collections.abc import Mapping
from math import isfinite
from pathlib import Path

import numpy as np
import openslide
from PIL import Image

from webapp.slides.pixels.readers import (
    DamagedSlide,
    NotASlide,
    Picture,
    Size,
    downsamples_of,
    plausible_mpp,
)

WHITE = (255, 255, 255)


class TileCache:
    """Decoded tiles shared by all handles of this process."""

    def __init__(self, size_bytes: int) -> None:
        self.handle = openslide.OpenSlideCache(size_bytes)


class OpenSlideReader:
    """A slide opened by OpenSlide (thread-safe in C)."""

    def __init__(self, path: Path, cache: TileCache | None = None) -> None:
        """
        Raises:
            NotASlide: OpenSlide knows no such format.
            DamagedSlide: it knows the format, and cannot read this file.
        """
        self.path = path
        try:
            self._slide = openslide.OpenSlide(path)
        except openslide.OpenSlideUnsupportedFormatError as error:
            raise NotASlide(path, "is no slide format that OpenSlide reads.") from error
        except openslide.OpenSlideError as error:
            raise DamagedSlide(path, f"cannot be opened: {error}.") from error
        if cache is not None:
            self._slide.set_cache(cache.handle)
        self.level_sizes: tuple[Size, ...] = self._slide.level_dimensions
        self.downsamples = downsamples_of(self.level_sizes)
        properties = self._slide.properties
        self.vendor = properties.get(openslide.PROPERTY_NAME_VENDOR, "")
        self.mpp = _mpp(properties)
        self.objective_power = _number(properties, openslide.PROPERTY_NAME_OBJECTIVE_POWER)

    def read(self, level: int, x_level: int, y_level: int, width: int, height: int) -> Picture:
        # OpenSlide wants the corner in level 0, whatever the level.
        shrink = self.downsamples[level]
        corner_l0 = round(x_level * shrink), round(y_level * shrink)
        try:
            region = self._slide.read_region(corner_l0, level, (width, height))
        except openslide.OpenSlideError as error:
            raise DamagedSlide(self.path, f"has pixels that cannot be read: {error}.") from error
        return _on_white(region)

    def close(self) -> None:
        self._slide.close()


def _on_white(region: Image.Image) -> Picture:
    """RGB of an RGBA picture; OpenSlide leaves off-slide pixels transparent."""
    alpha = region.getchannel("A")
    if alpha.getextrema() == (255, 255):
        return np.asarray(region.convert("RGB"))
    white = Image.new("RGB", region.size, WHITE)
    white.paste(region, mask=alpha)
    return np.asarray(white)


def _mpp(properties: Mapping[str, str]) -> float | None:
    """Mean um/px of both directions, None where the file does not say."""
    sides = [
        plausible_mpp(_number(properties, name))
        for name in (openslide.PROPERTY_NAME_MPP_X, openslide.PROPERTY_NAME_MPP_Y)
    ]
    known = [side for side in sides if side is not None]
    return sum(known) / len(known) if known else None


def _number(properties: Mapping[str, str], name: str) -> float | None:
    try:
        number = float(properties.get(name, ""))
    except ValueError:
        return None
    return number if isfinite(number) and number > 0 else None
