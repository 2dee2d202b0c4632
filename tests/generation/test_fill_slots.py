"""A slot gets its item, its screenings and its states in one transaction, once."""

import threading
from collections.abc import Callable
from itertools import count

import pytest
from django.db import connection

from tests.factories import make_mcq, make_triplet
from webapp.accounts.models import User
from webapp.accounts.queries import system_user
from webapp.core.errors import BadInput
from webapp.core.models import Event, Move
from webapp.generation.actions.batches import PlannedSlot, write_plan
from webapp.generation.actions.slots import fail_slots, fill_slots
from webapp.generation.made import Made, Round, ScreeningRecord
from webapp.generation.models import Batch, Screening, Slot
from webapp.generation.states import SlotState
from webapp.items.mcq import Dimension, Mcq
from webapp.items.models import Item
from webapp.items.states import ItemState

pytestmark = pytest.mark.django_db

MCQ = make_mcq()


def record(adversary: str = "longest", *, leaks: bool = False) -> ScreeningRecord:
    return ScreeningRecord(
        adversary, "1", MCQ.key, 0.25, 0.1, "because", "leaks" if leaks else "holds"
    )


@pytest.fixture
def slot(cleo: User) -> Slot:
    """A planned slot of a batch that no worker knows of."""
    batch = Batch.objects.create(config={}, seed=1, created_by=cleo)
    planned = PlannedSlot(1, make_triplet().pk, "A", {})
    write_plan(batch, [planned], by=cleo)
    return Slot.objects.get()


def fill(slot: Slot, mcq: Mcq = MCQ, *screenings: ScreeningRecord, by: User) -> Item | None:
    made = Made((Round(mcq, {}, screenings or (record(),)),))
    return next(iter(fill_slots({slot.pk: made}, by=by)), None)


@pytest.mark.parametrize(("leaks", "state"), [(False, "ready"), (True, "leaky")])
def test_the_screenings_decide_where_it_goes(
    slot: Slot, cleo: User, leaks: bool, state: str
) -> None:
    item = fill(slot, MCQ, record("a"), record("b", leaks=leaks), by=cleo)
    slot.refresh_from_db()
    assert item is not None
    assert (slot.item, slot.state) == (item, state)
    assert Item.objects.get().state == state
    assert Screening.objects.count() == 2
    moves = Move.objects.filter(object_type="items.item").values_list("to_state", flat=True)
    assert sorted(moves) == sorted(["screening", state])


def test_a_filled_slot_stays_as_it_is(slot: Slot, cleo: User) -> None:
    fill(slot, by=cleo)
    assert fill(slot, by=cleo) is None
    fail_slots({slot.pk: "Too late."}, by=cleo)
    slot.refresh_from_db()
    assert (slot.state, slot.error) == (SlotState.READY, "")
    assert Item.objects.count() == 1


def test_a_malformed_question_leaves_nothing(slot: Slot, cleo: User) -> None:
    broken = Mcq(Dimension.A, "", MCQ.options, MCQ.key)
    with pytest.raises(BadInput):
        fill(slot, broken, by=cleo)
    assert not Item.objects.exists()
    slot.refresh_from_db()
    assert slot.state == SlotState.PLANNED


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_one_makes_the_item(slot: Slot) -> None:
    by = system_user()
    together = threading.Barrier(2)
    made: list[Item | None] = []

    def work() -> None:
        try:
            together.wait()
            made.append(fill(slot, by=by))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert len(made) == 2
    assert made.count(None) == 1
    assert Item.objects.count() == 1
    assert Screening.objects.count() == 1


class Killed(BaseException):
    """Stands for SIGKILL, which no handler stops."""


def dying_before(statement: int) -> Callable[..., object]:
    """An execute wrapper that lets so many statements through and dies at the next."""
    left = iter(range(statement))

    def wrapper(execute: Callable[..., object], *arguments: object) -> object:
        if next(left, None) is None:
            raise Killed
        return execute(*arguments)

    return wrapper


@pytest.mark.django_db(transaction=True)
def test_a_kill_before_any_statement_leaves_nothing(slot: Slot, cleo: User) -> None:
    for statement in count():
        try:
            with connection.execute_wrapper(dying_before(statement)):
                fill(slot, by=cleo)
            break
        except Killed:
            assert not Item.objects.exists()
            assert not Move.objects.filter(object_type="items.item").exists()
            assert not Event.objects.filter(verb="create_item").exists()
            assert Slot.objects.get().state == SlotState.PLANNED
    assert statement > 10
    assert Item.objects.get().state == ItemState.READY
    assert Event.objects.filter(verb="create_item").count() == 1
