"""Turning a frozen release into a folder, and the folder into one zip."""

from webapp.releases.writer.archive import Archive, archive_of
from webapp.releases.writer.content import Content, Row, content_of
from webapp.releases.writer.folder import Built, WriterError, release_folder, write_release
from webapp.releases.writer.verify import folder_faults, manifest_fault

__all__ = [
    "Archive",
    "Built",
    "Content",
    "Row",
    "WriterError",
    "archive_of",
    "content_of",
    "folder_faults",
    "manifest_fault",
    "release_folder",
    "write_release",
]
