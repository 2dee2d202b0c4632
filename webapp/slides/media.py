"""Files under MEDIA_ROOT: written whole or not at all, under names that say their content."""

import os
import shutil
from pathlib import Path
from uuid import uuid4

from django.conf import settings


def media_file(name: str) -> Path:
    return Path(settings.MEDIA_ROOT) / name


def write_media(name: str, content: bytes) -> None:
    """Replace the file in one step, so that a reader or a crash never sees half of it."""
    target = media_file(name)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{uuid4().hex}")
    try:
        partial.write_bytes(content)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def place_file(path: Path, checksum: str) -> str:
    """Put an uploaded slide where slides stay; its name there, relative to MEDIA_ROOT.

    The upload itself stays until its import ends, so that a crash in between costs nothing: the
    second name is a link where the file system allows one.
    """
    name = f"slides/{checksum[:16]}/{path.name}"
    target = media_file(name)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{uuid4().hex}")
    try:
        try:
            os.link(path, partial)
        except OSError:  # another file system
            shutil.copyfile(path, partial)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return name


def preview_name(image: str) -> str:
    """Where the small version of a ROI's picture lies."""
    return f"{image.removesuffix('.jpg')}-preview.jpg"
