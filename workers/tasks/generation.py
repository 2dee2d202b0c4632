"""Running a batch: plan it once, then make its items one by one; screening of single items."""

from webapp.accounts.queries import system_user
from webapp.core.claims import Claim, ClaimLost, claimed
from webapp.core.errors import StaleState
from webapp.core.queue import Job, enqueue
from webapp.generation import actions, queries
from webapp.generation.catalog import TripletFacts
from webapp.generation.made import ScreeningRecord
from webapp.generation.models import Batch, Slot
from webapp.generation.plan import PlanError, make_plan
from webapp.generation.planned import PlannedItem
from webapp.generation.states import BatchState
from webapp.items.lint import Finding, lint
from webapp.items.mcq import Dimension, Mcq
from webapp.items.models import Item
from webapp.items.states import ItemState
from workers.pipeline.generate import GenerateError, generate
from workers.pipeline.screen import screen
from workers.task import task
from workers.tasks.facts import facts_of, keep_features, uid_of

UNFINISHED = (BatchState.QUEUED, BatchState.RUNNING)


def _batch_failed(batch_id: int, sentence: str) -> None:
    actions.fail_batch(batch_id, sentence, by=system_user())


@task(Job.RUN_BATCH, on_failure=_batch_failed)
def run_batch(batch_id: int) -> None:
    """Make what the batch still lacks; called again after a kill, it goes on where it was."""
    with claimed(Batch, batch_id, state__in=UNFINISHED) as claim:
        if claim is None:
            return
        _work(batch_id, claim)
    if queries.is_queued(batch_id):  # resumed while it was held, so that its message found nothing
        enqueue(Job.RUN_BATCH, batch_id)


def _work(batch_id: int, claim: Claim) -> None:
    batch = Batch.objects.select_related("created_by").get(pk=batch_id)
    try:
        actions.start_batch(batch, by=batch.created_by)
        if not batch.planned:
            _plan(batch)
        if _make_items(batch, claim):
            actions.finish_batch(batch, by=batch.created_by)
    except PlanError as error:
        actions.fail_batch(batch.pk, str(error), by=batch.created_by)
    except (ClaimLost, StaleState):  # another worker has it, or somebody cancelled
        return


def _plan(batch: Batch) -> None:
    triplets = {uid_of(triplet): triplet for triplet in queries.triplets_for(batch)}
    facts = {uid: facts_of(triplet) for uid, triplet in triplets.items()}
    for uid, known in facts.items():
        keep_features(triplets[uid], known)
    plan = make_plan(
        list(facts.values()),
        dimensions=batch.config["dimensions"],
        count=batch.config["count"],
        seed=batch.seed,
    )
    slots = [
        actions.PlannedSlot(
            number=item.number,
            triplet_id=triplets[item.triplet].pk,
            dimension=Dimension(item.dimension),
            plan=item.as_json(),
        )
        for item in plan.items
    ]
    actions.write_plan(batch, slots, notes=plan.notes, by=batch.created_by)


def _make_items(batch: Batch, claim: Claim) -> bool:
    """Whether every slot was tried; False when somebody cancelled meanwhile."""
    facts = {uid_of(triplet): facts_of(triplet) for triplet in queries.triplets_for(batch)}
    for slot in queries.open_slots(batch).select_related("batch__created_by"):
        claim.keep()
        if not queries.is_running(batch.pk):
            return False
        _make_item(slot, facts)
    return True


def _make_item(slot: Slot, facts: dict[str, TripletFacts]) -> None:
    by = slot.batch.created_by
    try:
        planned = PlannedItem.from_json(slot.plan)
        draft = generate(planned, _facts_for(planned, facts))
    except (PlanError, GenerateError) as error:
        actions.fail_slot(slot.pk, str(error), by=by)
        return
    broken = _errors(draft.mcq)
    if broken:
        actions.fail_slot(slot.pk, f"{broken[0].rule}: {broken[0].message}", by=by)
        return
    actions.fill_slot(
        slot.pk,
        draft.mcq,
        provenance={**draft.provenance, "batch": slot.batch_id, "slot": slot.number},
        screenings=_screenings(draft.mcq),
        by=by,
    )


def _facts_for(planned: PlannedItem, facts: dict[str, TripletFacts]) -> TripletFacts:
    if planned.triplet not in facts:
        raise PlanError(f"{planned.triplet} has no captions any more; launch a new batch.")
    return facts[planned.triplet]


def _errors(mcq: Mcq) -> tuple[Finding, ...]:
    """What makes a question unfit for anybody; imported ones are for people to judge."""
    return tuple(finding for finding in lint(mcq) if finding.severity == "error")


def _screenings(mcq: Mcq) -> list[ScreeningRecord]:
    return list(screen(mcq))


def _screening_failed(item_id: int, sentence: str) -> None:
    actions.fail_screening(item_id, sentence, by=system_user())


@task(Job.SCREEN_ITEM, on_failure=_screening_failed)
def screen_item(item_id: int) -> None:
    """Try the adversaries on an imported or revised item."""
    item = Item.objects.filter(pk=item_id, state=ItemState.SCREENING).first()
    if item is None:
        return
    revision = item.current
    mcq = revision.mcq()
    imported = item.origin == Item.Origin.PUBLISHED and revision.number == 1
    broken = () if imported else _errors(mcq)
    actions.record_screening(item, revision, _screenings(mcq), broken=broken, by=system_user())
