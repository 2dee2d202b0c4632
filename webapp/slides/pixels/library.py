"""Open slides, kept per process: the least recently used one is closed when there are too many."""

import os
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TypeAlias

from webapp.slides.pixels.openslide_reader import OpenSlideReader, TileCache
from webapp.slides.pixels.readers import DamagedSlide, NotASlide, Reader, SlideFileError
from webapp.slides.pixels.tiff_reader import TiffReader

Key: TypeAlias = tuple[Path, int, int]
"""Path, size and time of change: a file that was replaced is opened anew."""

MAX_OPEN = 32


def open_reader(path: Path, cache: TileCache | None = None) -> Reader:
    """The reader that sees most of the file: OpenSlide's, or ours for other TIFF pyramids.

    Raises:
        SlideFileError: neither reads it.
    """
    try:
        reader: Reader = OpenSlideReader(path, cache)
    except SlideFileError as fault:
        return _tiff_instead(path, fault)
    if reader.vendor == "generic-tiff" and len(reader.level_sizes) == 1:
        return _richer(reader)
    return reader


def _tiff_instead(path: Path, fault: SlideFileError) -> Reader:
    try:
        return TiffReader(path)
    except NotASlide as second:
        if isinstance(fault, DamagedSlide) or "no TIFF" in second.fault:
            raise fault from second
        raise


def _richer(seen: Reader) -> Reader:
    """OpenSlide does not look for levels in SubIFDs."""
    try:
        whole = TiffReader(seen.path)
    except SlideFileError:
        return seen
    if len(whole.level_sizes) > 1:
        seen.close()
        return whole
    whole.close()
    return seen


@dataclass
class _Loan:
    reader: Reader
    users: int = 0
    retired: bool = False


class Library:
    """Readers by file. `lend` may be called by many threads; a reader in use is never closed."""

    def __init__(self, *, cache_bytes: int, max_open: int = MAX_OPEN) -> None:
        self._cache = TileCache(cache_bytes)
        self._max_open = max_open
        self._loans: OrderedDict[Key, _Loan] = OrderedDict()
        self._lock = Lock()

    @contextmanager
    def lend(self, path: Path) -> Iterator[Reader]:
        """
        Raises:
            SlideFileError: the file is gone or cannot be read; a damaged one is opened anew
                next time, since OpenSlide's handle stays broken after an error.
        """
        key = self._key(path)
        loan = self._take(key)
        try:
            yield loan.reader
        except DamagedSlide:
            loan.retired = True
            raise
        finally:
            self._give_back(key, loan)

    def __len__(self) -> int:
        return len(self._loans)

    @staticmethod
    def _key(path: Path) -> Key:
        try:
            state = path.stat()
        except OSError as error:
            raise NotASlide(path, f"cannot be read: {error.strerror}.") from error
        return path, state.st_size, state.st_mtime_ns

    def _take(self, key: Key) -> _Loan:
        with self._lock:
            loan = self._loans.get(key)
            if loan is None:
                loan = self._loans[key] = _Loan(open_reader(key[0], self._cache))
            self._loans.move_to_end(key)
            loan.users += 1
            self._retire_oldest()
            return loan

    def _retire_oldest(self) -> None:
        while len(self._loans) > self._max_open:
            _key, loan = self._loans.popitem(last=False)
            loan.retired = True
            if loan.users == 0:
                loan.reader.close()

    def _give_back(self, key: Key, loan: _Loan) -> None:
        with self._lock:
            loan.users -= 1
            if loan.retired and self._loans.get(key) is loan:
                del self._loans[key]
            if loan.retired and loan.users == 0:
                loan.reader.close()


_shared: Library | None = None
_shared_lock = Lock()
_cache_bytes = 128 * 1024 * 1024


def set_cache_bytes(size_bytes: int) -> None:
    """How much the shared library of a process may keep decoded; before its first use."""
    global _cache_bytes
    _cache_bytes = size_bytes


def library() -> Library:
    """This process's library, made on first use."""
    global _shared
    with _shared_lock:
        if _shared is None:
            _shared = Library(cache_bytes=_cache_bytes)
        return _shared


def _forget_after_fork() -> None:
    """A child opens its own handles: file positions and locks of the parent are not its own."""
    global _shared, _shared_lock
    _shared, _shared_lock = None, Lock()


os.register_at_fork(after_in_child=_forget_after_fork)
