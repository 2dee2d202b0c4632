"""Making the items of a batch: many slots at work at once, each through its rounds."""

import asyncio
from dataclasses import replace
from typing import Any

from webapp.generation.planned import PlanError, PlannedItem
from workers.batch.desk import Desk
from workers.batch.run import Failed, Filled, NextSlots, OpenSlot, Pause, Run
from workers.batch.stops import BudgetSpent, Stopped
from workers.llm.errors import LlmError, ProviderDown
from workers.pipeline.rounds import NotMade, Recipe, make

OPEN_SLOTS = 256
"""Slots at work at once: enough to keep every provider busy though each asks one after the other,
and few enough that a batch of any size takes the same memory."""


async def make_items(run: Run, recipe: Recipe, desk: Desk, ledger: Any) -> None:
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


async def _make_item(run: Run, recipe: Recipe, slot: OpenSlot, desk: Desk, ledger: Any) -> None:
    if run.stopped:
        return
    asker = None if ledger is None else ledger.asker(slot.number)
    try:
        planned = PlannedItem.from_json(slot.plan)
        facts = run.facts.of(slot.triplet_id)
        if facts is None:
            raise NotMade("The triplet has no captions any more; launch a new batch.")
        made = await make(planned, facts, replace(recipe, asking_from=slot.attempts), asker)
    except (PlanError, NotMade) as error:
        await desk.ask(Failed(slot.id, str(error)))
    except Stopped:
        return
    except BudgetSpent:
        run.stop(out_of_money(run))
    except LlmError as error:
        run.stop(Pause(error.message, again=isinstance(error, ProviderDown)))
    else:
        await desk.ask(Filled(slot.id, made))


def out_of_money(run: Run) -> Pause:
    return Pause(
        f"The budget of ${run.batch.budget_usd:,.2f} does not hold the next call. "
        "Raise it and resume; what is made stays."
    )
