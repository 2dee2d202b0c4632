"""Writing batches: launching, cancelling, resuming, and what the worker records as it goes."""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import ROUND_UP, Decimal
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from training.contract.text import text_fault
from webapp.accounts.access import require
from webapp.accounts.models import User
from webapp.accounts.roles import Permission
from webapp.core.errors import BadInput, StaleState
from webapp.core.events import record_event
from webapp.core.queue import Job, enqueue
from webapp.core.states import advance, advance_all
from webapp.generation.actions.calls import settle_lost_calls
from webapp.generation.config import MAX_ORDERS, MAX_ROUNDS, OFFLINE, RULES, BatchConfig
from webapp.generation.models import Batch, Constraint, Slot
from webapp.generation.queries import models_on_offer
from webapp.generation.states import (
    BATCH_MOVES,
    SLOT_MOVES,
    BatchState,
    ConstraintState,
    SlotState,
)
from webapp.items.mcq import Dimension
from webapp.slides.models import Slide

MAX_COUNT = 20_000
MAX_NAME_CHARS = 200
MAX_SEED = 2**53
MAX_BUDGET_USD = Decimal(100_000)
CENT = Decimal("0.01")
SLOTS_AT_ONCE = 500
FIRST_WAIT_S, LONGEST_WAIT_S = 60, 900


@dataclass(frozen=True)
class PlannedSlot:
    number: int
    triplet_id: int
    dimension: str
    plan: dict[str, Any]
    pool: str = Slot.Pool.FIXED
    twin_group: str = ""


@transaction.atomic
def launch_batch(
    config: BatchConfig,
    *,
    by: User,
    name: str = "",
    seed: int | None = None,
    budget_usd: Decimal = Decimal(0),
) -> Batch:
    """A queued batch; the constraints active now go with it.

    Raises:
        BadInput: a field of the config cannot be used, or the budget pays for no call.
    """
    require(by, Permission.LAUNCH_BATCHES)
    check_config(config)
    fault = text_fault(name, limit=MAX_NAME_CHARS)
    if fault is not None:
        raise BadInput(f"The name {fault}.")
    if seed is not None and not 0 <= seed <= MAX_SEED:
        raise BadInput(f"Give a seed from 0 to {MAX_SEED:,}.")
    check_budget(config, budget_usd)
    config = replace(config, constraints=_active_constraints(config))
    batch = Batch.objects.create(
        name=name.strip() or f"Batch of {timezone.now():%Y-%m-%d %H:%M}",
        config=config.as_json(),
        seed=random.SystemRandom().randrange(MAX_SEED) if seed is None else seed,
        budget_usd=budget_usd,
        created_by=by,
    )
    told = {**batch.config, "seed": batch.seed, "budget_usd": str(budget_usd)}
    record_event("launch_batch", batch, by=by, after=told)
    enqueue(Job.RUN_BATCH, batch.pk)
    return batch


def check_config(config: BatchConfig) -> None:
    """Raise BadInput for what no batch can be made of; the field is named."""
    if not config.dimensions:
        raise BadInput("Choose at least one dimension.")
    unknown = sorted(set(config.dimensions) - {one.value for one in Dimension})
    if unknown:
        raise BadInput(f"There is no dimension {unknown[0]!r}; choose from A, B, C, D and E.")
    for field, value, low, high in (
        ("items", config.count, 1, MAX_COUNT),
        ("option orders", config.orders, 1, MAX_ORDERS),
        ("rounds", config.rounds, 1, MAX_ROUNDS),
    ):
        if not low <= value <= high:
            raise BadInput(f"Ask for {low} to {high:,} {field}, not {value:,}.")
    if not 0 <= config.free_share <= 1:
        raise BadInput("The share of free questions is a number from 0 to 1.")
    _require_models(config)
    _require_captions(config.slides)


def _require_models(config: BatchConfig) -> None:
    offers = models_on_offer()
    uses = [("generator", config.generator, OFFLINE), ("decomposer", config.decomposer, RULES)]
    uses += [("adversary", name, "") for name in config.adversaries]
    for use, name, without in uses:
        if name != without and name not in offers:
            raise BadInput(
                f"There is no model {name!r} for the {use}; choose from {', '.join(offers)}."
            )
    if len(set(config.adversaries)) < len(config.adversaries):
        raise BadInput("An adversary is named twice; name each once.")


