"""Taking one path of a captions file in: a triplet, its fields and their pictures."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction

from webapp.accounts.access import require
from webapp.accounts.models import User
from webapp.accounts.roles import Permission
from webapp.core.errors import BadInput
from webapp.core.events import record_event
from webapp.slides.actions.fields import PreparedField, prepare_field
from webapp.slides.actions.outcomes import Outcome, Result
from webapp.slides.captions import CaptionsError, PathRecord
from webapp.slides.geometry import Scale, nesting_violations
from webapp.slides.media import media_file, preview_name, write_media
from webapp.slides.models import Roi, Slide, Triplet
from webapp.slides.pixels.posters import preview_of


@dataclass(frozen=True)
class PreparedTriplet:
    """A path whose fields were placed and whose pictures were made."""

    slide: Slide
    record: PathRecord
    fields: tuple[PreparedField, ...]
    warnings: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.slide.name} / {self.record.path_id}"


def import_triplet(
    slide: Slide, record: PathRecord, *, folder: Path | None, where: str, by: User
) -> Result:
    """Take one path in; the same again changes nothing, a changed caption is updated.

    Raises:
        BadInput: a field cannot be placed, or its image cannot be used; the message names it.
    """
    prepared = prepare_triplet(slide, record, folder=folder, where=where, by=by)
    return store_triplet(prepared, by=by)


def prepare_triplet(
    slide: Slide, record: PathRecord, *, folder: Path | None, where: str, by: User
) -> PreparedTriplet:
    """Place the fields and make their pictures, writing nothing.

    `folder` is where image paths start; None when there is none.

    Raises:
        BadInput: see `import_triplet`.
    """
    require(by, Permission.IMPORT_SLIDES)
    stored = _stored_rois(slide, record.path_id)
    try:
        fields = tuple(
            prepare_field(
                slide, scale, field, stored.get(scale), folder=folder,
                where=f"{where}.{scale.published_key}",
            )
            for scale, field in record.fields().items()
        )  # fmt: skip
    except CaptionsError as error:
        raise BadInput(str(error)) from error
    boxes = {field.scale: field.box for field in fields if field.box is not None}
    warnings = [f"{where}: {sentence}" for sentence in nesting_violations(boxes)]
    warnings += [
        f"{where}.{field.scale.published_key}: {note}" for field in fields for note in field.notes
    ]
    warnings += [
        f"{where}: {scale.published_key} is missing in the file; the stored field is kept."
        for scale in stored
        if scale not in record.fields()
    ]
    return PreparedTriplet(slide, record, fields, tuple(warnings))


@transaction.atomic
def store_triplet(prepared: PreparedTriplet, *, by: User) -> Result:
    """Write what `prepare_triplet` found."""
    require(by, Permission.IMPORT_SLIDES)
    record = prepared.record
    slide = Slide.objects.select_for_update().get(pk=prepared.slide.pk)
    triplet = Triplet.objects.filter(slide=slide, path_id=record.path_id).first()
    before = None if triplet is None else described(triplet)
    if triplet is None:
        triplet = Triplet(slide=slide, path_id=record.path_id)
    triplet.description, triplet.summary = record.path_description, record.path_summary
    triplet.save()
    for field in prepared.fields:
        write_roi(triplet, field)
    after = described(triplet)
    missing = ", ".join(scale.label for scale in triplet.missing_scales())
    message = f"no {missing} field" if missing else ""
    if before == after:
        return Result(prepared.name, Outcome.UNCHANGED, message, prepared.warnings)
    verb = "import_triplet" if before is None else "update_triplet"
    record_event(verb, triplet, by=by, before=before, after=after)
    outcome = Outcome.ADDED if before is None else Outcome.UPDATED
    return Result(prepared.name, outcome, message, prepared.warnings)


def write_roi(triplet: Triplet, field: PreparedField) -> None:
    """Part of an action's transaction; the picture's name says its content, so it can stay."""
    roi = Roi.objects.filter(triplet=triplet, scale=field.scale.value).first()
    roi = roi or Roi(triplet=triplet, scale=field.scale.value)
    roi.caption = field.caption
    roi.source_path = field.source_path or roi.source_path
    if field.box is not None:
        roi.x_l0, roi.y_l0 = field.box.x_l0, field.box.y_l0
        roi.w_l0, roi.h_l0 = field.box.w_l0, field.box.h_l0
    if field.poster is not None:
        folder = f"rois/{triplet.slide_id}/{triplet.pk}"
        roi.image = f"{folder}/{roi.scale}-{field.poster.checksum[:12]}.jpg"
        roi.checksum = field.poster.checksum
        roi.image_width, roi.image_height = field.poster.width, field.poster.height
        roi.mpp = field.um_per_px
        if not media_file(roi.image).exists():
            write_media(preview_name(roi.image), preview_of(field.poster.content))
            write_media(roi.image, field.poster.content)
    roi.save()


def _stored_rois(slide: Slide, path_id: str) -> dict[Scale, Roi]:
    triplet = Triplet.objects.filter(slide=slide, path_id=path_id).first()
    return {} if triplet is None else triplet.rois_by_scale()


def described(triplet: Triplet) -> dict[str, Any]:
    """What an event keeps of a triplet."""
    rois = Roi.objects.filter(triplet=triplet)
    return {
        "slide": triplet.slide.name,
        "path_id": triplet.path_id,
        "description": triplet.description,
        "summary": triplet.summary,
        "fields": {roi.scale: _described_roi(roi) for roi in rois},
    }


def _described_roi(roi: Roi) -> dict[str, Any]:
    names = ("caption", "x_l0", "y_l0", "w_l0", "h_l0", "source_path", "checksum", "mpp")
    return {name: getattr(roi, name) for name in names}
