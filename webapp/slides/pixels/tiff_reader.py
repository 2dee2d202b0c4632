"""TIFF pyramids that OpenSlide refuses or sees one level of: stripped, SubIFD and OME ones."""

import re
import struct
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from typing import Any
from zlib import error as zlib_error

import numpy as np
import tifffile

from webapp.slides.pixels.readers import (
    DamagedSlide,
    NotASlide,
    Picture,
    Size,
    downsamples_of,
    plausible_mpp,
)

MAX_SEGMENT_PIXELS = 2**25
"""A strip or tile is decoded whole: larger ones make every read slow and large."""

UM_PER_UNIT = {2: 25_400.0, 3: 10_000.0}
"""TIFF's ResolutionUnit: inch, centimetre."""

_OME_SIZE = re.compile(r'PhysicalSizeX="([0-9.eE+-]+)"')
_OME_UNIT = re.compile(r'PhysicalSizeXUnit="([^"]*)"')
_OME_UM = {"": 1.0, "µm": 1.0, "um": 1.0, "nm": 1e-3, "mm": 1e3, "cm": 1e4}

# What tifffile and its codecs raise on a file that lies about itself.
TIFF_FAULTS = (
    tifffile.TiffFileError,
    ValueError,
    TypeError,
    IndexError,
    KeyError,
    AttributeError,
    RuntimeError,
    OSError,
    OverflowError,
    MemoryError,
    ZeroDivisionError,
    struct.error,
    zlib_error,
)


class TiffReader:
    """The first image series of a TIFF with its pyramid; reads under a lock, as tifffile must."""

    def __init__(self, path: Path) -> None:
        """
        Raises:
            NotASlide: this is no TIFF, or not of 8-bit RGB or grey pixels.
            DamagedSlide: it is a TIFF whose structure cannot be read.
        """
        self.path = path
        self._lock = Lock()
        try:
            self._tiff = tifffile.TiffFile(path)
        except TIFF_FAULTS as error:
            raise NotASlide(path, "is no TIFF that can be read.") from error
        try:
            self._pages = self._read_structure()
        except TIFF_FAULTS as error:
            self._tiff.close()
            if isinstance(error, NotASlide | DamagedSlide):
                raise
            raise DamagedSlide(path, f"is a TIFF with a broken structure: {error}.") from error
        self.downsamples = downsamples_of(self.level_sizes)

    def _read_structure(self) -> list[Any]:
        for _page in chained_pages(self.path, self._tiff):
            pass
        if not self._tiff.series:
            raise DamagedSlide(self.path, "is a TIFF without any image.")
        pages: list[Any] = [level.pages[0] for level in self._tiff.series[0].levels]
        for page in pages:
            _require_plain_pixels(self.path, page)
        self.level_sizes: tuple[Size, ...] = tuple((p.imagewidth, p.imagelength) for p in pages)
        self.mpp = _mpp(self._tiff, pages[0])
        self.objective_power: float | None = None
        self.vendor = "ome-tiff" if self._tiff.is_ome else "tiff"
        return pages

    def read(self, level: int, x_level: int, y_level: int, width: int, height: int) -> Picture:
        canvas = np.full((height, width, 3), 255, np.uint8)
        try:
            with self._lock:
                for x, y, segment in self._segments(level, x_level, y_level, width, height):
                    _paste(canvas, segment, x - x_level, y - y_level)
        except TIFF_FAULTS as error:
            fault = f"has pixels that cannot be read at level {level}: {error}."
            raise DamagedSlide(self.path, fault) from error
        return canvas

    def _segments(
        self, level: int, x: int, y: int, width: int, height: int
    ) -> Iterator[tuple[int, int, Picture]]:
        """Every strip or tile that meets the rectangle, decoded, with its corner."""
        page = self._pages[level]
        indices = _indices(page, x, y, width, height)
        for number in indices:
            offset, size = page.dataoffsets[number], page.databytecounts[number]
            if size == 0:  # a tile left out: nothing was scanned there
                continue
            self._tiff.filehandle.seek(offset)
            data = self._tiff.filehandle.read(size)
            segment, place, _shape = page.decode(data, number, jpegtables=page.jpegtables)
            if segment is None:
                raise DamagedSlide(self.path, f"lacks tile {number} of level {level}.")
            yield place[3], place[2], _as_rgb(segment[0], page.photometric)

    def close(self) -> None:
        with self._lock:
            self._tiff.close()