def check_budget(config: BatchConfig, budget_usd: Decimal) -> None:
    """Raise BadInput for a budget that pays for no call of a batch that makes some."""
    if not Decimal(0) <= budget_usd <= MAX_BUDGET_USD:
        raise BadInput(f"Give a budget from $0 to ${MAX_BUDGET_USD:,}.")
    offers = [models_on_offer()[name] for name in config.models]
    if not budget_usd and any(one.usd_per_mtok_in or one.usd_per_mtok_out for one in offers):
        raise BadInput(
            "A budget of $0 pays for no call. Say what the batch may cost at most, or choose the "
            "offline generator, rules for decomposition, and no model as adversary."
        )


def _active_constraints(config: BatchConfig) -> tuple[int, ...]:
    """The newest version of each constraint in use for these dimensions."""
    active = Constraint.objects.filter(
        dimension__in=config.dimensions, state=ConstraintState.ACTIVE
    ).prefetch_related("versions")
    return tuple(one.current.pk for one in active)


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
    retried = _retry(batch.slots.filter(state=SlotState.FAILED), by=by)
    left = retried or batch.slots.filter(state=SlotState.PLANNED).exists()
    if batch.planned and not left:
        raise BadInput(f"Batch {batch.pk} has nothing left to make.")
    _queue_again(batch, by=by)
    record_event("resume_batch", batch, by=by, after={"retried": retried})


@transaction.atomic
def retry_slots(batch: Batch, cause: str, *, by: User) -> int:
    """Go on, trying again the items that failed for this one cause; how many those are.

    Raises:
        BadInput: none failed for it.
        NotAMove: the batch is at work.
    """
    require(by, Permission.LAUNCH_BATCHES)
    retried = _retry(batch.slots.filter(state=SlotState.FAILED, error=cause), by=by)
    if not retried:
        raise BadInput("No item of this batch failed for that cause any more; reload the page.")
    _queue_again(batch, by=by)
    record_event("retry_slots", batch, by=by, after={"cause": cause, "retried": retried})
    return retried


def _retry(failed: QuerySet[Slot], *, by: User) -> int:
    slots = list(failed.select_for_update().order_by("pk"))
    advance_all(slots, SlotState.PLANNED, moves=SLOT_MOVES, by=by, reason="retried")
    return len(slots)


def _queue_again(batch: Batch, *, by: User) -> None:
    _advance(batch, BatchState.QUEUED, by=by)
    Batch.objects.filter(pk=batch.pk).update(finished_at=None, error="", resume_at=None, pauses=0)
    enqueue(Job.RUN_BATCH, batch.pk)


@transaction.atomic
def set_budget(batch: Batch, budget_usd: Decimal, *, by: User) -> None:
    """Let the batch cost more, or less than it was given: not less than it has paid or may have
    to pay for what is in flight.

    A batch that paused for want of money goes on when it is resumed.
    """
    require(by, Permission.LAUNCH_BATCHES)
    batch = Batch.objects.select_for_update().get(pk=batch.pk)
    bound = batch.spent_usd + batch.reserved_usd
    if not bound <= budget_usd <= MAX_BUDGET_USD:
        least = bound.quantize(CENT, ROUND_UP)
        raise BadInput(
            f"Give a budget from ${least:,}, which is spent or in flight, to ${MAX_BUDGET_USD:,}."
        )
    was = batch.budget_usd
    Batch.objects.filter(pk=batch.pk).update(budget_usd=budget_usd)
    before, after = {"budget_usd": str(was)}, {"budget_usd": str(budget_usd)}
    record_event("set_budget", batch, by=by, before=before, after=after)


