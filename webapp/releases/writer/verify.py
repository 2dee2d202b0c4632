"""Whether a release folder is still what was released."""

from hashlib import sha256
from pathlib import Path

from training.contract.manifest import MANIFEST_NAME, ManifestError, verify_manifest


def folder_faults(folder: Path, manifest_sha256: str) -> tuple[str, ...]:
    """One sentence for each thing that is wrong; every file's SHA-256 is computed again."""
    fault = manifest_fault(folder, manifest_sha256)
    if fault is not None:
        return (fault,)
    try:
        return verify_manifest(folder)
    except ManifestError as error:
        return (str(error),)


def manifest_fault(folder: Path, manifest_sha256: str) -> str | None:
    """What is wrong with the manifest's own bytes, which is quick to tell."""
    try:
        content = (folder / MANIFEST_NAME).read_bytes()
    except OSError:
        return f"{folder.name}/{MANIFEST_NAME} is missing; restore the folder from a backup."
    if sha256(content).hexdigest() != manifest_sha256:
        return f"{folder.name}/{MANIFEST_NAME} has other content than was released."
    return None
