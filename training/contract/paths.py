"""File names that come inside data: they may point below their folder and nowhere else."""

import re
from pathlib import PurePosixPath

from training.contract.text import refused_character, short

MAX_PATH_CHARS = 1_024
MAX_NAME_BYTES = 255
"""The longest single name that common file systems store."""

_DRIVE = re.compile(r"[A-Za-z]:")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


class UnsafePathError(ValueError):
    """The path names no file below its folder."""


def safe_relative_path(path: str) -> PurePosixPath:
    """The path, known to stay below the folder it is joined to (symbolic links aside)."""
    fault = path_fault(path)
    if fault is not None:
        raise UnsafePathError(f"the path {short(path)} {fault}.")
    return PurePosixPath(path)


def path_fault(path: str) -> str | None:
    """Why the path is refused and what to do, to be put behind its name; None if it is safe."""
    return _shape_fault(path) or _reach_fault(path)


def _shape_fault(path: str) -> str | None:
    if not path.strip():
        return "is empty; give a file name or null"
    if len(path) > MAX_PATH_CHARS:
        return f"has {len(path):,} characters; shorten it to {MAX_PATH_CHARS:,} or fewer"
    refused = refused_character(path)
    if refused is not None or any(char in path for char in "\t\r\n"):
        return f"holds a control character ({refused or 'tab or line end'}); remove it"
    if any(len(part.encode()) > MAX_NAME_BYTES for part in path.split("/")):
        return f"has a name longer than {MAX_NAME_BYTES} bytes; shorten it"
    return None


def _reach_fault(path: str) -> str | None:
    if "\\" in path:
        return "holds a backslash; separate folders by /"
    if _ADDRESS.match(path):
        return "is a web address; give a file below the image folder"
    if path.startswith("/") or _DRIVE.match(path):
        return "is absolute; give it relative to the image folder"
    if ".." in path.split("/"):
        return "climbs out of its folder by ..; give a file below the image folder"
    if path.rsplit("/", 1)[-1] in ("", "."):
        return "names a folder; give the file"
    return None
