"""Writing items: the only code that makes items and revisions or moves their states."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.db import transaction

from training.contract.text import text_fault
from webapp.accounts.access import require
from webapp.accounts.models import User
from webapp.accounts.roles import Permission
from webapp.core.copying import copy_rows, new_keys
from webapp.core.errors import BadInput, Conflict
from webapp.core.events import Write, record_event, record_events
from webapp.core.queue import Job, enqueue
from webapp.core.states import Path, advance, log_paths
from webapp.items.likeness import bands, shingles
from webapp.items.mcq import Mcq, McqError, validate
from webapp.items.models import Item, Revision
from webapp.items.states import ITEM_MOVES, ItemState
from webapp.slides.models import Triplet

MAX_REASON_CHARS = 500


@transaction.atomic
def create_item(
    triplet: Triplet,
    mcq: Mcq,
    *,
    origin: Item.Origin,
    provenance: dict[str, Any],
    by: User,
    source_key: str | None = None,
    twin_group: str = "",
) -> Item:
    """A draft item with its first revision."""
    require(by, Permission.EDIT_ITEMS)
    item = Item.objects.create(
        triplet=triplet,
        dimension=mcq.dimension.value,
        origin=origin,
        source_key=source_key,
        twin_group=twin_group,
        created_by=by,
    )
    revision = _write_revision(item, mcq, number=1, parent=None, provenance=provenance, by=by)
    record_event("create_item", item, by=by, after=_text_of(revision))
    return item


@dataclass(frozen=True)
class Written:
    """One text of a new item, with what made it (plain JSON)."""

    mcq: Mcq
    provenance: dict[str, Any]


@dataclass(frozen=True)
class NewItem:
    """An item with its whole way so far: its texts in order, and the states it went through."""

    triplet: Triplet
    texts: Sequence[Written]
    states: Sequence[ItemState]
    twin_group: str = ""


@transaction.atomic
def create_items(new: Sequence[NewItem], *, by: User) -> list[Item]:
    """Generated items in a few statements, with the log that one by one would have written.

    Each item comes back with its revisions in `made_revisions`, in order.
    """
    require(by, Permission.EDIT_ITEMS)
    for one in new:
        for text in one.texts:
            _require_valid(text.mcq)
    items = [
        Item(
            pk=key,
            triplet=one.triplet,
            dimension=one.texts[-1].mcq.dimension.value,
            origin=Item.Origin.GENERATED,
            state=one.states[-1],
            twin_group=one.twin_group,
            created_by=by,
        )
        for key, one in zip(new_keys(Item, len(new)), new, strict=True)
    ]
    copy_rows(Item, items, with_keys=True)
    keys = iter(new_keys(Revision, sum(len(one.texts) for one in new)))
    for item, one in zip(items, new, strict=True):
        item.made_revisions = _revisions(item, one.texts, keys, by=by)
    copy_rows(Revision, (row for item in items for row in item.made_revisions), with_keys=True)
    paths = [Path(item, one.states) for item, one in zip(items, new, strict=True)]
    log_paths(paths, moves=ITEM_MOVES, by=by)
    record_events([write for item in items for write in _writes(item)], by=by)
    return items


def _revisions(
    item: Item, texts: Sequence[Written], keys: Iterator[int], *, by: User
) -> list[Revision]:
    """One for each text, each naming the one before as its parent."""
    made: list[Revision] = []
    for number, text in enumerate(texts, start=1):
        parent = made[-1] if made else None
        made.append(
            Revision(
                pk=next(keys),
                item=item,
                number=number,
                parent=parent,
                author=by,
                provenance=text.provenance,
                **_columns(text.mcq),
            )
        )
    return made


def _writes(item: Item) -> Iterator[Write]:
    yield Write("create_item", item, after=_text_of(item.made_revisions[0]))
    for before, after in pairwise(item.made_revisions):
        yield Write("revise_item", item, before=_text_of(before), after=_text_of(after))


@transaction.atomic
def revise_item(item: Item, mcq: Mcq, *, parent_number: int, by: User) -> Revision:
    """A new revision of the item, sent to be screened again.

    Raises:
        Conflict: the item has a newer revision than the one that was edited.
        BadInput: the question is malformed or says what the parent says; the field is named.
    """
    require(by, Permission.EDIT_ITEMS)
    item = Item.objects.select_for_update().get(pk=item.pk)
    parent = item.current
    if parent.number != parent_number:
        raise Conflict(
            f"Item {item.pk} is at revision {parent.number} and you edited revision "
            f"{parent_number}; reload it and edit again."
        )
    if _text_of(parent) == _text_as_json(mcq):
        raise BadInput("Nothing was changed; edit the stem, an option, the key or the rationale.")
    advance_item(item, ItemState.SCREENING, by=by, reason="revised")
    provenance = {"generator": "person", "revised_from": parent.number}
    revision = _write_revision(
        item, mcq, number=parent.number + 1, parent=parent, provenance=provenance, by=by
    )
    record_event("revise_item", item, by=by, before=_text_of(parent), after=_text_of(revision))
    enqueue(Job.SCREEN_ITEM, item.pk)
    return revision


@transaction.atomic
def retire_item(item: Item, *, reason: str, by: User) -> None:
    """Take an item out of use for good; its history stays."""
    require(by, Permission.EDIT_ITEMS)
    reason = usable_reason(reason)
    was = item.state
    advance_item(item, ItemState.RETIRED, by=by, reason=reason)
    record_event("retire_item", item, by=by, before={"state": was}, after={"reason": reason})


def usable_reason(reason: str) -> str:
    """Raises BadInput: it is empty, too long or no text."""
    reason = reason.strip()
    fault = "is empty; write it" if not reason else text_fault(reason, limit=MAX_REASON_CHARS)
    if fault is not None:
        raise BadInput(f"The reason {fault}.")
    return reason


def advance_item(item: Item, to: ItemState, *, by: User, reason: str = "") -> None:
    """Move the item on; other apps' actions call this inside their own transaction."""
    advance(item, to, moves=ITEM_MOVES, by=by, reason=reason)


def _write_revision(
    item: Item,
    mcq: Mcq,
    *,
    number: int,
    parent: Revision | None,
    provenance: dict[str, Any],
    by: User,
) -> Revision:
    _require_valid(mcq)
    return Revision.objects.create(
        item=item,
        number=number,
        parent=parent,
        author=by,
        provenance=provenance,
        **_columns(mcq),
    )


def _require_valid(mcq: Mcq) -> None:
    try:
        validate(mcq)
    except McqError as error:
        raise BadInput(str(error)) from error


def _columns(mcq: Mcq) -> dict[str, Any]:
    return {**_text_as_json(mcq), "bands": bands(shingles(mcq.stem, mcq.texts))}


def _text_as_json(mcq: Mcq) -> dict[str, Any]:
    return {
        "stem": mcq.stem,
        "options": [{"id": option.id, "text": option.text} for option in mcq.options],
        "key": mcq.key,
        "rationale": mcq.rationale,
    }


def _text_of(revision: Revision) -> dict[str, Any]:
    return {name: getattr(revision, name) for name in ("stem", "options", "key", "rationale")}
