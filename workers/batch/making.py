"""Making the items of a batch: many slots at work at once, each through its rounds."""

import asyncio
from dataclasses import replace

from webapp.generation.made import Made
from webapp.generation.planned import PlanError, PlannedItem
from workers.batch.desk import Desk
from workers.batch.ledger import Ledger
from workers.batch.run import Failed, Filled, NextSlots, OpenSlot, Run, guarded
from workers.llm.types import Asker
from workers.pipeline.rounds import NotMade, Recipe, make

OPEN_SLOTS = 256
"""Slots at work at once: enough to keep every provider busy though each asks one after the other,
and few enough that a batch of any size takes the same memory."""


async def make_items(run: Run, recipe: Recipe, desk: Desk, ledger: Ledger | None) -> None:
    """Until no slot is left, or the run is stopped."""
    room = asyncio.Semaphore(OPEN_SLOTS)
    async with asyncio.TaskGroup() as group:
        after = 0
        while not run.stopped and (page := await desk.ask(NextSlots(after))):
            for slot in page:
                await room.acquire()
                task = group.create_task(_make_item(run, recipe, slot, desk, ledger))
                task.add_done_callback(lambda _task: room.release())
            after = page[-1].number


async def _make_item(
    run: Run, recipe: Recipe, slot: OpenSlot, desk: Desk, ledger: Ledger | None
) -> None:
    if run.stopped:
        return
    asker = None if ledger is None else ledger.asker(slot.number)
    with guarded(run):
        try:
            made = await _made(run, recipe, slot, asker)
        except (PlanError, NotMade) as error:
            await desk.ask(Failed(slot.id, str(error)), patient=True)
        else:
            await desk.ask(Filled(slot.id, made), patient=True)


async def _made(run: Run, recipe: Recipe, slot: OpenSlot, asker: Asker | None) -> Made:
    planned = PlannedItem.from_json(slot.plan)
    facts = run.facts.of(slot.triplet_id)
    if facts is None:
        raise NotMade("The triplet has no captions any more; launch a new batch.")
    return await make(planned, facts, replace(recipe, asking_from=slot.attempts), asker)
