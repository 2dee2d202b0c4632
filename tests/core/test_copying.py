"""Many rows in one COPY, as if the ORM had inserted them."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import DataError, IntegrityError, transaction

from tests.factories import make_user
from webapp.accounts.models import User
from webapp.accounts.roles import Role
from webapp.core.copying import copy_rows, new_keys
from webapp.core.models import Event
from webapp.generation.models import Call
from webapp.generation.states import CallOutcome

pytestmark = pytest.mark.django_db


def event(verb: str, **fields: object) -> Event:
    return Event(
        verb=verb, actor_id=1, actor_name="cleo", object_type="a.b", object_id="7", **fields
    )


def call(key: str, by: User) -> Call:
    return Call(
        key=key,
        stage="screen",
        provider="openai",
        model="m",
        model_id="m",
        request={"user": 'tabs\t, "quotes"\n, \\N and é'},
        outcome=CallOutcome.OK,
        cost_usd=Decimal("0.000123"),
        latency_s=0.25,
        finished_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        created_by=by,
    )


def test_values_come_back_as_they_were() -> None:
    by = make_user(Role.CURATOR)
    rows = [call("one", by), call("two", by)]
    for row, key in zip(rows, new_keys(Call, 2), strict=True):
        row.pk = key
    copy_rows(Call, rows, with_keys=True)
    for row in rows:
        stored = Call.objects.get(pk=row.pk)
        for name in ("key", "request", "outcome", "cost_usd", "latency_s", "finished_at", "reply"):
            assert getattr(stored, name) == getattr(row, name)
        assert stored.created_at is not None


def test_the_database_gives_keys_and_times() -> None:
    copy_rows(Event, [event("one", after={"a": [1, None]}), event("two")])
    one, two = Event.objects.order_by("verb")
    assert one.id != two.id
    assert (one.after, two.after) == ({"a": [1, None]}, None)
    assert one.at is not None


def test_no_row_is_no_fault() -> None:
    copy_rows(Event, [])
    assert not Event.objects.exists()


def test_a_row_that_breaks_a_rule_undoes_all() -> None:
    by = make_user(Role.CURATOR)
    with pytest.raises(IntegrityError), transaction.atomic():
        copy_rows(Call, [call("same", by), call("same", by)])
    with pytest.raises(DataError), transaction.atomic():
        copy_rows(Event, [event("x" * 65)])
    assert not Call.objects.exists()
    assert not Event.objects.exists()
