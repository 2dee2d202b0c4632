from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import pytest
from django.db import connections

from tests.factories import make_item, make_mcq, make_user
from tests.review.conftest import MakeReady, expire, fresh, state_of
from webapp.accounts.models import User
from webapp.accounts.queries import system_user
from webapp.accounts.roles import Role
from webapp.core.errors import NotAllowed
from webapp.core.models import Event, Move
from webapp.items.actions import revise_item
from webapp.items.models import Item
from webapp.items.states import ItemState
from webapp.review import actions
from webapp.review.actions import (
    MAX_LEASES,
    answer_blind,
    give_verdict,
    lease_next,
    open_assignment,
    release_assignment,
    return_expired_leases,
)
from webapp.review.models import Assignment
from webapp.review.queries import live_leases
from webapp.review.states import AssignmentState

pytestmark = pytest.mark.django_db

Result = TypeVar("Result")


def taken(by: User, after: Assignment | None = None) -> Assignment:
    assignment = lease_next(by=by, after=after.pk if after else None)
    assert assignment is not None
    return assignment


def test_it_leases_the_oldest_ready_item(ready: MakeReady, ada: User) -> None:
    first, _second = ready(), ready()
    assignment = taken(ada)
    assert assignment.item_id == first.pk
    assert assignment.state == AssignmentState.LEASED
    assert state_of(first) == ItemState.IN_REVIEW


def test_it_logs_the_lease_and_the_move(ready: MakeReady, ada: User) -> None:
    item = ready()
    assignment = taken(ada)
    event = Event.objects.get(verb="lease_item")
    assert (event.object_id, event.actor_name) == (str(assignment.pk), "ada")
    move = Move.objects.get(object_type="items.item", object_id=str(item.pk))
    assert (move.from_state, move.to_state) == ("ready", "in_review")


def test_nothing_waits(ada: User) -> None:
    assert lease_next(by=ada) is None


@pytest.mark.parametrize("state", [s for s in ItemState if s != ItemState.READY])
def test_only_ready_items_are_leased(state: ItemState, ada: User) -> None:
    make_item(state=state)
    assert lease_next(by=ada) is None


def test_two_people_get_two_items(ready: MakeReady, ada: User, ben: User) -> None:
    ready(), ready()
    assert taken(ada).item_id != taken(ben).item_id


def test_one_item_goes_to_one_person(ready: MakeReady, ada: User, ben: User) -> None:
    ready()
    taken(ada)
    assert lease_next(by=ben) is None


def test_a_persons_own_lease_comes_back_first(ready: MakeReady, ada: User) -> None:
    ready(), ready()
    assert taken(ada) == taken(ada)


def test_the_next_one_can_be_fetched_ahead(ready: MakeReady, ada: User) -> None:
    ready(), ready(), ready()
    first = taken(ada)
    ahead = taken(ada, after=first)
    assert ahead != first
    assert taken(ada, after=first) == ahead


def test_what_was_on_screen_last_comes_first(ready: MakeReady, ada: User) -> None:
    ready(), ready()
    first = taken(ada)
    second = taken(ada, after=first)
    open_assignment(first, by=ada)
    open_assignment(second, by=ada)
    assert taken(ada) == second


def test_nobody_holds_more_than_two(ready: MakeReady, ada: User) -> None:
    for _ in range(4):
        ready()
    first = taken(ada)
    second = taken(ada, after=first)
    assert taken(ada, after=second) == first
    assert live_leases(ada).count() == MAX_LEASES


def test_an_expired_lease_goes_to_somebody_else(ready: MakeReady, ada: User, ben: User) -> None:
    item = ready()
    lost = taken(ada)
    expire(lost)
    assert taken(ben).item_id == item.pk
    assert fresh(lost).state == AssignmentState.RETURNED


def test_the_sweep_returns_expired_leases(ready: MakeReady, ada: User) -> None:
    item = ready()
    expire(taken(ada))
    assert return_expired_leases() == 1
    assert state_of(item) == ItemState.READY
    assert Event.objects.get(verb="return_assignment").actor_name == system_user().username
    assert return_expired_leases() == 0


def test_opening_renews_the_lease(leased: Assignment, ada: User) -> None:
    before = leased.lease_until
    opened = open_assignment(leased, by=ada)
    assert opened.lease_until > before
    assert opened.shown_at is not None


def test_a_decided_revision_never_comes_again(answered: Assignment, ada: User, ben: User) -> None:
    give_verdict(answered, "approve", duration_s=1.0, by=ada)
    Item.objects.filter(pk=answered.item_id).update(state=ItemState.READY)
    assert lease_next(by=ada) is None
    assert taken(ben).item_id == answered.item_id


