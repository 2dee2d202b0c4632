"""A batch from launch to end, each part taken up where the last run left it."""

from functools import partial

from webapp.core.claims import Claim
from webapp.generation import queries
from webapp.generation.actions import batches, calls
from webapp.generation.actions.batches import PlannedSlot
from webapp.generation.models import Batch
from webapp.generation.plan import make_plan
from webapp.generation.planned import PlannedItem
from workers.batch.facts import keep_features
from workers.batch.making import make_items
from workers.batch.run import Run
from workers.pipeline.rounds import Recipe


def run_through(batch: Batch, claim: Claim) -> None:
    """Plan what is not planned, make what is not made; then the batch is done, or paused.

    Raises:
        PlanError: no plan can be made; the message says why.
        ClaimLost, StaleState: it is another worker's now, or somebody stopped it.
    """
    run = Run(batch, claim)
    batches.start_batch(batch, by=run.by)
    calls.settle_lost_calls(batch.pk)
    if not batch.planned:
        _plan(run)
    run.serve(partial(make_items, run, _recipe(run)))
    if run.pause is not None:
        pause = run.pause
        batches.pause_batch(batch, pause.sentence, again=pause.again, by=run.by)
    elif not run.stopped:
        batches.finish_batch(batch, by=run.by)


def _recipe(run: Run) -> Recipe:
    return Recipe(config=run.config, constraints=queries.constraint_texts(run.batch))


def _plan(run: Run) -> None:
    triplets = list(queries.triplets_for(run.batch))
    facts = {}
    for triplet in triplets:
        facts[triplet.pk] = run.facts.add(triplet)
        keep_features(triplet, facts[triplet.pk])
    ids = {known.uid: pk for pk, known in facts.items()}
    plan = make_plan(
        list(facts.values()),
        dimensions=run.config.dimensions,
        count=run.config.count,
        seed=run.batch.seed,
    )
    planned = (_slot(item, ids[item.triplet]) for item in plan.items)
    batches.write_plan(run.batch, planned, notes=lambda: plan.notes, keep=run.claim.keep, by=run.by)


def _slot(item: PlannedItem, triplet_id: int) -> PlannedSlot:
    return PlannedSlot(
        number=item.number,
        triplet_id=triplet_id,
        dimension=item.dimension,
        plan=item.as_json(),
    )
