"""Taking published questions in: one row, one transaction, once."""

from dataclasses import dataclass

from django.db import transaction

from training.contract.rows import PublishedRow
from webapp.accounts.access import require
from webapp.accounts.models import User
from webapp.accounts.roles import Permission
from webapp.core.queue import Job, enqueue
from webapp.items.actions import advance_item, create_item
from webapp.items.lint import lint
from webapp.items.models import Item
from webapp.items.published import SCALE_OF_KEY, mcq_from_row, provenance_of, source_key
from webapp.items.question_files import NumberedRow
from webapp.items.states import ItemState
from webapp.slides.models import ImportEntry, Patient, Roi, Slide, Triplet

Outcome = ImportEntry.Outcome
# Nobody can answer such a question, so it goes to its author before it goes to a reviewer.
UNANSWERABLE = frozenset({"duplicate_options"})


@dataclass(frozen=True)
class RowResult:
    outcome: str
    message: str


@transaction.atomic
def import_row(numbered: NumberedRow, *, file: str, by: User) -> RowResult:
    """One row as an item on its triplet; a row taken in before is left as it is.

    Slide, triplet and ROIs come into being by name where no file or caption brought them; a slide
    known by name alone counts as a patient of its own.
    """
    require(by, Permission.IMPORT_SLIDES)
    if numbered.row is None:
        return RowResult(Outcome.REFUSED, numbered.fault)
    row = numbered.row
    key = source_key(row, numbered.occurrence)
    if Item.objects.filter(source_key=key).exists():
        return RowResult(Outcome.UNCHANGED, "already here")
    triplet = _triplet_of(row)
    notes = _write_rois(triplet, row)
    mcq = mcq_from_row(row, seed=key)
    item = create_item(
        triplet,
        mcq,
        origin=Item.Origin.PUBLISHED,
        provenance=provenance_of(row, file=file),
        source_key=key,
        by=by,
    )
    broken = [finding for finding in lint(mcq) if finding.rule in UNANSWERABLE]
    if broken:
        advance_item(item, ItemState.NEEDS_REVISION, by=by, reason=broken[0].message)
        notes += [f"kept for revision, not for review: {finding.message}" for finding in broken]
    else:
        advance_item(item, ItemState.SCREENING, by=by)
        enqueue(Job.SCREEN_ITEM, item.pk)
    if notes:
        return RowResult(Outcome.WARNING, f"{numbered.where}: {' '.join(notes)}")
    return RowResult(Outcome.ADDED, f"item {item.pk}")


def _triplet_of(row: PublishedRow) -> Triplet:
    slide = Slide.objects.filter(name=row.wsi_name).first()
    if slide is None:
        patient, _made = Patient.objects.get_or_create(key=row.wsi_name)
        slide, _made = Slide.objects.get_or_create(name=row.wsi_name, defaults={"patient": patient})
    triplet, _made = Triplet.objects.get_or_create(slide=slide, path_id=row.path_id)
    return triplet


def _write_rois(triplet: Triplet, row: PublishedRow) -> list[str]:
    """The row's ROIs by reference; sentences about those that an earlier row named otherwise."""
    notes = []
    for key, path in row.image_path.items():
        if path is None:
            continue
        scale = SCALE_OF_KEY[key]
        roi, made = Roi.objects.get_or_create(
            triplet=triplet, scale=scale.value, defaults={"source_path": path}
        )
        if not made and not roi.source_path:
            Roi.objects.filter(pk=roi.pk).update(source_path=path)
        elif roi.source_path not in ("", path):
            notes.append(
                f"image_path.{key} is {path!r} but this triplet's {scale.label} field is "
                f"{roi.source_path!r}; the first was kept."
            )
    return notes
