"""Looking for damage before a file is taken in, not when a reviewer meets it."""

import mmap
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import tifffile

from webapp.slides.pixels.readers import DamagedSlide, Reader
from webapp.slides.pixels.tiff_reader import TIFF_FAULTS, chained_pages

SAMPLED_TILES_A_LEVEL = 16
SAMPLE_PX = 256

JPEG = (b"\xff\xd8", b"\xff\xd9")
JPEG_2000 = (b"\xff\x4f", b"\xff\xd9")
MARKERS = {7: JPEG, 33003: JPEG_2000, 33005: JPEG_2000}
"""How the stored tiles of a TIFF compression begin and end."""

END_SLACK = 64
"""Writers may pad a tile behind its end marker."""

CHECKS_A_PULSE = 4_096


def check_tiles(path: Path, pulse: Callable[[], None]) -> None:
    """Every tile of a TIFF lies inside the file and has its first and last marker.

    Decoders draw the missing part of a cut JPEG grey without a word; this sees it. Other formats
    are left to `check_samples`.

    Raises:
        DamagedSlide: naming the level and tile.
    """
    try:
        with tifffile.TiffFile(path) as tiff:
            pages = [(str(number), page) for number, page in enumerate(_tiled_pages(path, tiff))]
            _check_pages(path, pages, pulse)
    except TIFF_FAULTS as error:
        if isinstance(error, DamagedSlide):
            raise
        if path.suffix.lower() in (".tif", ".tiff", ".svs"):
            raise DamagedSlide(path, f"has a broken TIFF structure: {error}.") from error


def _tiled_pages(path: Path, tiff: tifffile.TiffFile) -> Iterator[Any]:
    if tiff.is_ndpi:  # its offsets need the vendor's own arithmetic
        return
    for page in chained_pages(path, tiff):
        yield page
        yield from page.pages or ()


def _check_pages(path: Path, pages: list[tuple[str, Any]], pulse: Callable[[], None]) -> None:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        checked = 0
        for name, page in pages:
            for tile, (offset, size) in enumerate(
                zip(page.dataoffsets, page.databytecounts, strict=False)
            ):
                _check_tile(path, data, page, f"tile {tile} of image {name}", offset, size)
                checked += 1
                if checked % CHECKS_A_PULSE == 0:
                    pulse()


def _check_tile(path: Path, data: mmap.mmap, page: Any, name: str, offset: int, size: int) -> None:
    if size == 0:  # left out by the scanner: no tissue
        return
    if offset + size > len(data):
        fault = f"is cut short: {name} ends at byte {offset + size:,} of {len(data):,}."
        raise DamagedSlide(path, fault)
    markers = MARKERS.get(int(page.compression))
    if markers is None or not page.is_tiled:
        return
    begins = data[offset : offset + 2] == markers[0]
    ends = data.rfind(markers[1], offset + max(0, size - END_SLACK), offset + size) >= 0
    if not begins or not ends:
        raise DamagedSlide(path, f"is damaged: {name} (byte {offset:,}) is no whole picture.")


def check_samples(reader: Reader, pulse: Callable[[], None]) -> None:
    """Decode tiles spread over every level.

    Raises:
        DamagedSlide: one cannot be decoded.
    """
    for level, (width, height) in enumerate(reader.level_sizes):
        for x, y in _spread(width, height):
            reader.read(level, x, y, min(SAMPLE_PX, width), min(SAMPLE_PX, height))
        pulse()


def _spread(width: int, height: int) -> Iterator[tuple[int, int]]:
    """Corners of samples from edge to edge, the last tile among them."""
    steps = int(SAMPLED_TILES_A_LEVEL**0.5)
    last_x, last_y = max(0, width - SAMPLE_PX), max(0, height - SAMPLE_PX)
    places = product(range(steps), repeat=2)
    yield from {(last_x * i // (steps - 1), last_y * j // (steps - 1)) for i, j in places}
