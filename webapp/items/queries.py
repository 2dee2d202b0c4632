"""Questions about items that pages and other apps ask."""

from django.db.models import Prefetch, QuerySet

from webapp.accounts.models import User
from webapp.accounts.roles import Permission
from webapp.items.models import Item, Revision
from webapp.items.states import DECIDED


def items_with_everything() -> QuerySet[Item]:
    """Items with what their page shows, in a fixed number of queries."""
    revisions = Prefetch("revisions", Revision.objects.select_related("author"))
    return Item.objects.select_related("triplet__slide__patient", "created_by").prefetch_related(
        revisions, "triplet__rois"
    )


def may_see_key(user: User, item: Item) -> bool:
    """Whether the key may be in an answer to this person.

    Somebody who also reviews must stay blind until the item is decided.
    """
    if not user.may(Permission.SEE_KEYS):
        return False
    return not user.may(Permission.REVIEW_ITEMS) or item.state in DECIDED
