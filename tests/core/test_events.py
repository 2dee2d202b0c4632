"""Every write leaves an event in its own transaction."""

from uuid import UUID

import pytest
from django.db import transaction
from django.db.transaction import TransactionManagementError

from tests.factories import make_item, make_user
from webapp.accounts.queries import system_user
from webapp.accounts.roles import Role
from webapp.core.context import request_id
from webapp.core.events import history, record_event
from webapp.core.models import Event
from webapp.items.actions import advance_item
from webapp.items.states import ItemState


@pytest.mark.django_db(transaction=True)
def test_an_event_outside_a_transaction_is_refused() -> None:
    with pytest.raises(TransactionManagementError, match="greet"):
        record_event("greet", system_user(), by=system_user())


@pytest.mark.django_db(transaction=True)
def test_an_event_falls_with_its_write() -> None:
    person = make_user()

    def fail() -> None:
        with transaction.atomic():
            record_event("greet", person, by=person)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert not Event.objects.filter(verb="greet").exists()


@pytest.mark.django_db
def test_an_event_says_who_what_when_and_in_which_request() -> None:
    person = make_user(Role.CURATOR, "cleo")
    with request_id("abc123"), transaction.atomic():
        record_event("greet", person, by=person, before={"a": 1}, after={"a": 2})
    event = Event.objects.get(verb="greet")
    assert (event.actor_id, event.actor_name) == (person.pk, "cleo")
    assert event.about == f"accounts.user {person.pk}"
    assert (event.before, event.after) == ({"a": 1}, {"a": 2})
    assert event.request_id == "abc123"
    assert event.at is not None


@pytest.mark.django_db
def test_ids_are_uuids_of_version_7_in_order_of_time() -> None:
    person = make_user()
    for number in range(20):
        with transaction.atomic():
            record_event("count", person, by=person, after={"number": number})
    events = list(Event.objects.filter(verb="count").order_by("id"))
    assert [event.after for event in events] == [{"number": number} for number in range(20)]
    assert {UUID(str(event.id)).version for event in events} == {7}


@pytest.mark.django_db
def test_a_records_history_holds_its_events_and_moves_newest_first() -> None:
    item, other = make_item(), make_item()
    advance_item(item, ItemState.SCREENING, by=system_user())
    advance_item(other, ItemState.SCREENING, by=system_user())
    assert [str(entry.object_id) for entry in history(item)] == [str(item.pk)] * 2
    assert [entry.__class__.__name__ for entry in history(item)] == ["Move", "Event"]
