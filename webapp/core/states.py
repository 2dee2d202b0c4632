"""The one way a state changes: compare-and-swap, allowed by the app's table, and logged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.db import models, transaction

from webapp.core.copying import copy_rows
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


@transaction.atomic
def advance_all(
    records: Sequence[models.Model], to: str, *, moves: Moves, by: Actor, reason: str = ""
) -> None:
    """`advance` for many records that stand in one state, in two statements: all move or none.

    Raises:
        NotAMove, StaleState: as `advance`.
    """
    if not records:
        return
    held: list[Any] = list(records)
    was = str(held[0].state)
    if to not in moves.get(was, frozenset()):
        raise NotAMove(f"{_name(held[0])} is {was} and cannot become {to}.")
    model = type(held[0])
    won = model._base_manager.filter(pk__in=[one.pk for one in held], state=was).update(state=to)
    if won != len(held):
        raise StaleState(f"Of {len(held)} records only {won} are still {was}; try again.")
    for one in held:
        one.state = to
    rows = (Move(from_state=was, to_state=to, reason=reason, **log_fields(one, by)) for one in held)
    copy_rows(Move, rows)


@dataclass(frozen=True)
class Path:
    """A record made in this transaction in the last of these states, having gone through all."""

    record: models.Model
    states: Sequence[str]


def log_paths(paths: Sequence[Path], *, moves: Moves, by: Actor) -> None:
    """The moves of records whose whole way is known when they are stored.

    Raises:
        NotAMove: the table lacks one of the steps.
    """
    steps = [(path.record, was, to) for path in paths for was, to in pairwise(path.states)]
    for record, was, to in steps:
        if to not in moves.get(was, frozenset()):
            raise NotAMove(f"{_name(record)} cannot go from {was} to {to}.")
    rows = (
        Move(from_state=was, to_state=to, **log_fields(record, by)) for record, was, to in steps
    )
    copy_rows(Move, rows)


def _name(record: models.Model) -> str:
    return f"{str(record._meta.verbose_name).capitalize()} {record.pk}"
