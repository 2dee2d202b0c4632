"""Writing what became of a batch's slots, many at a time: the worker commits in groups."""

from collections.abc import Iterable, Mapping, Sequence

from django.db import connection, transaction
from django.db.models import F

from webapp.accounts.models import User
from webapp.core.copying import copy_rows
from webapp.core.states import advance_all
from webapp.generation.actions.constraints import Taught, learn_constraints
from webapp.generation.actions.screening import screening_row
from webapp.generation.made import Made
from webapp.generation.models import Screening, Slot
from webapp.generation.states import SLOT_MOVES, SlotState
from webapp.items.actions import NewItem, Written, create_items
from webapp.items.models import Item
from webapp.items.states import ItemState


@transaction.atomic
def fill_slots(made: Mapping[int, Made], *, by: User) -> list[Item]:
    """The items of these slots (by slot id) with all their rounds; slots filled already stay.

    One transaction under the slots' locks: a worker killed at any point leaves all of it or
    nothing, and of two workers only one makes an item.
    """
    slots = _open_slots(made)
    items = create_items([_new_item(slot, made[slot.pk]) for slot in slots], by=by)
    rounds = [
        (item, revision, one)
        for slot, item in zip(slots, items, strict=True)
        for revision, one in zip(item.made_revisions, made[slot.pk].rounds, strict=True)
    ]
    screenings = (
        screening_row(revision, record) for _, revision, one in rounds for record in one.screenings
    )
    copy_rows(Screening, screenings)
    taught = [Taught(revision, lesson) for _, revision, one in rounds for lesson in one.learned]
    learn_constraints(taught, by=by)
    _tie(slots, items)
    for state, leaky in ((SlotState.LEAKY, True), (SlotState.READY, False)):
        ended = [slot for slot in slots if made[slot.pk].leaky is leaky]
        advance_all(ended, state, moves=SLOT_MOVES, by=by)
    return items


@transaction.atomic
def fail_slots(sentences: Mapping[int, str], *, by: User) -> None:
    """These items (by slot id) could not be made; each sentence says why."""
    slots = _open_slots(sentences)
    for sentence in sorted({sentences[slot.pk] for slot in slots}):
        failed = [slot for slot in slots if sentences[slot.pk] == sentence]
        Slot.objects.filter(pk__in=[slot.pk for slot in failed]).update(
            error=sentence, attempts=F("attempts") + 1
        )
        advance_all(failed, SlotState.FAILED, moves=SLOT_MOVES, by=by, reason=sentence)


def _open_slots(ids: Iterable[int]) -> list[Slot]:
    """Locked in one order, so that no two workers wait for each other."""
    slots = Slot.objects.select_for_update(of=("self",)).select_related("triplet")
    return list(slots.filter(pk__in=list(ids), state=SlotState.PLANNED).order_by("pk"))


def _new_item(slot: Slot, made: Made) -> NewItem:
    """Each round is screened; one that leaks is written anew, up to the last."""
    place = {"batch": slot.batch_id, "slot": slot.number}
    states = [ItemState.DRAFT]
    for one in made.rounds:
        states += [ItemState.SCREENING, ItemState.LEAKY if one.leaks else ItemState.READY]
    return NewItem(
        triplet=slot.triplet,
        texts=[
            Written(one.mcq, {**one.provenance, **place, "round": number})
            for number, one in enumerate(made.rounds, start=1)
        ],
        states=states,
        twin_group=slot.twin_group,
    )


def _tie(slots: Sequence[Slot], items: Sequence[Item]) -> None:
    """One statement for all; an UPDATE for each would take most of the time of a group."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE generation_slot AS slot SET item_id = tied.item_id "
            "FROM unnest(%s::bigint[], %s::bigint[]) AS tied(slot_id, item_id) "
            "WHERE slot.id = tied.slot_id",
            [[slot.pk for slot in slots], [item.pk for item in items]],
        )
    for slot, item in zip(slots, items, strict=True):
        slot.item = item
