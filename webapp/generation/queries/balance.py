"""What stored questions use, for the report on their balance."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import OuterRef, Subquery

from webapp.generation.balance import Balance, Use, balance_of, use_of
from webapp.generation.models import Batch
from webapp.generation.planned import PlanError, PlannedItem
from webapp.items.models import Revision
from webapp.items.states import ItemState

GONE = (ItemState.RETIRED,)


def stored_balance(batch: Batch | None = None) -> Balance:
    """Of the newest texts of a batch's items, or of all items; retired ones do not count."""
    return balance_of(_uses(batch))


def _uses(batch: Batch | None) -> Iterator[Use]:
    newest = Revision.objects.filter(item=OuterRef("item")).order_by("-number").values("pk")[:1]
    texts = Revision.objects.filter(pk=Subquery(newest)).exclude(item__state__in=GONE)
    if batch is not None:
        texts = texts.filter(item__slot__batch=batch)
    fields = ("key", "options", "item__dimension", "provenance__plan")
    for key, options, dimension, plan in texts.order_by().values_list(*fields).iterator():
        place = [option["id"] for option in options].index(key)
        yield _planned_use(plan, place) or Use(key_place=place, dimension=dimension)


def _planned_use(plan: Mapping[str, Any] | None, place: int) -> Use | None:
    """None for texts that were imported, written by a person, or planned by a later version."""
    if plan is None:
        return None
    try:
        return use_of(PlannedItem.from_json(plan), place)
    except PlanError:
        return None
