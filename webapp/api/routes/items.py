from typing import Any

from django.http import HttpRequest

from webapp.accounts.roles import Permission
from webapp.api.door import api, paged, person
from webapp.api.paging import PageNumber, PerPage
from webapp.api.schemas.common import Page
from webapp.api.schemas.items import ItemOut, ItemRow, ReasonIn, StateOut, StoryOut
from webapp.core.errors import Conflict
from webapp.generation.queries import story_of
from webapp.generation.queries.plain import call_row, lesson_row, screening_row
from webapp.generation.queries.story import Chapter
from webapp.items import actions, bulk, queries
from webapp.items.lint import lint
from webapp.items.mcq import Dimension
from webapp.items.models import Item
from webapp.items.states import ItemState


@api.get("/items", response=Page[ItemRow], tags=["items"])
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
    found = queries.filtered_items(
        state=state or "", dimension=dimension or "", origin=origin or "", q=q
    )
    part = paged(found, page, per_page)
    return {**part, "results": [_item_row(item, str(item.stem)) for item in part["rows"]]}


@api.get("/items/{int:item_id}", response=ItemOut, tags=["items"])
def show_item(request: HttpRequest, item_id: int) -> dict[str, Any]:
    """An item at its newest revision, with its key."""
    item = queries.item_to_show(item_id, person(request, Permission.SEE_KEYS))
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


@api.get("/items/{int:item_id}/story", response=StoryOut, tags=["items"])
def tell_story(request: HttpRequest, item_id: int) -> dict[str, Any]:
    """Every text of an item with its screenings and lessons, and the calls that they rest on."""
    item = queries.item_to_show(item_id, person(request, Permission.SEE_KEYS))
    story = story_of(item)
    return {
        "item": _item_row(item, item.current.stem),
        "batch": story.slot.batch_id if story.slot else None,
        "slot": story.slot.number if story.slot else None,
        "twin_group": item.twin_group,
        "revisions": [_chapter(one) for one in story.chapters],
        "calls": [call_row(call) for call in story.calls],
    }


@api.post("/items/{int:item_id}/retire", response=StateOut, tags=["items"])
def retire_item(request: HttpRequest, item_id: int, told: ReasonIn) -> dict[str, Any]:
    """Take an item out of use for good; its history stays."""
    by = person(request, Permission.EDIT_ITEMS)
    actions.retire_item(queries.item_to_show(item_id, by), reason=told.reason, by=by)
    return _state(item_id)


@api.post("/items/{int:item_id}/screen", response=StateOut, tags=["items"])
def screen_item(request: HttpRequest, item_id: int) -> dict[str, Any]:
    """Send an item to the adversaries again, with the text it has."""
    by = person(request, Permission.EDIT_ITEMS)
    item = queries.item_to_show(item_id, by)
    _require_done(bulk.screen_items([item.pk], by=by), item_id)
    return _state(item_id)


@api.post("/items/{int:item_id}/send-back", response=StateOut, tags=["items"])
def send_back_item(request: HttpRequest, item_id: int, told: ReasonIn) -> dict[str, Any]:
    """To its author, with a reason; until it is revised nobody reviews it."""
    by = person(request, Permission.EDIT_ITEMS)
    item = queries.item_to_show(item_id, by)
    _require_done(bulk.send_back_items([item.pk], reason=told.reason, by=by), item_id)
    return _state(item_id)


def _require_done(report: bulk.Report, item_id: int) -> None:
    for reason in report.refused:
        raise Conflict(f"Item {item_id} stays as it is. {reason}.")


def _chapter(chapter: Chapter) -> dict[str, Any]:
    revision = chapter.revision
    fields = ("number", "stem", "options", "key", "rationale", "created_at", "provenance")
    return {
        **{name: getattr(revision, name) for name in fields},
        "author": revision.author.username,
        "screenings": [screening_row(one) for one in chapter.screenings],
        "lessons": [lesson_row(one) for one in chapter.lessons],
    }


def _state(item_id: int) -> dict[str, Any]:
    return {"id": item_id, "state": Item.objects.get(pk=item_id).state}


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
