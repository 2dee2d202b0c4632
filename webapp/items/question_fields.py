"""The slide, triplet and fields that a published row names, with pictures where there are any.

A picture comes from the slide's file when that is here, else from the image file that lies beside
the questions. Without either the field is known by its reference alone, and pages say so.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from training.contract.rows import PublishedRow
from webapp.accounts.models import User
from webapp.core.errors import BadInput
from webapp.core.events import record_event
from webapp.items.published import SCALE_OF_KEY
from webapp.slides.actions.fields import PreparedField, file_below, prepare_field
from webapp.slides.actions.slides import Details, name_slide
from webapp.slides.actions.triplets import described, write_roi
from webapp.slides.captions import CaptionsError, FieldRecord
from webapp.slides.geometry import Scale
from webapp.slides.models import Roi, Slide, Triplet


@dataclass(frozen=True)
class PreparedFields:
    """What is to be written, and sentences for the curator."""

    fields: tuple[PreparedField, ...]
    notes: tuple[str, ...]


def prepare_fields(row: PublishedRow, *, folder: Path, where: str) -> PreparedFields:
    """Make the pictures that are still missing; writes nothing.

    Raises:
        BadInput: an image path leads out of the folder by a link.
    """
    slide = Slide.objects.filter(name=row.wsi_name).first() or Slide(name=row.wsi_name)
    stored = _stored_rois(slide, row.path_id)
    fields, notes = [], []
    for key, scale, path in _named_images(row):
        if scale in stored and stored[scale].image:
            continue
        field, note = _prepare(slide, scale, path, stored.get(scale), folder, f"{where}, {key}")
        fields.append(field)
        notes += note
    return PreparedFields(tuple(fields), tuple(notes))


def store_fields(
    row: PublishedRow, prepared: PreparedFields, *, by: User
) -> tuple[Triplet, tuple[str, ...]]:
    """Part of an action's transaction: the row's triplet with its fields, and sentences about
    fields that an earlier row or a captions file named otherwise.

    What an earlier file said stays: its captions, its places and its paths.

    Raises:
        BadInput: the slide's name cannot be kept.
    """
    slide = _locked_slide(row.wsi_name, by)
    triplet = Triplet.objects.filter(slide=slide, path_id=row.path_id).first()
    before = None if triplet is None else described(triplet)
    if triplet is None:
        triplet = Triplet.objects.create(slide=slide, path_id=row.path_id)
    stored = {} if before is None else triplet.rois_by_scale()
    if _write_fields(triplet, prepared.fields, stored) or before is None:
        verb = "import_triplet" if before is None else "update_triplet"
        record_event(verb, triplet, by=by, before=before, after=described(triplet))
    notes = (
        f"image_path.{key} is {path!r}, but the {scale.label} field of this triplet came as "
        f"{stored[scale].source_path!r}; the first was kept."
        for key, scale, path in _named_images(row)
        if scale in stored and stored[scale].source_path not in ("", path)
    )
    return triplet, (*prepared.notes, *notes)


def _named_images(row: PublishedRow) -> Iterator[tuple[str, Scale, str]]:
    for key, path in row.image_path.items():
        if path is not None:
            yield key, SCALE_OF_KEY[key], path


def _stored_rois(slide: Slide, path_id: str) -> dict[Scale, Roi]:
    if slide._state.adding:
        return {}
    triplet = Triplet.objects.filter(slide=slide, path_id=path_id).first()
    return {} if triplet is None else triplet.rois_by_scale()


def _prepare(
    slide: Slide, scale: Scale, path: str, stored: Roi | None, folder: Path, where: str
) -> tuple[PreparedField, list[str]]:
    by_reference = PreparedField(scale, "", path, None, None, None)
    try:
        image = file_below(folder, path, where=where)
    except CaptionsError as error:
        raise BadInput(str(error)) from error
    if not slide.has_file and not image.is_file():
        return by_reference, []
    try:
        placed = stored.box if stored is not None else None
        record = FieldRecord(
            image_path=path,
            bbox=[placed.x_l0, placed.y_l0, placed.w_l0, placed.h_l0] if placed else None,
        )
        return prepare_field(slide, scale, record, stored, folder=folder, where=where), []
    except CaptionsError as error:
        return by_reference, [f"{error} The question is kept without this picture."]


def _write_fields(
    triplet: Triplet, fields: tuple[PreparedField, ...], stored: dict[Scale, Roi]
) -> bool:
    """Whether anything was written. Most fields come by reference, so those go in at once."""
    fresh = [field for field in fields if field.scale not in stored]
    by_reference = [field for field in fresh if field.poster is None and field.box is None]
    Roi.objects.bulk_create(
        Roi(triplet=triplet, scale=field.scale.value, source_path=field.source_path)
        for field in by_reference
    )
    pictured = [field for field in fresh if field not in by_reference]
    completed = [
        _completed(field, stored[field.scale]) for field in fields if field.scale in stored
    ]
    changes = [*pictured, *(field for field in completed if field is not None)]
    for field in changes:
        write_roi(triplet, field)
    return bool(fresh or changes)


def _completed(field: PreparedField, stored: Roi) -> PreparedField | None:
    """The field under the caption and path that are stored; None when it adds nothing."""
    named = stored.source_path or field.source_path
    if stored.image or (field.poster is None and named == stored.source_path):
        return None
    return replace(field, caption=stored.caption, source_path=named)


def _locked_slide(name: str, by: User) -> Slide:
    """The row of the slide, held to the end of the transaction: rows of one slide wait here."""
    slide = Slide.objects.select_for_update().filter(name=name).first()
    if slide is None:
        name_slide(Details(name=name), by=by)
        slide = Slide.objects.select_for_update().get(name=name)
    return slide
