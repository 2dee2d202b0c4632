"""Which file each poster becomes in the release folder, and copying them there."""

from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path, PurePosixPath
from zlib import crc32

from training.contract.roi_paths import roi_image_path
from webapp.releases.writer.content import Image, Row
from webapp.slides.geometry import Scale

Names = Mapping[tuple[int, Scale], str]
"""The path in the release folder by row number and scale."""


class WriterError(ValueError):
    """A release that cannot be written; the message names the file and what to do."""


def image_names(rows: Iterable[Row]) -> dict[tuple[int, Scale], str]:
    """The published name of each image; rows that show the same picture share one file.

    Two different pictures of one name (two slides whose names differ only in characters that
    file names lack, or in case) are told apart by their digest.
    """
    taken: dict[str, str] = {}
    names: dict[tuple[int, Scale], str] = {}
    for row, scale, image in _images(rows):
        name = "images/" + roi_image_path(
            row.wsi_name, row.path_id, scale.magnification, image.corner_l0
        )
        if taken.setdefault(name.casefold(), image.sha256) != image.sha256:
            path = PurePosixPath(name)
            name = str(path.with_stem(f"{path.stem}-{image.sha256[:12]}"))
            taken[name.casefold()] = image.sha256
        names[row.number, scale] = name
    return names


def copy_images(rows: Iterable[Row], names: Names, *, media: Path, into: Path) -> Iterator[int]:
    """Copy each picture once, checking that it is the one that was frozen; yields the number of
    files so far.

    Raises:
        WriterError: a poster is not on disk or has other content; the message names it.
    """
    done: set[str] = set()
    for row, scale, image in _images(rows):
        name = names[row.number, scale]
        if name not in done:
            target = into / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(_read_poster(media, image, f"{scale.label} of {row.where}"))
            done.add(name)
            yield len(done)


def _images(rows: Iterable[Row]) -> Iterator[tuple[Row, Scale, Image]]:
    for row in rows:
        for scale in Scale:
            if scale in row.images:
                yield row, scale, row.images[scale]


def _read_poster(media: Path, image: Image, what: str) -> bytes:
    file = media / image.image
    try:
        content = file.read_bytes()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        raise WriterError(
            f"The image {image.image} ({what}) is not on disk; restore it from a backup or import "
            "its captions again, then retry."
        ) from error
    if sha256(content).hexdigest() != image.sha256:
        raise WriterError(
            f"The image {image.image} ({what}) has changed since the release was frozen; restore "
            "it from a backup, then retry."
        )
    return content


def crc32_of(file: Path, chunk_bytes: int = 1 << 20) -> int:
    value = 0
    with file.open("rb") as opened:
        while chunk := opened.read(chunk_bytes):
            value = crc32(chunk, value)
    return value
