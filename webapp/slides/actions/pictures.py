"""Pictures for fields that were known by reference before their slide's file came."""

from django.db import transaction

from webapp.accounts.models import User
from webapp.core.events import record_event
from webapp.slides.actions.fields import cut_field
from webapp.slides.actions.outcomes import Outcome, Result
from webapp.slides.actions.slides import PreparedSlide, store_slide
from webapp.slides.actions.triplets import described, write_roi
from webapp.slides.captions import CaptionsError, box_from_file_name
from webapp.slides.geometry import Scale
from webapp.slides.models import Roi, Slide, Triplet


@transaction.atomic
def store_with_pictures(prepared: PreparedSlide, *, by: User) -> Result:
    """Write the slide; where it was known by name, its fields get their pictures now."""
    result = store_slide(prepared, by=by)
    if result.outcome != Outcome.ADDED:
        return result
    slide = Slide.objects.get(checksum=prepared.checksum)
    faults = [fault for triplet in slide.triplets.all() for fault in _cut_missing(triplet, by)]
    return Result(result.name, result.outcome, result.message, (*result.warnings, *faults))


def _cut_missing(triplet: Triplet, by: User) -> list[str]:
    before, faults = described(triplet), []
    for roi in triplet.rois.filter(image=""):
        try:
            _cut_picture(roi, triplet)
        except CaptionsError as error:
            faults.append(str(error))
    after = described(triplet)
    if before != after:
        record_event("update_triplet", triplet, by=by, before=before, after=after)
    return faults


def _cut_picture(roi: Roi, triplet: Triplet) -> None:
    scale, where = Scale(roi.scale), str(roi)
    box = roi.box or box_from_file_name(roi.source_path, scale, triplet.slide.mpp, where=where)
    if box is not None:
        write_roi(triplet, cut_field(triplet.slide, scale, box, roi, where=where))
