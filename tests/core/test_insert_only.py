"""The database itself keeps the tables that only grow."""

import pytest
from django.db import DatabaseError, connection, transaction

from tests.factories import make_item
from webapp.accounts.queries import system_user
from webapp.core.events import record_event
from webapp.core.models import Event, Move
from webapp.items.actions import advance_item
from webapp.items.models import Revision
from webapp.items.states import ItemState

KEPT = ("core_event", "core_move", "items_revision", "review_blindanswer", "releases_releaseitem")


def triggers_of(table: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal "
            "AND tgenabled = 'O'",
            [table],
        )
        return {name for (name,) in cursor.fetchall()}


def run(sql: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.django_db
@pytest.mark.parametrize("table", KEPT)
def test_the_table_has_its_triggers(table: str) -> None:
    assert triggers_of(table) >= {f"{table}_no_change", f"{table}_no_truncate"}


@pytest.mark.django_db
@pytest.mark.parametrize("table", KEPT)
def test_truncate_is_refused(table: str) -> None:
    with pytest.raises(DatabaseError, match="insert-only: TRUNCATE refused"):
        run(f"TRUNCATE {table} CASCADE")


@pytest.mark.django_db
@pytest.mark.parametrize("model", [Event, Move, Revision])
def test_update_and_delete_are_refused(model: type[Event | Move | Revision]) -> None:
    item = make_item()
    advance_item(item, ItemState.SCREENING, by=system_user())
    table = model._meta.db_table
    column = {"core_event": "verb", "core_move": "reason", "items_revision": "stem"}[table]
    with pytest.raises(DatabaseError, match="insert-only: UPDATE refused"):
        run(f"UPDATE {table} SET {column} = 'other'")  # noqa: S608
    with pytest.raises(DatabaseError, match="insert-only: DELETE refused"):
        run(f"DELETE FROM {table}")  # noqa: S608


@pytest.mark.django_db
def test_django_cannot_change_an_event_either() -> None:
    with transaction.atomic():
        record_event("greet", system_user(), by=system_user())
    event = Event.objects.get(verb="greet")
    event.verb = "insult"
    with pytest.raises(DatabaseError, match="insert-only"), transaction.atomic():
        event.save()
    with pytest.raises(DatabaseError, match="insert-only"), transaction.atomic():
        event.delete()
