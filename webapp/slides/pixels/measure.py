"""What a slide file is: size, resolution, digest, and whether all of it can be read."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from webapp.slides.pixels.damage import check_samples, check_tiles
from webapp.slides.pixels.library import open_reader
from webapp.slides.pixels.readers import NotASlide, Reader, Size, SlideFileError
from webapp.slides.pixels.regions import POSTER_QUALITY, jpeg, overview

OVERVIEW_SIDE = 1_024
MAX_COARSEST_SIDE = 10_000
"""The smallest level is read whole for an overview: a file whose smallest level is larger is no
pyramid. A scanner's single-level file of up to this size passes."""

READ_BYTES = 8 * 1024 * 1024

SIGNATURES = (
    (b"%PDF", "is a PDF, not a slide; give the scanner's file"),
    (b"Rar!", "is an archive, not a slide; unpack it first"),
    (b"7z\xbc\xaf", "is an archive, not a slide; unpack it first"),
    (b"\x1f\x8b", "is a compressed file, not a slide; unpack it first"),
)
ZIP_SIGNATURE = b"PK\x03\x04"


@dataclass(frozen=True)
class SlideFacts:
    """A whole and readable slide file. `mpp` is um per level-0 pixel as the file says it."""

    byte_size: int
    width: int
    height: int
    levels: tuple[Size, ...]
    mpp: float | None
    objective_power: float | None
    vendor: str
    overview_jpeg: bytes


def measure(path: Path, *, max_pixels: int, pulse: Callable[[], None] = lambda: None) -> SlideFacts:
    """Open and check a file; `pulse` is called now and then during the long parts.

    Raises:
        SlideFileError: it cannot be used; the message names the file and says why.
    """
    byte_size = check_file(path)
    reader = open_reader(path)
    try:
        _check_size(path, reader, max_pixels)
        check_tiles(path, pulse)
        check_samples(reader, pulse)
        picture = overview(reader, OVERVIEW_SIDE)
        width, height = reader.level_sizes[0]
        return SlideFacts(
            byte_size=byte_size,
            width=width,
            height=height,
            levels=reader.level_sizes,
            mpp=reader.mpp,
            objective_power=reader.objective_power,
            vendor=reader.vendor,
            overview_jpeg=jpeg(picture, POSTER_QUALITY),
        )
    finally:
        reader.close()


def digest(path: Path, pulse: Callable[[], None] = lambda: None) -> str:
    """sha256 of the file; for a MIRAX slide also of the folder that belongs to it."""
    total = hashlib.sha256()
    for part in _parts(path):
        with part.open("rb") as file:
            while chunk := file.read(READ_BYTES):
                total.update(chunk)
                pulse()
    return total.hexdigest()


def _parts(path: Path) -> Iterator[Path]:
    yield path
    if path.suffix.lower() == ".mrxs":
        folder = path.with_suffix("")
        yield from sorted(part for part in folder.rglob("*") if part.is_file())


def check_file(path: Path) -> int:
    """The size in bytes of a file that is worth opening.

    Raises:
        NotASlide: it is missing, empty, a folder, unreadable, or plainly something else.
    """
    try:
        if path.is_dir():
            raise NotASlide(path, "is a folder; give the slide files in it.")
        byte_size = path.stat().st_size
        if not path.is_file():  # opening a pipe would wait for ever
            raise NotASlide(path, "is no regular file; give the slide file itself.")
        with path.open("rb") as file:
            head = file.read(8)
    except FileNotFoundError as error:
        raise NotASlide(path, "does not exist.") from error
    except PermissionError as error:
        raise NotASlide(path, "may not be read; give the server permission.") from error
    except OSError as error:
        raise NotASlide(path, f"cannot be read: {error.strerror}.") from error
    if byte_size == 0:
        raise NotASlide(path, "is empty; copy it again.")
    _check_signature(path, head)
    return byte_size


def _check_signature(path: Path, head: bytes) -> None:
    for signature, fault in SIGNATURES:
        if head.startswith(signature):
            raise NotASlide(path, f"{fault}.")
    if head.startswith(ZIP_SIGNATURE):
        encrypted = len(head) > 6 and head[6] & 1  # bit 0 of the flags: a password is needed
        word = "a password-protected zip archive" if encrypted else "a zip archive"
        raise NotASlide(path, f"is {word}, not a slide; unpack it first.")


def _check_size(path: Path, reader: Reader, max_pixels: int) -> None:
    width, height = reader.level_sizes[0]
    if width * height > max_pixels:
        fault = (
            f"claims {width:,} x {height:,} px, more than the {max_pixels / 1e9:g} gigapixels "
            "that this server takes (CROSSCOPE_MAX_SLIDE_GIGAPIXELS)."
        )
        raise SlideFileError(path, fault)
    smallest = min(reader.level_sizes, key=max)
    if max(smallest) > MAX_COARSEST_SIDE:
        fault = (
            f"is no pyramid: its smallest level measures {smallest[0]:,} x {smallest[1]:,} px, "
            f"and at most {MAX_COARSEST_SIDE:,} px a side can be shown; save it with levels."
        )
        raise SlideFileError(path, fault)
