"""Writing batches: launching, cancelling, resuming, and what the worker records as it goes."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from training.contract.text import text_fault
from webapp.accounts.access import require
from webapp.accounts.models import User
from webapp.accounts.roles import Permission
from webapp.core.errors import BadInput
from webapp.core.events import record_event
from webapp.core.queue import Job, enqueue
from webapp.core.states import advance
from webapp.generation.made import ScreeningRecord
from webapp.generation.models import Batch, FeatureSet, Screening, Slot
from webapp.generation.states import BATCH_MOVES, SLOT_MOVES, BatchState, SlotState
from webapp.items.actions import advance_item, create_item
from webapp.items.lint import Finding
from webapp.items.mcq import Dimension, Mcq
from webapp.items.models import Item, Revision
from webapp.items.states import ItemState
from webapp.slides.models import Roi, Slide

MAX_COUNT = 20_000
MAX_NAME_CHARS = 200
MAX_SEED = 2**53


@dataclass(frozen=True)
class PlannedSlot:
    number: int
    triplet_id: int
    dimension: Dimension
    plan: dict[str, Any]


@transaction.atomic
def launch_batch(
    *,
    name: str,
    dimensions: Sequence[Dimension],
    count: int,
    by: User,
    slide_ids: Sequence[int] = (),
    seed: int | None = None,
) -> Batch:
    """A queued batch of `count` items over the slides (all of them when none is named)."""
    require(by, Permission.LAUNCH_BATCHES)
    if not dimensions:
        raise BadInput("Choose at least one dimension.")
    if not 1 <= count <= MAX_COUNT:
        raise BadInput(f"Ask for 1 to {MAX_COUNT:,} items, not {count:,}.")
    if seed is not None and not 0 <= seed <= MAX_SEED:
        raise BadInput(f"Give a seed from 0 to {MAX_SEED:,}.")
    fault = text_fault(name, limit=MAX_NAME_CHARS)
    if fault is not None:
        raise BadInput(f"The name {fault}.")
    _require_captions(slide_ids)
    batch = Batch.objects.create(
        name=name.strip() or f"Batch of {timezone.now():%Y-%m-%d %H:%M}",
        config={
            "dimensions": [dimension.value for dimension in dimensions],
            "count": count,
            "slides": list(slide_ids),
        },
        seed=random.SystemRandom().randrange(MAX_SEED) if seed is None else seed,
        created_by=by,
    )
    record_event("launch_batch", batch, by=by, after={**batch.config, "seed": batch.seed})
    enqueue(Job.RUN_BATCH, batch.pk)
    return batch


def _require_captions(slide_ids: Sequence[int]) -> None:
    captioned = Slide.objects.filter(pk__in=slide_ids, triplets__rois__caption__gt="")
    lacking = sorted(set(slide_ids) - set(captioned.values_list("pk", flat=True)))
    if lacking:
        raise BadInput(f"There is no slide {lacking[0]} with captions; choose others.")


@transaction.atomic
def cancel_batch(batch: Batch, *, by: User) -> None:
    """Stop after the item at work; what is made stays."""
    require(by, Permission.LAUNCH_BATCHES)
    _advance(batch, BatchState.CANCELLED, by=by)
    Batch.objects.filter(pk=batch.pk).update(finished_at=timezone.now())
    record_event("cancel_batch", batch, by=by)


@transaction.atomic
def resume_batch(batch: Batch, *, by: User) -> None:
    """Go on with the items not made yet; failed ones are tried again."""
    require(by, Permission.LAUNCH_BATCHES)
    failed = list(batch.slots.select_for_update().filter(state=SlotState.FAILED))
    unplanned = batch.planned and not failed
    if unplanned and not batch.slots.filter(state=SlotState.PLANNED).exists():
        raise BadInput(f"Batch {batch.pk} has nothing left to make.")
    for slot in failed:
        advance(slot, SlotState.PLANNED, moves=SLOT_MOVES, by=by, reason="retried")
    _advance(batch, BatchState.QUEUED, by=by)
    Batch.objects.filter(pk=batch.pk).update(finished_at=None, error="")
    record_event("resume_batch", batch, by=by, after={"retried": len(failed)})
    enqueue(Job.RUN_BATCH, batch.pk)


@transaction.atomic
def start_batch(batch: Batch, *, by: User) -> None:
    """The worker takes the batch up; one taken up before goes on."""
    if batch.state == BatchState.QUEUED:
        _advance(batch, BatchState.RUNNING, by=by)
    Batch.objects.filter(pk=batch.pk, started_at=None).update(started_at=timezone.now())


@transaction.atomic
def write_plan(
    batch: Batch, slots: Sequence[PlannedSlot], *, notes: Sequence[str], by: User
) -> None:
    """All slots at once, so that a plan is there or not; one written before stands."""
    won = Batch.objects.filter(pk=batch.pk, planned=False).update(planned=True, notes=list(notes))
    if not won:
        return
    Slot.objects.bulk_create(
        Slot(
            batch=batch,
            number=slot.number,
            triplet_id=slot.triplet_id,
            dimension=slot.dimension.value,
            plan=slot.plan,
        )
        for slot in slots
    )
    record_event("plan_batch", batch, by=by, after={"slots": len(slots), "notes": list(notes)})


@transaction.atomic
def fill_slot(
    slot_id: int,
    mcq: Mcq,
    *,
    provenance: dict[str, Any],
    screenings: Sequence[ScreeningRecord],
    by: User,
) -> Item | None:
    """The slot's item with its screenings, or None when the slot was filled already.

    One transaction under the slot's lock: a worker killed at any point leaves all of it or
    nothing, and of two workers only one makes the item.
    """
    slot = Slot.objects.select_for_update().select_related("triplet").get(pk=slot_id)
    if slot.state != SlotState.PLANNED:
        return None
    item = create_item(
        slot.triplet, mcq, origin=Item.Origin.GENERATED, provenance=provenance, by=by
    )
    advance_item(item, ItemState.SCREENING, by=by)
    leaky = write_screenings(item.current, screenings)
    advance_item(item, ItemState.LEAKY if leaky else ItemState.READY, by=by)
    Slot.objects.filter(pk=slot.pk).update(item=item)
    advance(slot, SlotState.LEAKY if leaky else SlotState.READY, moves=SLOT_MOVES, by=by)
    return item


@transaction.atomic
def fail_slot(slot_id: int, sentence: str, *, by: User) -> None:
    """This item could not be made; the sentence says why."""
    slot = Slot.objects.select_for_update().get(pk=slot_id)
    if slot.state != SlotState.PLANNED:
        return
    Slot.objects.filter(pk=slot.pk).update(error=sentence, attempts=slot.attempts + 1)
    advance(slot, SlotState.FAILED, moves=SLOT_MOVES, by=by, reason=sentence)


@transaction.atomic
def finish_batch(batch: Batch, *, by: User) -> None:
    """Every slot has been tried."""
    made = batch.slots.filter(item__isnull=False).count()
    _advance(batch, BatchState.DONE, by=by)
    Batch.objects.filter(pk=batch.pk).update(finished_at=timezone.now())
    record_event("finish_batch", batch, by=by, after={"items": made})


@transaction.atomic
def fail_batch(batch_id: int, sentence: str, *, by: User) -> None:
    """The batch cannot go on; the curator reads why and may resume it."""
    batch = Batch.objects.select_for_update().get(pk=batch_id)
    if batch.state not in (BatchState.QUEUED, BatchState.RUNNING):
        return
    _advance(batch, BatchState.FAILED, by=by, reason=sentence)
    Batch.objects.filter(pk=batch.pk).update(error=sentence, finished_at=timezone.now())
    record_event("fail_batch", batch, by=by, after={"error": sentence})


@transaction.atomic
def record_screening(
    item: Item,
    revision: Revision,
    screenings: Sequence[ScreeningRecord],
    *,
    broken: Sequence[Finding],
    by: User,
) -> None:
    """What the adversaries made of an imported or revised item, and where it goes.

    An imported question is for people to judge whatever the adversaries say; the others are held
    back when they leak. A question that breaks a lint rule returns to its author.
    """
    item = Item.objects.select_for_update().get(pk=item.pk)
    if item.state != ItemState.SCREENING or item.current.pk != revision.pk:
        return
    leaky = write_screenings(revision, screenings)
    imported = item.origin == Item.Origin.PUBLISHED and revision.number == 1
    if broken:
        advance_item(item, ItemState.NEEDS_REVISION, by=by, reason=broken[0].message)
    elif leaky and not imported:
        advance_item(item, ItemState.LEAKY, by=by)
    else:
        advance_item(item, ItemState.READY, by=by)


@transaction.atomic
def fail_screening(item_id: int, sentence: str, *, by: User) -> None:
    """The item could not be screened: a curator reads why, and nothing tries for ever."""
    item = Item.objects.select_for_update().get(pk=item_id)
    if item.state == ItemState.SCREENING:
        advance_item(item, ItemState.NEEDS_REVISION, by=by, reason=sentence)


def write_screenings(revision: Revision, screenings: Sequence[ScreeningRecord]) -> bool:
    """Store each adversary's attempt once; whether any leaks."""
    Screening.objects.bulk_create(
        (_screening(revision, record) for record in screenings),
        ignore_conflicts=True,
    )
    return any(record.leaks for record in screenings)


def _screening(revision: Revision, record: ScreeningRecord) -> Screening:
    return Screening(revision=revision, **{**vars(record), "calls": list(record.calls)})


def write_features(
    roi: Roi, *, extractor: str, caption_sha256: str, features: Sequence[str]
) -> None:
    FeatureSet.objects.get_or_create(
        roi=roi,
        extractor=extractor,
        caption_sha256=caption_sha256,
        defaults={"features": list(features)},
    )


def _advance(batch: Batch, to: BatchState, *, by: User, reason: str = "") -> None:
    advance(batch, to, moves=BATCH_MOVES, by=by, reason=reason)