def chained_pages(path: Path, tiff: tifffile.TiffFile) -> Iterator[Any]:
    """The images of a TIFF, one after the other.

    Raises:
        DamagedSlide: the chain comes back to an image it has passed; tifffile follows it for ever.
    """
    passed: set[int] = set()
    for page in tiff.pages:
        if page.offset in passed:
            raise DamagedSlide(path, "is damaged: its chain of images is a ring; copy it again.")
        passed.add(page.offset)
        yield page


def _require_plain_pixels(path: Path, page: Any) -> None:
    if min(page.imagewidth, page.imagelength, *page.chunks[:2]) < 1:
        fault = f"is damaged: it says it measures {page.imagewidth} x {page.imagelength} px"
        stored = " x ".join(map(str, page.chunks[1::-1]))
        raise DamagedSlide(path, f"{fault} in pieces of {stored} px; copy it again.")
    samples = page.samplesperpixel
    if page.dtype != np.uint8 or samples not in (1, 3, 4) or page.planarconfig != 1:
        fault = (
            f"holds {samples} channels of {page.dtype}; "
            "only 8-bit RGB or grey pixels are read, so convert it."
        )
        raise NotASlide(path, fault)
    chunk_height, chunk_width = page.chunks[:2]
    if chunk_height * chunk_width > MAX_SEGMENT_PIXELS:
        fault = (
            f"stores strips of {chunk_width} x {chunk_height} px in one piece, too large to serve; "
            "save it as a tiled pyramid."
        )
        raise NotASlide(path, fault)


def _indices(page: Any, x: int, y: int, width: int, height: int) -> list[int]:
    chunk_height, chunk_width = page.chunks[:2]
    across = -(-page.imagewidth // chunk_width)
    down = -(-page.imagelength // chunk_height)
    columns = range(max(0, x // chunk_width), min(across, -(-(x + width) // chunk_width)))
    rows = range(max(0, y // chunk_height), min(down, -(-(y + height) // chunk_height)))
    return [row * across + column for row in rows for column in columns]


def _as_rgb(segment: Picture, photometric: int) -> Picture:
    if segment.shape[-1] == 1:
        grey = 255 - segment if photometric == tifffile.PHOTOMETRIC.MINISWHITE else segment
        return np.repeat(grey, 3, axis=-1)
    return segment[..., :3]


def _paste(canvas: Picture, segment: Picture, x: int, y: int) -> None:
    """Copy the part of the segment that lies on the canvas; its corner is at (x, y) there."""
    height, width = canvas.shape[:2]
    left, top = max(0, x), max(0, y)
    right, bottom = min(width, x + segment.shape[1]), min(height, y + segment.shape[0])
    if left < right and top < bottom:
        canvas[top:bottom, left:right] = segment[top - y : bottom - y, left - x : right - x]


def _mpp(tiff: tifffile.TiffFile, page: Any) -> float | None:
    if tiff.is_ome and tiff.ome_metadata:
        size = _OME_SIZE.search(tiff.ome_metadata)
        unit = _OME_UNIT.search(tiff.ome_metadata)
        um = _OME_UM.get(unit.group(1) if unit else "")
        if size and um:
            return plausible_mpp(float(size.group(1)) * um)
    resolution, unit_tag = page.tags.get("XResolution"), page.tags.get("ResolutionUnit")
    um_per_unit = UM_PER_UNIT.get(int(unit_tag.value)) if unit_tag else None
    if not resolution or not um_per_unit or not resolution.value[0]:
        return None
    pixels, units = resolution.value
    return plausible_mpp(um_per_unit * units / pixels)
