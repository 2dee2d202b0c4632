"""{% load alike %}: what the list knows of an item by its id."""

from collections.abc import Mapping

from django import template

from webapp.items.alike import Alike

register = template.Library()


@register.filter
def of_item(found: Mapping[int, Alike], item_id: int) -> Alike | None:
    """The item's foremost near-duplicate, if it has one."""
    return found.get(item_id) if found else None