@transaction.atomic
def pause_batch(batch: Batch, sentence: str, *, by: User, again: bool = False) -> None:
    """Stop with nothing lost: the sentence says what is to be mended.

    With `again` (a provider is down) the sweep takes it up again later, each time after twice as
    long; otherwise a person resumes it.
    """
    _advance(batch, BatchState.PAUSED, by=by, reason=sentence)
    wait_s = min(FIRST_WAIT_S * 2**batch.pauses, LONGEST_WAIT_S)
    resume_at = timezone.now() + timedelta(seconds=wait_s) if again else None
    pauses = batch.pauses + 1 if again else 0
    Batch.objects.filter(pk=batch.pk).update(error=sentence, resume_at=resume_at, pauses=pauses)
    record_event("pause_batch", batch, by=by, after={"error": sentence})


@transaction.atomic
def wake_batch(batch_id: int, *, by: User) -> None:
    """Take up a batch whose pause is over; nothing happens when somebody did before."""
    batch = Batch.objects.select_for_update().get(pk=batch_id)
    if batch.state != BatchState.PAUSED or batch.resume_at is None:
        return
    _advance(batch, BatchState.QUEUED, by=by, reason="tried again")
    Batch.objects.filter(pk=batch.pk).update(error="", resume_at=None)
    enqueue(Job.RUN_BATCH, batch.pk)


def tell_progress(batch_id: int, stage: str, done: int, total: int) -> None:
    """What the worker is at, for the batch's page; not worth an event."""
    progress = {"stage": stage, "done": done, "total": total}
    Batch.objects.filter(pk=batch_id).update(progress=progress)


@transaction.atomic
def start_batch(batch: Batch, *, by: User) -> None:
    """The worker takes the batch up; one taken up before goes on.

    Raises:
        StaleState: somebody stopped it meanwhile.
    """
    if batch.state == BatchState.QUEUED:
        _advance(batch, BatchState.RUNNING, by=by)
    elif batch.state != BatchState.RUNNING:
        raise StaleState(f"Batch {batch.pk} is {batch.state}; resume it first.")
    Batch.objects.filter(pk=batch.pk, started_at=None).update(started_at=timezone.now())


@transaction.atomic
def write_plan(
    batch: Batch,
    slots: Iterable[PlannedSlot],
    *,
    by: User,
    notes: Callable[[], Sequence[str]] = tuple,
    keep: Callable[[], None] = lambda: None,
) -> None:
    """All slots at once, so that a plan is there or not; one written before stands.

    The slots are drawn and stored in lots, however many there are; `keep` is called between lots,
    and `notes` at the end, when all are drawn.
    """
    won = Batch.objects.filter(pk=batch.pk, planned=False).update(planned=True)
    if not won:
        return
    count, rest = 0, iter(slots)
    while lot := list(islice(rest, SLOTS_AT_ONCE)):
        Slot.objects.bulk_create(Slot(batch=batch, **vars(slot)) for slot in lot)
        count += len(lot)
        keep()
    told = list(notes())
    Batch.objects.filter(pk=batch.pk).update(notes=told)
    record_event("plan_batch", batch, by=by, after={"slots": count, "notes": told})


@transaction.atomic
def finish_batch(batch: Batch, *, by: User) -> None:
    """Every slot has been tried."""
    made = batch.slots.filter(item__isnull=False).count()
    _advance(batch, BatchState.DONE, by=by)
    Batch.objects.filter(pk=batch.pk).update(finished_at=timezone.now())
    record_event("finish_batch", batch, by=by, after={"items": made})


@transaction.atomic
def fail_batch(batch_id: int, sentence: str, *, by: User) -> None:
    """The batch cannot go on; the curator reads why and may resume it. What was in flight counts as
    paid now, for nobody may ever resume it.
    """
    batch = Batch.objects.select_for_update().get(pk=batch_id)
    if batch.state not in (BatchState.QUEUED, BatchState.RUNNING):
        return
    settle_lost_calls(batch_id)
    _advance(batch, BatchState.FAILED, by=by, reason=sentence)
    Batch.objects.filter(pk=batch.pk).update(error=sentence, finished_at=timezone.now())
    record_event("fail_batch", batch, by=by, after={"error": sentence})


def _advance(batch: Batch, to: BatchState, *, by: User, reason: str = "") -> None:
    advance(batch, to, moves=BATCH_MOVES, by=by, reason=reason)
