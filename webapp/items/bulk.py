"""Acting on many items at once: what can be done is done, the rest is refused with its reason."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from django.db import transaction

from webapp.accounts.access import require
from webapp.accounts.models import User
from webapp.accounts.roles import Permission
from webapp.core.errors import BadInput
from webapp.core.events import Write, record_events
from webapp.core.models import Move
from webapp.core.queue import Job, enqueue
from webapp.core.states import advance_all
from webapp.items.actions import usable_reason
from webapp.items.models import Item
from webapp.items.queries import may_see_key
from webapp.items.states import ITEM_MOVES, ItemState

MOST_ITEMS = 1_000
ITEMS_AT_ONCE = 500

Refusal: TypeAlias = str | None
"""Why an item is left as it is, the same words for all of one cause."""


@dataclass
class Report:
    """Item ids: those it was done to, and the others by why not."""

    done: list[int] = field(default_factory=list)
    refused: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))


def retire_items(ids: Sequence[int], *, reason: str, by: User) -> Report:
    """Out of use for good; their history stays."""
    return _act(ids, "retire_item", ItemState.RETIRED, _retirable, usable_reason(reason), by)


def screen_items(ids: Sequence[int], *, by: User) -> Report:
    """To the adversaries again, with the text they have. A reviewer's verdict is not undone so."""
    return _act(ids, "screen_item", ItemState.SCREENING, _screenable, "", by)


def send_back_items(ids: Sequence[int], *, reason: str, by: User) -> Report:
    """To their author, with the reason; until they are revised nobody reviews them."""
    return _act(
        ids, "send_back_item", ItemState.NEEDS_REVISION, _returnable, usable_reason(reason), by
    )


def _act(
    ids: Sequence[int],
    verb: str,
    to: ItemState,
    refusal: Callable[[Item, Mapping[int, str]], Refusal],
    reason: str,
    by: User,
) -> Report:
    """Groups of items, each in one transaction under the items' locks.

    Raises:
        NotAllowed: the person may not edit items.
        BadInput: none is chosen, or too many.
    """
    require(by, Permission.EDIT_ITEMS)
    chosen = sorted(set(ids))
    if not chosen:
        raise BadInput("No item is chosen; tick some first.")
    if len(chosen) > MOST_ITEMS:
        raise BadInput(
            f"{len(chosen):,} items are chosen, and {MOST_ITEMS:,} is the most that can be changed "
            "in one go; narrow the filters and do it in parts."
        )
    report = Report()
    for start in range(0, len(chosen), ITEMS_AT_ONCE):
        with transaction.atomic():
            part = chosen[start : start + ITEMS_AT_ONCE]
            items = list(Item.objects.select_for_update().filter(pk__in=part).order_by("pk"))
            seen = [item for item in items if may_see_key(by, item)]
            hidden = set(part) - {item.pk for item in seen}
            if hidden:
                report.refused["There is none, or it is not yours to see yet"] += sorted(hidden)
            willing = _sorted_out(seen, refusal, report)
            _move(willing, verb, to, reason, by)
            report.done += [item.pk for item in willing]
    return report


def _sorted_out(
    items: Sequence[Item],
    refusal: Callable[[Item, Mapping[int, str]], Refusal],
    report: Report,
) -> list[Item]:
    came_from = _states_before(items)
    willing = []
    for item in items:
        why = refusal(item, came_from)
        if why is None:
            willing.append(item)
        else:
            report.refused[why].append(item.pk)
    return willing


def _move(items: Sequence[Item], verb: str, to: ItemState, reason: str, by: User) -> None:
    writes = [Write(verb, item, {"state": item.state}, {"reason": reason}) for item in items]
    by_state: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        by_state[item.state].append(item)
    for group in by_state.values():
        advance_all(group, to, moves=ITEM_MOVES, by=by, reason=reason)
    record_events(writes, by=by)
    if to == ItemState.SCREENING:
        for item in items:
            enqueue(Job.SCREEN_ITEM, item.pk)


def _states_before(items: Sequence[Item]) -> dict[int, str]:
    """By item id, the state that its last move left; of those that wait for a revision."""
    waiting = [str(item.pk) for item in items if item.state == ItemState.NEEDS_REVISION]
    moves = Move.objects.filter(object_type=Item._meta.label_lower, object_id__in=waiting)
    return {int(move.object_id): move.from_state for move in moves.order_by("id")}


def _said(item: Item) -> str:
    return ItemState(item.state).label.capitalize()


def _retirable(item: Item, _before: Mapping[int, str]) -> Refusal:
    if item.state == ItemState.RETIRED:
        return "Retired already"
    if ItemState.RETIRED not in ITEM_MOVES.get(item.state, ()):
        return f"{_said(item)}: wait until that has ended"
    return None


def _screenable(item: Item, before: Mapping[int, str]) -> Refusal:
    if item.state in (ItemState.DRAFT, ItemState.READY, ItemState.LEAKY):
        return None
    if item.state == ItemState.SCREENING:
        return "Screening: it is being screened already"
    if item.state == ItemState.NEEDS_REVISION:
        if before.get(item.pk) == ItemState.SCREENING:
            return None  # no adversary gave a verdict, or the screening broke down
        return "Needs revision: its text must change first; revise it"
    return f"{_said(item)}: screening it again would undo what reviewers did"


def _returnable(item: Item, _before: Mapping[int, str]) -> Refusal:
    if item.state in (ItemState.DRAFT, ItemState.READY, ItemState.LEAKY):
        return None
    if item.state == ItemState.NEEDS_REVISION:
        return "Needs revision already"
    if item.state == ItemState.SCREENING:
        return "Screening: wait until that has ended"
    return f"{_said(item)}: that is for its reviewers to say; revise it or retire it"
