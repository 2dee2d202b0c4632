"""MANIFEST.json: every file of a release folder with its size and SHA-256.

It is written last, so that its existence means that the folder is complete, and its bytes depend
on nothing but the files and the facts given to it.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from hashlib import file_digest, sha256
from pathlib import Path

from training.contract.paths import path_fault
from training.contract.text import short

MANIFEST_NAME = "MANIFEST.json"
FORMAT = "crossscope-manifest/1"


class ManifestError(ValueError):
    """A folder that cannot be listed, or a manifest that cannot be read."""


def canonical_json(obj: object, *, indent: int | None = None) -> bytes:
    """The one way to write a value: keys sorted, UTF-8, no NaN, one line end at the end."""
    separators = (",", ":") if indent is None else (",", ": ")
    text = json.dumps(
        obj,
        sort_keys=True,
        ensure_ascii=False,
        allow_nan=False,
        indent=indent,
        separators=separators,
    )
    return f"{text}\n".encode()


def build_manifest(
    folder: Path,
    facts: Mapping[str, object] | None = None,
    *,
    each: Callable[[], None] = lambda: None,
) -> dict[str, object]:
    """List the folder's files by path; `facts` are further entries such as row provenance.

    `each` is called after each file, for a caller that must give signs of life.
    """
    known: dict[str, object] = {"format": FORMAT, "files": _entries(folder, each)}
    clash = sorted(set(facts or {}) & set(known))
    if clash:
        raise ManifestError(f"The fact {clash[0]!r} is the manifest's own entry; rename it.")
    return {**known, **(facts or {})}


def write_manifest(
    folder: Path,
    facts: Mapping[str, object] | None = None,
    *,
    each: Callable[[], None] = lambda: None,
) -> str:
    """Write MANIFEST.json in one step and return the SHA-256 of its bytes."""
    content = canonical_json(build_manifest(folder, facts, each=each), indent=2)
    fresh = folder / f"{MANIFEST_NAME}.part"
    fresh.write_bytes(content)
    fresh.replace(folder / MANIFEST_NAME)
    return sha256(content).hexdigest()


def verify_manifest(folder: Path) -> tuple[str, ...]:
    """One sentence for each file that is missing, surplus or changed; empty when all is well.

    Raises ManifestError where there is no manifest to read.
    """
    listed = _listed(folder)
    found = {str(entry["path"]): entry for entry in _entries(folder)}
    problems = [f"{path} is missing." for path in listed.keys() - found.keys()]
    problems += [f"{path} is not in the manifest." for path in found.keys() - listed.keys()]
    for path in listed.keys() & found.keys():
        was, now = listed[path], found[path]
        if was.get("size") != now["size"]:
            problems.append(f"{path} has {now['size']} bytes, not {short(was.get('size'))}.")
        elif was.get("sha256") != now["sha256"]:
            problems.append(f"{path} has other content than was released.")
    return tuple(sorted(problems))


def _entries(folder: Path, each: Callable[[], None] = lambda: None) -> list[dict[str, object]]:
    entries = []
    for path in sorted(_files(folder), key=lambda path: path.as_posix()):
        entries.append(_entry(folder, path))
        each()
    return entries


def _files(folder: Path) -> Iterator[Path]:
    """Every file below the folder, relative to it, but the manifest itself."""
    if not folder.is_dir():
        raise ManifestError(f"{folder.name} is no folder; build the release first.")
    own = {Path(MANIFEST_NAME), Path(f"{MANIFEST_NAME}.part")}
    for path in folder.rglob("*"):
        relative = path.relative_to(folder)
        if path.is_symlink():
            raise ManifestError(f"{relative} is a link; a release holds the files themselves.")
        if path.is_file() and relative not in own:
            yield relative


def _entry(folder: Path, relative: Path) -> dict[str, object]:
    with (folder / relative).open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    size = (folder / relative).stat().st_size
    return {"path": relative.as_posix(), "sha256": digest, "size": size}


def _listed(folder: Path) -> dict[str, Mapping[str, object]]:
    """What the manifest says, by path."""
    try:
        manifest = json.loads((folder / MANIFEST_NAME).read_bytes())
    except FileNotFoundError as error:
        raise ManifestError(f"{MANIFEST_NAME} is missing; the release is incomplete.") from error
    except (ValueError, RecursionError) as error:
        raise ManifestError(f"{MANIFEST_NAME} is no JSON; copy the release again.") from error
    entries = manifest.get("files") if isinstance(manifest, dict) else None
    if not isinstance(entries, list) or manifest.get("format") != FORMAT:
        raise ManifestError(f"{MANIFEST_NAME} is not of the form {FORMAT}; copy it again.")
    return dict(_read_entry(entry, number) for number, entry in enumerate(entries, start=1))


def _read_entry(entry: object, number: int) -> tuple[str, Mapping[str, object]]:
    path = entry.get("path") if isinstance(entry, dict) else None
    if not isinstance(entry, dict) or not isinstance(path, str):
        raise ManifestError(f"{MANIFEST_NAME}, file {number} has no path; copy it again.")
    fault = path_fault(path)
    if fault is not None:
        raise ManifestError(f"{MANIFEST_NAME}, file {number} ({short(path)}) {fault}.")
    return path, entry
