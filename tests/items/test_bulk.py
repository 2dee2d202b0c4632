"""Acting on many items at once."""

import pytest
from django.contrib.auth.models import Group

from tests.factories import make_item, make_triplet, make_user
from webapp.accounts.models import User
from webapp.accounts.queries import system_user
from webapp.accounts.roles import Role
from webapp.core.errors import BadInput, NotAllowed
from webapp.core.models import Event, Move
from webapp.items import bulk
from webapp.items.actions import advance_item
from webapp.items.bulk import retire_items, screen_items, send_back_items
from webapp.items.models import Item
from webapp.items.states import ITEM_MOVES, ItemState

pytestmark = pytest.mark.django_db


@pytest.fixture
def cleo() -> User:
    return make_user(Role.CURATOR, "cleo")


@pytest.fixture
def one_of_each() -> dict[ItemState, Item]:
    triplet = make_triplet()
    return {state: make_item(triplet, state=state) for state in ItemState}


def states_after(items: dict[ItemState, Item]) -> dict[ItemState, str]:
    return {state: Item.objects.get(pk=item.pk).state for state, item in items.items()}


def test_what_can_be_retired_is_and_the_rest_is_told(
    cleo: User, one_of_each: dict[ItemState, Item]
) -> None:
    report = retire_items([item.pk for item in one_of_each.values()], reason="old", by=cleo)
    able = {state for state in ItemState if ItemState.RETIRED in ITEM_MOVES.get(state, ())}
    assert set(report.done) == {one_of_each[state].pk for state in able}
    told = {pk for ids in report.refused.values() for pk in ids}
    assert told == {item.pk for item in one_of_each.values()} - set(report.done)
    assert report.refused["Retired already"] == [one_of_each[ItemState.RETIRED].pk]
    for state, after in states_after(one_of_each).items():
        assert after == ("retired" if state in able else state)


def test_each_item_has_its_event_and_its_move(cleo: User) -> None:
    items = [make_item(state=ItemState.READY), make_item(state=ItemState.LEAKY)]
    retire_items([item.pk for item in items], reason="old", by=cleo)
    for item, was in zip(items, ("ready", "leaky"), strict=True):
        event = Event.objects.get(verb="retire_item", object_id=str(item.pk))
        assert (event.actor_name, event.before, event.after) == (
            "cleo",
            {"state": was},
            {"reason": "old"},
        )
        move = Move.objects.get(object_id=str(item.pk), to_state="retired")
        assert (move.from_state, move.reason) == (was, "old")


@pytest.mark.parametrize("state", list(ItemState))
def test_what_is_sent_back_waits_for_its_author(cleo: User, state: ItemState) -> None:
    item = make_item(state=state)
    report = send_back_items([item.pk], reason="Name the field.", by=cleo)
    sent = state in (ItemState.DRAFT, ItemState.READY, ItemState.LEAKY)
    assert bool(report.done) == sent
    item.refresh_from_db()
    assert item.state == (ItemState.NEEDS_REVISION if sent else state)


@pytest.mark.django_db(transaction=True)
def test_items_are_screened_again_but_no_verdict_is_undone() -> None:
    by = make_user(Role.CURATOR)
    leaky, approved = make_item(state=ItemState.LEAKY), make_item(state=ItemState.APPROVED)
    report = screen_items([leaky.pk, approved.pk], by=by)
    assert report.done == [leaky.pk]
    assert list(report.refused.values()) == [[approved.pk]]
    leaky.refresh_from_db()
    assert leaky.state in (ItemState.READY, ItemState.LEAKY)
    path = Move.objects.filter(object_id=str(leaky.pk)).order_by("id")
    assert [move.to_state for move in path][:1] == ["screening"]


def test_what_waits_for_a_revision_is_screened_again_only_if_the_screening_failed(
    cleo: User,
) -> None:
    failed, sent_back = make_item(state=ItemState.SCREENING), make_item(state=ItemState.READY)
    advance_item(failed, ItemState.NEEDS_REVISION, by=system_user(), reason="No verdict.")
    send_back_items([sent_back.pk], reason="Name the field.", by=cleo)
    report = screen_items([failed.pk, sent_back.pk], by=cleo)
    assert report.done == [failed.pk]


def test_more_than_one_transaction_holds(cleo: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "ITEMS_AT_ONCE", 2)
    triplet = make_triplet()
    ids = [make_item(triplet, state=ItemState.READY).pk for _ in range(5)]
    assert retire_items(ids[::-1], reason="old", by=cleo).done == ids


def test_there_is_a_limit(cleo: User) -> None:
    with pytest.raises(BadInput, match="1,001 items are chosen, and 1,000 is the most"):
        retire_items(range(1, bulk.MOST_ITEMS + 2), reason="old", by=cleo)


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501, "a\0b"])
def test_a_reason_must_be_given(cleo: User, reason: str) -> None:
    item = make_item(state=ItemState.READY)
    with pytest.raises(BadInput, match="The reason"):
        retire_items([item.pk], reason=reason, by=cleo)
    item.refresh_from_db()
    assert item.state == ItemState.READY


def test_none_chosen_is_told(cleo: User) -> None:
    with pytest.raises(BadInput, match="tick some"):
        screen_items([], by=cleo)


def test_what_is_not_there_is_told(cleo: User) -> None:
    report = retire_items([999_999], reason="old", by=cleo)
    assert (report.done, list(report.refused.values())) == ([], [[999_999]])


def test_a_pathologist_may_not() -> None:
    item = make_item(state=ItemState.READY)
    with pytest.raises(NotAllowed):
        retire_items([item.pk], reason="old", by=make_user(Role.PATHOLOGIST))


def test_who_reviews_too_touches_only_what_is_decided() -> None:
    both = make_user(Role.CURATOR)
    both.groups.add(Group.objects.get(name=Role.PATHOLOGIST))
    both = User.objects.get(pk=both.pk)
    ready, approved = make_item(state=ItemState.READY), make_item(state=ItemState.APPROVED)
    report = retire_items([ready.pk, approved.pk], reason="old", by=both)
    assert report.done == [approved.pk]
    assert report.refused == {"There is none, or it is not yours to see yet": [ready.pk]}
