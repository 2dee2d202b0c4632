"""A batch from launch to end, each part taken up where the last run left it."""

from collections import Counter
from functools import partial

from webapp.core.claims import Claim
from webapp.generation import queries
from webapp.generation.actions import batches, calls
from webapp.generation.actions.batches import PlannedSlot
from webapp.generation.actions.screening import ReadCaption, write_features
from webapp.generation.catalog import TripletFacts
from webapp.generation.config import OFFLINE, RULES
from webapp.generation.models import Batch
from webapp.generation.plan import plan_items
from webapp.generation.planned import PlannedItem
from workers.batch.facts import read_by_rules
from workers.batch.making import make_items
from workers.batch.probing import probe_of, train_probe
from workers.batch.reading import read_captions, unread
from workers.batch.run import Run, guarded
from workers.pipeline.decompose import model_extractor
from workers.pipeline.rounds import Recipe


def run_through(batch: Batch, claim: Claim) -> None:
    """Read, plan and make what is not yet; then the batch is done, or paused with its reason.

    Raises:
        PlanError: no plan can be made; the message says why.
        ClaimLost, StaleState: it is another worker's now, or somebody stopped it.
    """
    run = Run(batch, claim)
    batches.start_batch(batch, by=run.by)
    calls.settle_lost_calls(batch.pk)
    notes = () if batch.planned else _read(run)
    if not run.stopped and not batch.planned:
        plan_batch(run, (*notes, *train_probe(run)))
    if not run.stopped:
        recipe = Recipe(
            config=run.config,
            constraints=queries.constraint_texts(batch),
            probe=probe_of(run),
        )
        run.tell("make", 0, 0)
        with guarded(run):
            run.serve(partial(make_items, run, recipe))
    _end(run)


def _end(run: Run) -> None:
    if run.pause is not None:
        pause = run.pause
        batches.pause_batch(run.batch, pause.sentence, again=pause.again, by=run.by)
    elif not run.stopped:
        batches.finish_batch(run.batch, by=run.by)


def _read(run: Run) -> tuple[str, ...]:
    """The captions by the model that the batch names; notes on what it gave nothing for."""
    if run.config.decomposer == RULES:
        return ()
    extractor = model_extractor(run.config.decomposer)
    triplets = [unread(triplet, extractor) for triplet in queries.triplets_for(run.batch)]
    triplets = [one for one in triplets if one.captions]
    tell = partial(run.tell, "decompose", total=len(triplets))
    silent = Counter[str]()
    with guarded(run):
        silent = run.serve(partial(read_captions, run, triplets, extractor, tell))
    return tuple(
        f"{count} captions were read by rule alone, for {run.config.decomposer} {cause}."
        for cause, count in sorted(silent.items())
    )


def plan_batch(run: Run, notes: tuple[str, ...] = ()) -> None:
    """Write the plan of a batch that has none."""
    run.tell("plan", 0, run.config.count)
    run.beat()
    facts: dict[int, TripletFacts] = {}
    read: list[ReadCaption] = []
    for triplet in queries.triplets_for(run.batch):
        facts[triplet.pk] = run.facts.add(triplet)
        read += read_by_rules(triplet, facts[triplet.pk])
        run.beat()
    write_features(read)
    ids = {known.uid: pk for pk, known in facts.items()}
    planning = plan_items(
        list(facts.values()),
        dimensions=run.config.dimensions,
        count=run.config.count,
        seed=run.batch.seed,
        scheme=run.config.scheme,
        tied=queries.tied_patients(),
        free_share=0.0 if run.config.generator == OFFLINE else run.config.free_share,
    )
    batches.write_plan(
        run.batch,
        (_slot(item, ids[item.triplet]) for item in planning),
        notes=lambda: (*notes, *planning.notes),
        keep=run.beat,
        by=run.by,
    )


def _slot(item: PlannedItem, triplet_id: int) -> PlannedSlot:
    return PlannedSlot(
        number=item.number,
        triplet_id=triplet_id,
        dimension=item.dimension,
        plan=item.as_json(),
        pool=item.pool,
        twin_group=item.twin_group,
    )