def test_nobody_reviews_what_they_wrote() -> None:
    both = make_user(Role.CURATOR, "dee")
    both.groups.add(*make_user(Role.PATHOLOGIST).groups.all())
    dee = User.objects.get(pk=both.pk)
    make_item(state=ItemState.READY, by=dee)
    assert lease_next(by=dee) is None


def test_what_was_put_aside_comes_after_what_is_new(ready: MakeReady, ada: User) -> None:
    aside, new = ready(), ready()
    release_assignment(taken(ada), by=ada)
    assert state_of(aside) == ItemState.READY
    first = taken(ada)
    assert first.item_id == new.pk
    assert taken(ada, after=first).item_id == aside.pk


def test_a_turn_taken_up_again_keeps_its_order_and_answer(answered: Assignment, ada: User) -> None:
    release_assignment(answered, by=ada)
    again = taken(ada)
    assert again.pk == answered.pk
    assert again.option_order == answered.option_order
    assert again.state == AssignmentState.ANSWERED


def test_putting_aside_twice_is_once(leased: Assignment, ada: User) -> None:
    release_assignment(leased, by=ada)
    release_assignment(leased, by=ada)
    assert Event.objects.filter(verb="return_assignment").count() == 1


def test_a_replaced_question_frees_its_lease(leased: Assignment, ada: User, curator: User) -> None:
    revise_item(leased.item, make_mcq(seed=7, stem="Which one?"), parent_number=1, by=curator)
    Item.objects.filter(pk=leased.item_id).update(state=ItemState.READY)
    again = taken(ada)
    assert (again.item_id, again.revision.number) == (leased.item_id, 2)
    assert fresh(leased).state == AssignmentState.RETURNED


def test_an_item_whose_dead_lease_somebody_has_locked_is_passed_by(
    leased: Assignment, ben: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    Item.objects.filter(pk=leased.item_id).update(state=ItemState.READY)
    with monkeypatch.context() as patched:
        patched.setattr(actions, "return_expired_leases", lambda: 0)  # its row was locked
        assert lease_next(by=ben) is None
    assert taken(ben).item_id == leased.item_id


def test_each_person_has_an_order_of_their_own(ready: MakeReady) -> None:
    people = [make_user(Role.PATHOLOGIST) for _ in range(12)]
    item = ready()
    orders = set()
    for person in people:
        assignment = taken(person)
        orders.add(tuple(assignment.option_order))
        release_assignment(assignment, by=person)
    assert len(orders) > 1
    assert all(sorted(order) == sorted(item.current.mcq().option_ids) for order in orders)


def test_it_needs_the_permission(ready: MakeReady, curator: User) -> None:
    ready()
    with pytest.raises(NotAllowed):
        lease_next(by=curator)


def in_threads(calls: list[Callable[[], Result]]) -> list[Result]:
    """Each call in a thread and database connection of its own, at the same time."""

    def run(call: Callable[[], Result]) -> Result:
        try:
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


@pytest.mark.django_db(transaction=True)
def test_people_at_once_never_share_an_item(ready: MakeReady) -> None:
    people = [make_user(Role.PATHOLOGIST) for _ in range(8)]
    items = [ready() for _ in range(6)]
    turns = in_threads([partial(lease_next, by=person) for person in people])
    leased = [turn.item_id for turn in turns if turn is not None]
    assert len(leased) == len(set(leased)) == len(items)


@pytest.mark.django_db(transaction=True)
def test_one_person_in_two_tabs_gets_one_item(ready: MakeReady, ada: User) -> None:
    ready(), ready(), ready()
    turns = in_threads([lambda: lease_next(by=ada)] * 4)
    assert len({turn.pk for turn in turns if turn is not None}) == 1


@pytest.mark.django_db(transaction=True)
def test_answers_at_once_are_stored_once(ready: MakeReady, ada: User) -> None:
    ready()
    assignment = taken(ada)
    option = assignment.option_order[0]
    answers = in_threads([lambda: answer_blind(assignment, option, duration_s=1.0, by=ada)] * 4)
    assert len({answer.pk for answer in answers}) == 1


def test_questions_about_fields_just_seen_come_later(ready: MakeReady, ada: User) -> None:
    first = ready()
    sibling = ready(triplet=first.triplet)
    stranger = ready()
    turn = taken(ada)
    assert turn.item == first
    following = taken(ada, after=turn)
    assert following.item == stranger
    for held in (turn, following):
        answer_blind(held, held.option_order[0], duration_s=1.0, by=ada)
        give_verdict(held, "approve", duration_s=1.0, by=ada)
    assert taken(ada).item == sibling
