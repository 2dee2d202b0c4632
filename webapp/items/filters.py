"""Filters of the item list that apps above this one add: they know what items came from."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import QuerySet

from webapp.items.models import Item

Choices = list[tuple[str, str]]


@dataclass(frozen=True)
class ItemFilter:
    """`choices` are (value, label) pairs, asked for at every page; `narrow` gets one of the values.

    `tells` is set where the answer says something of an item that a reviewer must not know.
    """

    name: str
    label: str
    choices: Callable[[], Choices]
    narrow: Callable[[QuerySet[Item], str], QuerySet[Item]]
    tells: bool = False


_added: dict[str, ItemFilter] = {}


def add_filter(added: ItemFilter) -> None:
    """For an app's `ready`; the same name again replaces it."""
    _added[added.name] = added


def added_filters() -> tuple[ItemFilter, ...]:
    return tuple(_added.values())
