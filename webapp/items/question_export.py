"""Items as rows of the published JSON, in the order of their ids."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from training.contract.roi_paths import roi_image_path
from training.contract.rows import dump_row
from webapp.items.models import Item, Revision
from webapp.items.published import Exported, row_of
from webapp.slides.geometry import Scale
from webapp.slides.models import Roi, Triplet


def image_paths(triplet: Triplet) -> dict[str, str | None]:
    """Each scale's path by its published key: as imported, by convention, or None if missing."""
    present = triplet.rois_by_scale()
    return {
        scale.published_key: _image_path(triplet, present[scale]) if scale in present else None
        for scale in Scale
    }


def _image_path(triplet: Triplet, roi: Roi) -> str:
    corner = None if roi.box is None else (roi.box.x_l0, roi.box.y_l0)
    return roi.source_path or roi_image_path(
        triplet.slide.name, triplet.path_id, Scale(roi.scale).magnification, corner
    )


def _exported(item: Item, revision: Revision, *, order: list[str], number: int) -> Exported:
    return Exported(
        mcq=revision.mcq(),
        order=order,
        wsi_name=item.triplet.slide.name,
        path_id=item.triplet.path_id,
        images=item.source.get("image_path") or image_paths(item.triplet),
        provenance=item.source,
        number=number,
    )


def published_rows(items: QuerySet[Item]) -> Iterator[dict[str, Any]]:
    """Every item's newest revision, options in the order they were written, numbered from 1."""
    for number, item in enumerate(items.order_by("id").iterator(chunk_size=500), start=1):
        revision = item.current
        revision.item = item
        order = [option["id"] for option in revision.options]
        yield dump_row(row_of(_exported(item, revision, order=order, number=number)))
