from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from webapp.accounts.models import User
from webapp.api.door import api, paged, person
from webapp.api.paging import PageNumber, PerPage
from webapp.api.schemas.common import Page
from webapp.api.schemas.slides import SlideOut, SlideRow
from webapp.slides import queries
from webapp.slides.models import Roi, Slide


@api.get("/slides", response=Page[SlideRow], tags=["slides"])
def list_slides(
    request: HttpRequest, page: PageNumber, per_page: PerPage, q: str = "", organ: str = ""
) -> dict[str, Any]:
    user = _slide_reader(request)
    part = paged(queries.filtered_slides(user, q=q, organ=organ), page, per_page)
    return {**part, "results": [_slide_row(slide, user) for slide in part["rows"]]}


@api.get("/slides/{int:slide_id}", response=SlideOut, tags=["slides"])
def show_slide(request: HttpRequest, slide_id: int) -> dict[str, Any]:
    """A slide with its triplets; texts about them only for people who do not review."""
    user = _slide_reader(request)
    slide = queries.slide_to_show(slide_id)
    shown = queries.triplets_to_show(slide, user)
    texts = queries.may_see_texts(user)
    return {
        **_slide_row(slide, user),
        "triplets": len(shown),
        "shown": [
            {
                "id": one.triplet.pk,
                "label": one.label,
                "rois": [_roi(field.roi, texts) for field in one.fields if field.roi is not None],
                "missing_scales": list(one.missing),
            }
            for one in shown
        ],
    }


def _slide_reader(request: HttpRequest) -> User:
    user = person(request)
    queries.require_slide_viewer(user)
    return user


def _slide_row(slide: Slide, user: User) -> dict[str, Any]:
    fields = ("name", "organ", "stain", "width", "height", "mpp", "objective_power", "vendor")
    return {
        **{name: getattr(slide, name) for name in fields},
        "id": slide.pk,
        "patient": slide.patient.key if queries.may_see_texts(user) else None,
        "has_file": slide.has_file,
        "triplets": getattr(slide, "triplet_count", 0),
    }


def _roi(roi: Roi, texts: bool) -> dict[str, Any]:
    fields = ("scale", "x_l0", "y_l0", "w_l0", "h_l0", "mpp")
    return {
        **{name: getattr(roi, name) for name in fields},
        "image": reverse("slides:roi_image", args=[roi.pk, roi.checksum]) if roi.image else None,
        "caption": roi.caption if texts else None,
    }
