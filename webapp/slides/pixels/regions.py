"""Cutting rectangles out of a slide at any size, and writing them as JPEG."""

import io
from math import ceil, floor

import numpy as np
from PIL import Image

from webapp.slides.geometry import Box, best_level
from webapp.slides.pixels.readers import Picture, Reader, Size

BLOCK_PX = 2_048
"""Regions larger than this are read in blocks, so that memory stays bounded."""

TILE_QUALITY = 80
POSTER_QUALITY = 85
POSTER_SIDE = 1_024


def region(
    reader: Reader,
    box: tuple[float, float, float, float],
    size: Size,
    resample: Image.Resampling = Image.Resampling.BOX,
) -> Image.Image:
    """The level-0 rectangle (x, y, width, height; fractions allowed) drawn at the given size.

    What lies off the slide is white.

    Raises:
        DamagedSlide: pixels there cannot be decoded.
    """
    level = best_level(reader.downsamples, max(box[2] / size[0], box[3] / size[1]))
    level_w, level_h = reader.level_sizes[level]
    slide_w, slide_h = reader.level_sizes[0]
    fx, fy = level_w / slide_w, level_h / slide_h
    x, y, w, h = box[0] * fx, box[1] * fy, box[2] * fx, box[3] * fy
    if abs(w - size[0]) <= 0.5 and abs(h - size[1]) <= 0.5:
        return Image.fromarray(reader.read(level, round(x), round(y), *size))
    step = max(1, min(int(w / size[0]), int(h / size[1])) if max(w, h) > BLOCK_PX else 1)
    left, top = floor(x), floor(y)
    picture = _reduced(reader, level, left, top, ceil(x + w) - left, ceil(y + h) - top, step)
    inner = ((x - left) / step, (y - top) / step, (x - left + w) / step, (y - top + h) / step)
    right, bottom = min(inner[2], picture.width), min(inner[3], picture.height)
    return picture.resize(size, resample, box=(inner[0], inner[1], right, bottom))


def _reduced(
    reader: Reader, level: int, left: int, top: int, width: int, height: int, step: int
) -> Image.Image:
    """The rectangle of a level shrunk by a whole number, read block by block."""
    if step == 1 and max(width, height) <= BLOCK_PX:
        return Image.fromarray(reader.read(level, left, top, width, height))
    canvas: Picture = np.empty((ceil(height / step), ceil(width / step), 3), np.uint8)
    block = BLOCK_PX // step * step
    for y in range(0, height, block):
        for x in range(0, width, block):
            w, h = min(block, width - x), min(block, height - y)
            piece = Image.fromarray(reader.read(level, left + x, top + y, w, h)).reduce(step)
            row, column = y // step, x // step
            canvas[row : row + piece.height, column : column + piece.width] = np.asarray(piece)
    return Image.fromarray(canvas)


def overview(reader: Reader, side: int) -> Image.Image:
    """The whole slide, its longer side `side` pixels long (never enlarged)."""
    width, height = reader.level_sizes[0]
    return region(reader, (0, 0, width, height), _fit(width, height, side))


def poster(reader: Reader, box: Box, side: int = POSTER_SIDE) -> Image.Image:
    """A field at most `side` pixels long, never enlarged: it shows no more than was scanned."""
    size = _fit(box.w_l0, box.h_l0, side)
    rectangle = (box.x_l0, box.y_l0, box.w_l0, box.h_l0)
    return region(reader, rectangle, size, Image.Resampling.LANCZOS)


def _fit(width: int, height: int, side: int) -> Size:
    shrink = min(1.0, side / max(width, height))
    return max(1, round(width * shrink)), max(1, round(height * shrink))


def jpeg(picture: Image.Image, quality: int) -> bytes:
    """The same bytes for the same picture (no metadata, no time)."""
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality, optimize=False)
    return buffer.getvalue()
