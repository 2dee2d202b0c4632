"""Files that are no slides, each broken in its own way."""

import os
from collections.abc import Callable
from pathlib import Path

import tifffile

from tests.factories import write_slide


def truncated(folder: Path) -> Path:
    path = write_slide(folder / "cut.tiff")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


def cut_inside_its_last_tile(folder: Path) -> Path:
    path = write_slide(folder / "short.tiff")
    with tifffile.TiffFile(path) as tiff:
        last = max(
            offset + size
            for page in tiff.pages
            for offset, size in zip(page.dataoffsets, page.databytecounts, strict=True)
        )
    path.write_bytes(path.read_bytes()[: last - 40])
    return path


def with_one_tile_overwritten(folder: Path) -> Path:
    path = write_slide(folder / "hole.tiff")
    with tifffile.TiffFile(path) as tiff:
        offset, size = tiff.pages[0].dataoffsets[7], tiff.pages[0].databytecounts[7]
    content = bytearray(path.read_bytes())
    content[offset : offset + size] = bytes(size)
    path.write_bytes(content)
    return path


def renamed_text(folder: Path) -> Path:
    path = folder / "notes.svs"
    path.write_text("These are notes, not a slide.\n" * 50)
    return path


def renamed_image(folder: Path) -> Path:
    from tests.factories import jpeg_bytes

    path = folder / "photo.svs"
    path.write_bytes(jpeg_bytes())
    return path


def empty(folder: Path) -> Path:
    path = folder / "nothing.svs"
    path.touch()
    return path


def locked_zip(folder: Path) -> Path:
    path = folder / "locked.svs"
    path.write_bytes(b"PK\x03\x04\x14\x00\x01\x00" + b"\x5a" * 400)
    return path


def locked_pdf(folder: Path) -> Path:
    path = folder / "report.svs"
    path.write_bytes(b"%PDF-1.7\n/Encrypt 5 0 R\n" + b"\x00" * 400)
    return path


def of_impossible_size(folder: Path) -> Path:
    """Two million pixels a side in a few kilobytes."""
    path = write_slide(folder / "bomb.tiff", width=512, height=512, levels=1)
    with tifffile.TiffFile(path, mode="r+") as tiff:
        page = tiff.pages.first
        for tag in ("ImageWidth", "ImageLength"):
            page.tags[tag].overwrite(2_000_000, dtype="I")
    return path


def with_a_changed_tag(path: Path, tag: str, value: int) -> Path:
    with tifffile.TiffFile(path, mode="r+") as tiff:
        tiff.pages.first.tags[tag].overwrite(value, dtype="I")
    return path


def without_area(folder: Path) -> Path:
    path = write_slide(folder / "flat.tiff", width=512, height=512, levels=1)
    return with_a_changed_tag(path, "ImageLength", 0)


def with_tiles_without_area(folder: Path) -> Path:
    path = write_slide(folder / "thin.tiff", width=512, height=512, levels=1)
    return with_a_changed_tag(path, "TileWidth", 0)


def whose_images_form_a_ring(folder: Path) -> Path:
    """The last image names the first as the next one."""
    path = write_slide(folder / "ring.tiff", width=512, height=512, levels=1)
    with tifffile.TiffFile(path) as tiff:
        page = tiff.pages.first
        last = page.offset + 2 + 12 * len(page.tags)
    content = bytearray(path.read_bytes())
    content[last : last + 4] = page.offset.to_bytes(4, "little")
    path.write_bytes(content)
    return path


def a_pipe(folder: Path) -> Path:
    path = folder / "pipe.svs"
    os.mkfifo(path)
    return path


def of_random_bytes(folder: Path) -> Path:
    path = folder / "noise.tif"
    path.write_bytes(b"II*\x00" + bytes(range(256)) * 20)
    return path


def missing(folder: Path) -> Path:
    return folder / "never-copied.svs"


def a_folder(folder: Path) -> Path:
    path = folder / "folder.svs"
    path.mkdir()
    return path


BROKEN: tuple[tuple[Callable[[Path], Path], str], ...] = (
    (truncated, ""),
    (cut_inside_its_last_tile, "cut short"),
    (with_one_tile_overwritten, "tile 7"),
    (renamed_text, "no slide format"),
    (renamed_image, "no slide format"),
    (empty, "is empty"),
    (locked_zip, "password-protected zip"),
    (locked_pdf, "is a PDF"),
    (of_impossible_size, ""),
    (of_random_bytes, ""),
    (without_area, "512 x 0 px"),
    (with_tiles_without_area, "in pieces of"),
    (whose_images_form_a_ring, "is a ring"),
    (a_pipe, "no regular file"),
    (missing, "does not exist"),
)
"""How to make it, and a part of the reason that must be given."""
