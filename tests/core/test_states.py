"""`advance` is the one way a state changes."""

import threading

import pytest
from django.db import connection

from tests.factories import make_item
from webapp.accounts.queries import system_user
from webapp.core.errors import NotAMove, StaleState
from webapp.core.models import Move
from webapp.core.states import advance
from webapp.generation.states import BATCH_MOVES, SLOT_MOVES
from webapp.items.models import Item
from webapp.items.states import ITEM_MOVES, ItemState
from webapp.slides.states import IMPORT_MOVES


def go(item: Item, to: ItemState, reason: str = "") -> None:
    advance(item, to, moves=ITEM_MOVES, by=system_user(), reason=reason)


@pytest.mark.django_db
def test_a_move_is_stored_and_logged() -> None:
    item = make_item()
    go(item, ItemState.SCREENING, "because")
    assert item.state == ItemState.SCREENING
    assert Item.objects.get(pk=item.pk).state == ItemState.SCREENING
    move = Move.objects.get(object_type="items.item", object_id=str(item.pk))
    assert (move.from_state, move.to_state, move.reason) == ("draft", "screening", "because")
    assert move.actor_name == "system"


@pytest.mark.django_db
def test_a_move_that_the_table_lacks_is_refused() -> None:
    item = make_item()
    with pytest.raises(NotAMove, match="is draft and cannot become approved"):
        go(item, ItemState.APPROVED)
    assert not Move.objects.exists()


@pytest.mark.django_db
def test_a_record_read_before_somebody_moved_it_is_stale() -> None:
    item = make_item()
    seen_before = Item.objects.get(pk=item.pk)
    go(item, ItemState.SCREENING)
    with pytest.raises(StaleState, match="no longer draft"):
        go(seen_before, ItemState.RETIRED)
    assert Move.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_racers_one_wins_and_one_is_stale() -> None:
    item = make_item()
    system_user()
    together = threading.Barrier(2)
    outcomes: list[str] = []

    def race(to: ItemState) -> None:
        mine = Item.objects.get(pk=item.pk)
        together.wait()
        try:
            go(mine, to)
            outcomes.append("won")
        except StaleState:
            outcomes.append("stale")
        finally:
            connection.close()

    racers = [
        threading.Thread(target=race, args=(to,)) for to in (ItemState.SCREENING, ItemState.RETIRED)
    ]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(timeout=20)
    assert sorted(outcomes) == ["stale", "won"]
    assert Move.objects.count() == 1


@pytest.mark.parametrize("moves", [ITEM_MOVES, BATCH_MOVES, SLOT_MOVES, IMPORT_MOVES])
def test_every_move_leads_to_a_state_of_the_same_kind(moves: dict[str, frozenset[str]]) -> None:
    kind = type(next(iter(moves)))
    for start, ends in moves.items():
        assert isinstance(start, kind)
        assert all(isinstance(end, kind) for end in ends)
        assert start not in ends


def test_nothing_comes_back_from_retirement() -> None:
    assert ItemState.RETIRED not in ITEM_MOVES
