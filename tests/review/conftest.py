"""The cast: two pathologists and a curator, and questions that wait."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories import make_item, make_user
from webapp.accounts.models import User
from webapp.accounts.roles import Role
from webapp.items.models import Item
from webapp.items.states import ItemState
from webapp.review.actions import answer_blind, lease_next
from webapp.review.models import Assignment

MakeReady = Callable[..., Item]


@pytest.fixture
def ready() -> MakeReady:
    """Makes a question that waits for review."""

    def make(**options: object) -> Item:
        return make_item(state=ItemState.READY, **options)  # type: ignore[arg-type]

    return make


@pytest.fixture
def ada(db: None) -> User:
    return make_user(Role.PATHOLOGIST, "ada")


@pytest.fixture
def ben(db: None) -> User:
    return make_user(Role.PATHOLOGIST, "ben")


@pytest.fixture
def curator(db: None) -> User:
    return make_user(Role.CURATOR, "cleo")


@pytest.fixture
def leased(ready: MakeReady, ada: User) -> Assignment:
    """Ada's turn at a question."""
    ready()
    assignment = lease_next(by=ada)
    assert assignment is not None
    return assignment


@pytest.fixture
def answered(leased: Assignment, ada: User) -> Assignment:
    """Ada's turn at a question that she has answered rightly."""
    answer_blind(leased, leased.revision.key, duration_s=3.0, by=ada)
    return fresh(leased)


def fresh(assignment: Assignment) -> Assignment:
    return Assignment.objects.select_related("item", "revision").get(pk=assignment.pk)


def state_of(item: Item) -> str:
    return str(Item.objects.get(pk=item.pk).state)


def expire(assignment: Assignment) -> None:
    Assignment.objects.filter(pk=assignment.pk).update(
        lease_until=timezone.now() - timedelta(seconds=1)
    )


def wrong_option(assignment: Assignment) -> str:
    return str(next(one for one in assignment.option_order if one != assignment.revision.key))
