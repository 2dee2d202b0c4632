import random
from typing import Any

from django.http import HttpRequest
from ninja import Status

from webapp.accounts.roles import Permission
from webapp.api.door import api, paged, person
from webapp.api.paging import PageNumber, PerPage
from webapp.api.schemas.batches import (
    BatchIn,
    BatchOut,
    BatchRow,
    BudgetChange,
    PreviewIn,
    PreviewOut,
    RetryIn,
    SlotRow,
)
from webapp.api.schemas.common import Page
from webapp.core.errors import BadInput
from webapp.generation import queries
from webapp.generation.actions import batches
from webapp.generation.actions.batches import MAX_SEED
from webapp.generation.dry_run import as_json, dry_run
from webapp.generation.plan import PlanError
from webapp.generation.queries.live import slots_to_show
from webapp.generation.queries.plain import batch_row, batch_whole, slot_row
from webapp.generation.states import BatchState, SlotState
from webapp.items.mcq import Dimension
from webapp.slides.queries import may_see_texts


@api.get("/batches", response=Page[BatchRow], tags=["batches"])
def list_batches(
    request: HttpRequest, page: PageNumber, per_page: PerPage, state: BatchState | None = None
) -> dict[str, Any]:
    """Newest first."""
    person(request, Permission.SEE_KEYS)
    found = queries.filtered_batches(states=[state] if state else ())
    part = paged(found, page, per_page)
    return {**part, "results": [batch_row(batch) for batch in part["rows"]]}


@api.post("/batches", response={201: BatchOut}, tags=["batches"])
def launch_batch(request: HttpRequest, asked: BatchIn) -> Status[Any]:
    """Launch a batch; workers make it. The constraints in use now go with it."""
    batch = batches.launch_batch(
        asked.config.config(),
        name=asked.name,
        seed=asked.seed,
        budget_usd=asked.budget_usd,
        by=person(request, Permission.LAUNCH_BATCHES),
    )
    return Status(201, _now(batch.pk))


@api.post("/batches/preview", response=PreviewOut, tags=["batches"])
def preview_batch(request: HttpRequest, asked: PreviewIn) -> dict[str, Any]:
    """What a launch would begin with; nothing is stored or spent. Keys only for who may see them.

    The answer's seed, given to a launch, plans the same, where no sample was taken.
    """
    by = person(request, Permission.LAUNCH_BATCHES)
    config = asked.config.config()
    batches.check_config(config)
    seed = random.SystemRandom().randrange(MAX_SEED) if asked.seed is None else asked.seed
    try:
        run = dry_run(config, seed=seed, shown=asked.show)
    except PlanError as error:
        raise BadInput(str(error)) from error
    return {"seed": seed, **as_json(run, keys=may_see_texts(by))}


@api.get("/batches/{int:batch_id}", response=BatchOut, tags=["batches"])
def show_batch(request: HttpRequest, batch_id: int) -> dict[str, Any]:
    """How far a batch is, what it spent and on what, and why it stands still."""
    person(request, Permission.SEE_KEYS)
    return _now(batch_id)


@api.get("/batches/{int:batch_id}/slots", response=Page[SlotRow], tags=["batches"])
def list_slots(
    request: HttpRequest,
    batch_id: int,
    page: PageNumber,
    per_page: PerPage,
    state: SlotState | None = None,
    dimension: Dimension | None = None,
) -> dict[str, Any]:
    """The items that the batch is to make, in order, without their plans."""
    person(request, Permission.SEE_KEYS)
    batch = queries.batch_to_show(batch_id)
    found = slots_to_show(batch, state=state or "", dimension=dimension or "")
    part = paged(found, page, per_page)
    return {**part, "results": [slot_row(slot) for slot in part["rows"]]}


@api.post("/batches/{int:batch_id}/cancel", response=BatchOut, tags=["batches"])
def cancel_batch(request: HttpRequest, batch_id: int) -> dict[str, Any]:
    """Stop it after the items at work; what is made stays."""
    by = person(request, Permission.LAUNCH_BATCHES)
    batches.cancel_batch(queries.batch_to_show(batch_id), by=by)
    return _now(batch_id)


@api.post("/batches/{int:batch_id}/resume", response=BatchOut, tags=["batches"])
def resume_batch(request: HttpRequest, batch_id: int) -> dict[str, Any]:
    """Go on with what is not made yet, and try failed slots again."""
    by = person(request, Permission.LAUNCH_BATCHES)
    batches.resume_batch(queries.batch_to_show(batch_id), by=by)
    return _now(batch_id)


@api.post("/batches/{int:batch_id}/retry", response=BatchOut, tags=["batches"])
def retry_slots(request: HttpRequest, batch_id: int, asked: RetryIn) -> dict[str, Any]:
    """Go on, and try again the slots that failed for one cause."""
    by = person(request, Permission.LAUNCH_BATCHES)
    batches.retry_slots(queries.batch_to_show(batch_id), asked.cause, by=by)
    return _now(batch_id)


@api.put("/batches/{int:batch_id}/budget", response=BatchOut, tags=["batches"])
def set_budget(request: HttpRequest, batch_id: int, change: BudgetChange) -> dict[str, Any]:
    """Let it cost more, or less; a batch that paused for want of money goes on when resumed."""
    by = person(request, Permission.LAUNCH_BATCHES)
    batches.set_budget(queries.batch_to_show(batch_id), change.budget_usd, by=by)
    return _now(batch_id)


def _now(batch_id: int) -> dict[str, Any]:
    return batch_whole(queries.batch_to_show(batch_id))
