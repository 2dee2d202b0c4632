"""The one way a state changes: compare-and-swap, allowed by the app's table, and logged."""

from collections.abc import Mapping
from typing import Any

from django.db import models, transaction

from webapp.core.errors import NotAMove, StaleState
from webapp.core.events import Actor, log_fields
from webapp.core.models import Move

Moves = Mapping[str, frozenset[str]]


@transaction.atomic
def advance(record: models.Model, to: str, *, moves: Moves, by: Actor, reason: str = "") -> None:
    """Move `record.state` on, in the database and in memory.

    Raises:
        NotAMove: the table has no such move.
        StaleState: somebody else moved the record since it was read.
    """
    held: Any = record
    was = str(held.state)
    if to not in moves.get(was, frozenset()):
        raise NotAMove(f"{_name(record)} is {was} and cannot become {to}.")
    won = type(record)._base_manager.filter(pk=record.pk, state=was).update(state=to)
    if won != 1:
        raise StaleState(f"{_name(record)} is no longer {was}; reload and try again.")
    held.state = to
    Move.objects.create(from_state=was, to_state=to, reason=reason, **log_fields(record, by))


def _name(record: models.Model) -> str:
    return f"{str(record._meta.verbose_name).capitalize()} {record.pk}"
