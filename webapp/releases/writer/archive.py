"""A release folder as one zip, byte for byte the same every time, readable from any offset.

The zip is never stored: as its members are not compressed (JPEGs hardly shrink, and deflate's
bytes depend on the version of zlib), the place of every byte follows from names and sizes. So a
broken download can go on where it stopped. Layout: PKWARE APPNOTE 6.3.10, with zip64 where needed.
"""

import json
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from webapp.releases.writer.images import crc32_of

CHUNK_BYTES = 256 * 1024
LIMIT_32 = 0xFFFFFFFF
LIMIT_16 = 0xFFFF

_VERSION, _VERSION_ZIP64 = 20, 45
_UTF8 = 0x0800
_STORED = 0
_MIDNIGHT, _DAY_1980_01_01 = 0, (1 << 5) | 1
_UNIX = 3 << 8
_MODE = 0o100644 << 16


class ArchiveError(ValueError):
    """A file that does not fit into the zip."""


@dataclass(frozen=True)
class Entry:
    """A file in the zip."""

    name: str
    path: Path
    size: int
    crc32: int

    @property
    def local_header(self) -> bytes:
        name = self.name.encode()
        fields = (_VERSION, *self._common, len(name), 0)
        return struct.pack("<4s5H3I2H", b"PK\x03\x04", *fields) + name

    def central_header(self, offset: int, limit: int) -> bytes:
        name, far = self.name.encode(), offset >= limit
        extra = struct.pack("<2HQ", 1, 8, offset) if far else b""
        fields = (_UNIX | _VERSION, _VERSION_ZIP64 if far else _VERSION, *self._common)
        place = (len(name), len(extra), 0, 0, 0, _MODE, LIMIT_32 if far else offset)
        return struct.pack("<4s6H3I5H2I", b"PK\x01\x02", *fields, *place) + name + extra

    @property
    def _common(self) -> tuple[int, ...]:
        when = (_MIDNIGHT, _DAY_1980_01_01)
        return (_UTF8, _STORED, *when, self.crc32, self.size, self.size)


@dataclass(frozen=True)
class _Segment:
    """A stretch of the zip: given bytes, or a file's."""

    offset: int
    size: int
    source: bytes | Path

    def read(self, start: int, stop: int) -> Iterator[bytes]:
        """Bytes from `start` to `stop`, counted from the segment's beginning."""
        if isinstance(self.source, bytes):
            yield self.source[start:stop]
            return
        with self.source.open("rb") as file:
            file.seek(start)
            left = stop - start
            while left and (chunk := file.read(min(CHUNK_BYTES, left))):
                left -= len(chunk)
                yield chunk
        if left:
            raise ArchiveError(f"{self.source.name} became shorter while it was read.")


class Archive:
    """`limit` is where zip64 begins (tests lower it)."""

    def __init__(self, entries: Sequence[Entry], *, limit: int = LIMIT_32) -> None:
        big = next((entry.name for entry in entries if entry.size >= LIMIT_32), None)
        if big is not None:
            raise ArchiveError(f"{big} is larger than 4 GB; copy the release folder instead.")
        self.entries = sorted(entries, key=lambda entry: entry.name)
        self.limit = limit

    @cached_property
    def _segments(self) -> list[_Segment]:
        segments: list[_Segment] = []
        offset, directory = 0, b""
        for entry in self.entries:
            header = entry.local_header
            directory += entry.central_header(offset, self.limit)
            segments.append(_Segment(offset, len(header), header))
            segments.append(_Segment(offset + len(header), entry.size, entry.path))
            offset += len(header) + entry.size
        tail = directory + self._end(offset, len(directory))
        return [*segments, _Segment(offset, len(tail), tail)]

    def _end(self, offset: int, size: int) -> bytes:
        """The end of the central directory, which starts at `offset` and has `size` bytes."""
        count = len(self.entries)
        zip64 = b""
        if count >= min(LIMIT_16, self.limit) or offset >= self.limit or size >= self.limit:
            record = (44, _UNIX | _VERSION_ZIP64, _VERSION_ZIP64, 0, 0, count, count, size, offset)
            zip64 = struct.pack("<4sQ2H2I4Q", b"PK\x06\x06", *record)
            zip64 += struct.pack("<4sIQI", b"PK\x06\x07", 0, offset + size, 1)
            count, size, offset = LIMIT_16, LIMIT_32, LIMIT_32
        return zip64 + struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, size, offset, 0)

    @property
    def size(self) -> int:
        last = self._segments[-1]
        return last.offset + last.size

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """The bytes from `start` up to, not with, `stop`."""
        stop = self.size if stop is None else min(stop, self.size)
        for segment in self._segments:
            first = max(start - segment.offset, 0)
            last = min(stop - segment.offset, segment.size)
            if first < last:
                yield from segment.read(first, last)


def archive_of(folder: Path) -> Archive:
    """The folder as a zip that unpacks to a folder of the same name."""
    checksums = _checksums(folder)
    return Archive(
        [
            Entry(f"{folder.name}/{name}", folder / name, size, crc)
            for name, (size, crc) in checksums.items()
        ]
    )


def remember_checksums(
    folder: Path, *, keep_as: Path | None = None, each: Callable[[], None] = lambda: None
) -> dict[str, tuple[int, int]]:
    """Size and CRC-32 of each file, which the zip needs before its first byte.

    Kept beside the folder (or beside the one that it is to become), where they can be lost
    without harm. `each` is called after each file.
    """
    found: dict[str, tuple[int, int]] = {}
    for path in _files(folder):
        name = path.relative_to(folder).as_posix()
        found[name] = path.stat().st_size, crc32_of(path)
        each()
    kept = _checksum_file(keep_as or folder)
    fresh = kept.with_name(f"{kept.name}.part")
    fresh.write_text(json.dumps(found))
    fresh.replace(kept)
    return found


def _checksums(folder: Path) -> dict[str, tuple[int, int]]:
    """What is remembered, if it still tells the sizes of the files that are there."""
    try:
        kept = json.loads(_checksum_file(folder).read_bytes())
    except (FileNotFoundError, ValueError):
        return remember_checksums(folder)
    sizes = {path.relative_to(folder).as_posix(): path.stat().st_size for path in _files(folder)}
    if sizes != {name: size for name, (size, _) in kept.items()}:
        return remember_checksums(folder)
    return {name: (size, crc) for name, (size, crc) in kept.items()}


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _checksum_file(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.crc32.json")
