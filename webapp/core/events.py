"""Writing to the audit log, in the transaction of the write it tells of."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.db import models, transaction

from webapp.core.context import current_request_id
from webapp.core.copying import copy_rows
from webapp.core.models import Event, LogEntry, Move


class Actor(Protocol):
    """Whoever acts: a person's account or the system's own."""

    @property
    def pk(self) -> Any: ...

    def get_username(self) -> str: ...


def log_fields(record: models.Model, by: Actor) -> dict[str, Any]:
    return {
        "actor_id": by.pk,
        "actor_name": by.get_username(),
        "object_type": record._meta.label_lower,
        "object_id": str(record.pk),
        "request_id": current_request_id(),
    }


def record_event(
    verb: str,
    record: models.Model,
    *,
    by: Actor,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Log one write.

    Raises:
        TransactionManagementError: outside a transaction, where write and event could part.
    """
    transaction.get_connection().validate_no_broken_transaction()
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError(
            f"{verb}: an event needs its write's transaction"
        )
    Event.objects.create(verb=verb, before=before, after=after, **log_fields(record, by))


@dataclass(frozen=True)
class Write:
    """One write to be logged with others."""

    verb: str
    record: models.Model
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None


def record_events(writes: Sequence[Write], *, by: Actor) -> None:
    """Log many writes of one transaction in one statement, in their order."""
    if writes and not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError(
            f"{writes[0].verb}: an event needs its write's transaction"
        )
    rows = (
        Event(verb=one.verb, before=one.before, after=one.after, **log_fields(one.record, by))
        for one in writes
    )
    copy_rows(Event, rows)


def history(record: models.Model) -> list[LogEntry]:
    """Every event and move of the record, newest first."""
    key = {"object_type": record._meta.label_lower, "object_id": str(record.pk)}
    entries: list[LogEntry] = [*Event.objects.filter(**key), *Move.objects.filter(**key)]
    return sorted(entries, key=lambda entry: entry.id, reverse=True)
