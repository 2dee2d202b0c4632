"""Writing the release folder: into a temporary folder, the manifest last, then one rename."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from training.contract.manifest import canonical_json, write_manifest
from training.contract.rows import dump_row
from webapp.items.published import Exported, row_of
from webapp.releases.audit import Audit, audit_report
from webapp.releases.split import SPLITS
from webapp.releases.writer.archive import remember_checksums
from webapp.releases.writer.card import card
from webapp.releases.writer.content import Content, Row
from webapp.releases.writer.images import Names, WriterError, copy_images, image_names
from webapp.slides.geometry import Scale

__all__ = ["Built", "WriterError", "release_folder", "write_release"]

Progress = Callable[[int, int], None]
"""Called with the files done and their total; may raise to stop the work."""

FIXED_FILES = len(SPLITS) + 3
"""The splits, audit.json, README.md and MANIFEST.json."""

TOLD = ("generator", "version", "template", "prompt", "prompt_version", "revised_from", "number")
"""What a manifest says of a revision's provenance."""


@dataclass(frozen=True)
class Built:
    """A folder that is complete, and not yet where readers look for it."""

    folder: Path
    final: Path
    manifest_sha256: str
    audit: Audit
    files: int

    def publish(self) -> Path:
        """Put the folder in its place; a reader sees the whole of it or nothing."""
        if self.final.exists():  # a build died after this step and before it was recorded
            shutil.rmtree(self.final)
        self.folder.rename(self.final)
        return self.final


def release_folder(root: Path, number: int) -> Path:
    return root / f"r{number}"


def write_release(
    content: Content, *, root: Path, media: Path, token: str, progress: Progress
) -> Built:
    """Write everything below `root/rN.tmp-TOKEN`; leftovers of builds that died are removed.

    Raises:
        WriterError: a poster is missing or changed.
    Whatever is raised, nothing is left behind.
    """
    final = release_folder(root, content.number)
    fresh = final.with_name(f"{final.name}.tmp-{token}")
    _remove_leftovers(final)
    fresh.mkdir(parents=True)
    names = image_names(content.rows)
    total = len(set(names.values())) + FIXED_FILES
    complete = False
    try:
        for done in copy_images(content.rows, names, media=media, into=fresh):
            progress(done, total)
        alive = partial(progress, total - 1, total)
        audit = _write_texts(content, names, fresh, each=alive)
        facts = {"release": _facts(content, names)}
        digest = write_manifest(fresh, facts, each=alive)
        remember_checksums(fresh, keep_as=final, each=alive)
        complete = True
    finally:
        if not complete:
            shutil.rmtree(fresh, ignore_errors=True)
    progress(total, total)
    return Built(fresh, final, digest, audit, total)


def _remove_leftovers(final: Path) -> None:
    """Best effort: one that a worker without a claim still writes to goes when it notices."""
    for leftover in final.parent.glob(f"{final.name}.tmp-*"):
        shutil.rmtree(leftover, ignore_errors=True)


def _write_texts(
    content: Content, names: Names, folder: Path, *, each: Callable[[], None]
) -> Audit:
    """`each` is called after each piece of work."""
    for split in SPLITS:
        rows = [_published(row, names) for row in content.rows if row.split == split]
        (folder / f"{split}.json").write_bytes(canonical_json(rows, indent=2))
    audit = audit_report(
        [row.audited() for row in content.rows],
        seed=content.policy["seed"],
        progress=lambda _done, _total: each(),
    )
    (folder / "audit.json").write_bytes(canonical_json(audit, indent=2))
    (folder / "README.md").write_text(card(content, audit), encoding="utf-8", newline="\n")
    return audit


def _published(row: Row, names: Names) -> dict[str, object]:
    """The row in the published format; every scale is named, a missing one is null."""
    exported = Exported(
        mcq=row.mcq,
        order=row.order,
        wsi_name=row.wsi_name,
        path_id=row.path_id,
        images={scale.published_key: names.get((row.number, scale)) for scale in Scale},
        provenance=row.source,
        number=row.number,
    )
    return dump_row(replace(row_of(exported), extra_images={}))


def _facts(content: Content, names: Names) -> dict[str, Any]:
    patients = _pseudonyms(content)
    return {
        "number": content.number,
        "name": content.name,
        "notes": content.notes,
        "policy": dict(content.policy),
        "rows": [_provenance(row, names, patients[row.patient]) for row in content.rows],
    }


def _pseudonyms(content: Content) -> dict[str, str]:
    """Patients numbered by first appearance: keys may say who somebody is, numbers do not."""
    patients = dict.fromkeys(row.patient for row in content.rows)
    return {patient: f"P{number:04d}" for number, patient in enumerate(patients, start=1)}


def _provenance(row: Row, names: Names, patient: str) -> dict[str, Any]:
    return {
        "No": row.number,
        "split": row.split,
        "item": row.item,
        "revision": row.revision,
        "patient": patient,
        "origin": row.origin,
        "generator": _generator(row),
        "option_ids": list(row.order),
        "images": {scale.published_key: names[row.number, scale] for scale in row.images},
        "image_references": dict(row.references),
    }


def _generator(row: Row) -> dict[str, Any]:
    """What the provenance says of the maker; file names of imports stay out (they hold paths)."""
    return {name: row.provenance[name] for name in TOLD if row.provenance.get(name) is not None}
