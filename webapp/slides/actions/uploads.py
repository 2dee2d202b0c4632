"""Files that a browser sends piece by piece, kept apart until an import takes them.

An upload is a folder home/uploads/<person>-<uuid>/. A piece is written at the end of its file and
says where that end should be, so that a piece sent twice or out of order changes nothing.
"""

import fcntl
import os
import re
import shutil
import time
from collections.abc import Iterable
from pathlib import Path
from uuid import UUID, uuid4

from django.conf import settings

from training.contract.paths import path_fault
from webapp.accounts.access import require
from webapp.accounts.models import User
from webapp.accounts.roles import Permission
from webapp.core.errors import BadInput, Conflict, NotFound
from webapp.slides.models import Import
from webapp.slides.states import UNFINISHED, ImportState

MAX_FILE_NAME_CHARS = 200
_FOLDER = re.compile(r"\d+-[0-9a-f]{32}")


def start_upload(*, by: User) -> UUID:
    """An empty upload of this person."""
    require(by, Permission.IMPORT_SLIDES)
    upload = uuid4()
    _folder(upload, by).mkdir(parents=True)
    return upload


def append_piece(upload: UUID, name: str, offset: int, piece: bytes, *, by: User) -> int:
    """Write the piece at `offset`; the size of the file so far.

    Raises:
        Conflict: the file is longer or shorter than `offset`; ask `uploaded_size` and go on there.
        BadInput: the name cannot be used, or the file grows too large.
    """
    require(by, Permission.IMPORT_SLIDES)
    file = _file(upload, name, by)
    _check_offset(name, file.stat().st_size if file.exists() else 0, offset)
    _check_size(name, offset + len(piece))
    with file.open("ab") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)  # of one piece sent twice at once, one is written
        _check_offset(name, os.fstat(stream.fileno()).st_size, offset)
        stream.write(piece)
    return offset + len(piece)


def keep_whole_file(upload: UUID, name: str, pieces: Iterable[bytes], *, by: User) -> None:
    """A file that came in one request, for browsers without scripts.

    Raises:
        BadInput: a file of this name is in the upload already.
    """
    if _file(upload, name, by).exists():
        raise BadInput(f"{name} is given twice; rename one of the two files.")
    offset = 0
    for piece in pieces:
        offset = append_piece(upload, name, offset, piece, by=by)
    _file(upload, name, by).touch()


def uploaded_size(upload: UUID, name: str, *, by: User) -> int:
    """Bytes received of the file, 0 before the first piece."""
    require(by, Permission.IMPORT_SLIDES)
    file = _file(upload, name, by)
    return file.stat().st_size if file.exists() else 0


def uploaded_files(upload: UUID, *, by: User) -> list[Path]:
    """The files of an upload in order of name.

    Raises:
        NotFound: there is no such upload of this person.
    """
    require(by, Permission.IMPORT_SLIDES)
    return sorted(_existing(upload, by).iterdir())


def forget_upload(run: Import) -> None:
    """Remove the uploaded files of an import that is done; slides have their own place by then."""
    if not run.options.get("uploaded") or not run.paths:
        return
    if not Import.objects.filter(pk=run.pk, state=ImportState.DONE).exists():
        return
    folder = Path(run.paths[0]).parent
    if folder.parent == _root() and _FOLDER.fullmatch(folder.name):
        shutil.rmtree(folder, ignore_errors=True)


def forget_abandoned_uploads() -> None:
    """Remove what nobody has touched for `settings.UPLOAD_KEEP_S` and no import waits to read."""
    if not _root().is_dir():
        return
    limit = time.time() - settings.UPLOAD_KEEP_S
    folders = [folder for folder in _root().iterdir() if _FOLDER.fullmatch(folder.name)]
    stale = [folder for folder in folders if _last_touched(folder) < limit]
    if not stale:
        return
    given = Import.objects.filter(state__in=UNFINISHED).values_list("paths", flat=True)
    in_use = {Path(path).parent for paths in given for path in paths}
    for folder in stale:
        if folder not in in_use:
            shutil.rmtree(folder, ignore_errors=True)


def _last_touched(folder: Path) -> float:
    """Time of the newest change below, in seconds since 1970."""
    try:
        return max(entry.stat().st_mtime for entry in (folder, *folder.iterdir()))
    except FileNotFoundError:  # another sweep removes it at this moment
        return time.time()


def _file(upload: UUID, name: str, by: User) -> Path:
    fault = path_fault(name)
    if fault is None and "/" in name:
        fault = "names a folder; give the file alone"
    if fault is None and name.startswith("."):
        fault = "begins with a dot; rename it"
    if fault is None and len(name) > MAX_FILE_NAME_CHARS:
        fault = f"is longer than {MAX_FILE_NAME_CHARS} characters; rename it"
    if fault is not None:
        raise BadInput(f"The file name {ascii(name)[:80]} {fault}.")
    return _existing(upload, by) / name


def _existing(upload: UUID, by: User) -> Path:
    folder = _folder(upload, by)
    if not folder.is_dir():
        raise NotFound("There is no such upload; choose the files again.")
    return folder


def _check_offset(name: str, size: int, offset: int) -> None:
    if size != offset:
        raise Conflict(f"{name} has {size} bytes here, not {offset}; send what follows them.")


def _check_size(name: str, size: int) -> None:
    if size > settings.MAX_UPLOAD_BYTES:
        limit = f"{settings.MAX_UPLOAD_BYTES / 1e9:g} GB"
        raise BadInput(f"{name} is larger than {limit}; copy it to the inbox folder instead.")


def _folder(upload: UUID, by: User) -> Path:
    return _root() / f"{by.pk}-{upload.hex}"


def _root() -> Path:
    return Path(settings.HOME) / "uploads"
