"""Every address of the API; each asks who may, then a query, and answers."""

from typing import Annotated, Any

from django.http import HttpRequest
from django.urls import reverse
from ninja import Query

from webapp.accounts.models import User
from webapp.accounts.roles import Permission
from webapp.api.door import MAX_PER_PAGE, PER_PAGE, api, paged, person
from webapp.api.schemas import (
    BatchOut,
    Health,
    ItemOut,
    ItemRow,
    Page,
    ReleaseOut,
    ReleaseRow,
    SlideOut,
    SlideRow,
)
from webapp.generation import queries as generation
from webapp.items import queries as items
from webapp.items.lint import lint
from webapp.items.mcq import Dimension
from webapp.items.models import Item
from webapp.items.states import ItemState
from webapp.releases import queries as releases
from webapp.releases.models import Release
from webapp.releases.states import ReleaseState
from webapp.slides import queries as slides
from webapp.slides.models import Roi, Slide

PageNumber = Annotated[int, Query(1, ge=1)]
PerPage = Annotated[int, Query(PER_PAGE, ge=1, le=MAX_PER_PAGE)]


@api.get("/health", response=Health, auth=None)
def health(request: HttpRequest) -> dict[str, str]:
    """Whether the web process answers."""
    return {"status": "ok"}


@api.get("/slides", response=Page[SlideRow])
def list_slides(
    request: HttpRequest, page: PageNumber, per_page: PerPage, q: str = "", organ: str = ""
) -> dict[str, Any]:
    user = _slide_reader(request)
    part = paged(slides.filtered_slides(user, q=q, organ=organ), page, per_page)
    return {**part, "results": [_slide_row(slide, user) for slide in part["rows"]]}


@api.get("/slides/{int:slide_id}", response=SlideOut)
def show_slide(request: HttpRequest, slide_id: int) -> dict[str, Any]:
    """A slide with its triplets; texts about them only for people who do not review."""
    user = _slide_reader(request)
    slide = slides.slide_to_show(slide_id)
    shown = slides.triplets_to_show(slide, user)
    texts = slides.may_see_texts(user)
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


@api.get("/items", response=Page[ItemRow])
def list_items(
    request: HttpRequest,
    page: PageNumber,
    per_page: PerPage,
    state: ItemState | None = None,
    dimension: Dimension | None = None,
    origin: Item.Origin | None = None,
    q: str = "",
) -> dict[str, Any]:
    """Newest first; keys are with the single item."""
    person(request, Permission.SEE_KEYS)
    found = items.filtered_items(
        state=state or "", dimension=dimension or "", origin=origin or "", q=q
    )
    part = paged(found, page, per_page)
    return {**part, "results": [_item_row(item, str(item.stem)) for item in part["rows"]]}


@api.get("/items/{int:item_id}", response=ItemOut)
def show_item(request: HttpRequest, item_id: int) -> dict[str, Any]:
    """An item at its newest revision, with its key."""
    item = items.item_to_show(item_id, person(request, Permission.SEE_KEYS))
    revision = item.current
    revision.item = item
    mcq = revision.mcq()
    return {
        **_item_row(item, revision.stem),
        "revision": revision.number,
        "options": revision.options,
        "key": revision.key,
        "rationale": revision.rationale,
        "scales": sorted(mcq.scales),
        "findings": [vars(finding) for finding in lint(mcq)],
    }


@api.get("/batches/{int:batch_id}", response=BatchOut)
def show_batch(request: HttpRequest, batch_id: int) -> dict[str, Any]:
    """How far a batch is."""
    person(request, Permission.SEE_KEYS)
    batch = generation.batch_to_show(batch_id)
    progress = generation.progress_of(batch)
    own = {"id": batch.pk, "name": batch.name, "state": batch.state, "error": batch.error}
    return {**own, **vars(progress), "done": progress.done}


@api.get("/releases", response=Page[ReleaseRow])
def list_releases(request: HttpRequest, page: PageNumber, per_page: PerPage) -> dict[str, Any]:
    """Newest first."""
    person(request, Permission.SEE_KEYS)
    part = paged(releases.releases_newest_first(), page, per_page)
    return {**part, "results": [_release_row(release) for release in part["rows"]]}


@api.get("/releases/{int:number}", response=ReleaseOut)
def show_release(request: HttpRequest, number: int) -> dict[str, Any]:
    """A release by its number, with its policy and its audit."""
    person(request, Permission.SEE_KEYS)
    release = releases.release_numbered(number)
    ready = release.state == ReleaseState.READY
    return {
        **_release_row(release),
        "notes": release.notes,
        "policy": release.policy,
        "audit": release.audit,
        "download": reverse("releases:download", args=[number]) if ready else None,
    }


def _slide_reader(request: HttpRequest) -> User:
    user = person(request)
    slides.require_slide_viewer(user)
    return user


def _slide_row(slide: Slide, user: User) -> dict[str, Any]:
    fields = ("name", "organ", "stain", "width", "height", "mpp", "objective_power", "vendor")
    return {
        **{name: getattr(slide, name) for name in fields},
        "id": slide.pk,
        "patient": slide.patient.key if slides.may_see_texts(user) else None,
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


def _item_row(item: Item, stem: str) -> dict[str, Any]:
    return {
        "id": item.pk,
        "state": item.state,
        "dimension": item.dimension,
        "origin": item.origin,
        "slide": item.triplet.slide.name,
        "path_id": item.triplet.path_id,
        "stem": stem,
    }


def _release_row(release: Release) -> dict[str, Any]:
    fields = (
        "number",
        "name",
        "state",
        "done",
        "total",
        "error",
        "manifest_sha256",
        "created_at",
        "built_at",
    )
    return {
        **{name: getattr(release, name) for name in fields},
        "items": release.policy["items"],
    }
