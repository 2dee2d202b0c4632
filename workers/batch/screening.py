"""Screening one question again, by the adversaries that its batch was launched with."""

from webapp.generation.made import ScreeningRecord
from webapp.generation.models import Batch
from webapp.items.mcq import Mcq
from webapp.items.models import Item
from webapp.items.queries import times_not_screened
from workers.batch.desk import Desk
from workers.batch.ledger import Ledger
from workers.batch.probing import probe_of
from workers.batch.run import Run, guarded
from workers.pipeline.rounds import Recipe, screen_question
from workers.pipeline.screen import screen


class NotScreened(Exception):
    """Why the models could not be asked; a sentence for the curator."""


def screen_again(item: Item, mcq: Mcq) -> tuple[ScreeningRecord, ...]:
    """Every adversary of the item's batch, within that batch's budget; the structural ones alone
    for an item of no batch. A twin that was revised shares its text with nobody any more. A text
    that came back without a verdict is asked about further: its refusals are on record.

    Raises:
        NotScreened: a model could not be asked.
    """
    batch = Batch.objects.filter(slots__item=item).select_related("created_by").first()
    if batch is None:
        return screen(mcq)
    run = Run(batch)
    recipe = Recipe(
        config=run.config, probe=probe_of(run), asking_from=times_not_screened(item.current)
    )
    place, patient = item.slot.number, item.triplet.slide.patient.key
    found: list[ScreeningRecord] = []

    async def work(_desk: Desk, ledger: Ledger | None) -> None:
        asker = None if ledger is None else ledger.asker(place)
        screened = await screen_question(mcq, patient, recipe, asker)
        found.extend(screened.records)

    with guarded(run):
        run.serve(work)
    if run.pause is not None:
        raise NotScreened(run.pause.sentence)
    return tuple(found)
