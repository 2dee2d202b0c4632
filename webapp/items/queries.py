"""Questions about items that pages and other apps ask."""

from datetime import timedelta

from django.db.models import CharField, Count, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Cast
from django.utils import timezone

from webapp.accounts.models import User
from webapp.accounts.roles import Permission
from webapp.core.errors import NotFound
from webapp.core.models import Move
from webapp.items.models import Item, Revision
from webapp.items.permits import permits_reveal
from webapp.items.states import DECIDED, ItemState

SCREENING_PATIENCE_S = 30


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


def item_to_show(item_id: int, user: User) -> Item:
    """The item with everything, for somebody who may see its key.

    Raises:
        NotFound: there is none, or this person must stay blind to it.
    """
    item = items_with_everything().filter(pk=item_id).first()
    if item is None or not may_see_key(user, item):
        raise NotFound(f"There is no item {item_id}, or it is not yours to see yet.")
    return item


def revision_to_show(revision_id: int, user: User, permit: str = "") -> Revision:
    """The revision, for somebody who may see its key or has a permit from the reveal.

    Raises:
        NotFound: there is none, or this person must stay blind to it.
    """
    revision = Revision.objects.select_related("item").filter(pk=revision_id).first()
    if revision is None or not (
        may_see_key(user, revision.item) or permits_reveal(permit, user.pk, revision.pk)
    ):
        raise NotFound(f"There is no revision {revision_id}, or it is not yours to see yet.")
    return revision


def filtered_items(
    *, state: str = "", dimension: str = "", origin: str = "", q: str = ""
) -> QuerySet[Item]:
    """Items of the list page, newest first, each with the stem of its newest revision."""
    newest = Revision.objects.filter(item=OuterRef("pk")).order_by("-number")
    items = (
        Item.objects.select_related("triplet__slide")
        .annotate(stem=Subquery(newest.values("stem")[:1]))
        .order_by("-id")
    )
    exact = {"state": state, "dimension": dimension, "origin": origin}
    items = items.filter(**{name: value for name, value in exact.items() if value})
    if q:
        words = Q(stem__icontains=q) | Q(triplet__path_id__icontains=q)
        items = items.filter(words | Q(triplet__slide__name__icontains=q))
    return items


def count_by_state() -> dict[str, int]:
    """How many items are in each state that any item is in."""
    counted = Item.objects.order_by().values_list("state").annotate(count=Count("pk"))
    return dict(counted)


def waiting_for_screening(limit: int = 200) -> list[int]:
    """Ids of items that have waited to be screened for longer than a message takes."""
    patience = timezone.now() - timedelta(seconds=SCREENING_PATIENCE_S)
    sent = Move.objects.filter(
        object_type=Item._meta.label_lower,
        object_id=Cast(OuterRef("pk"), CharField()),
        to_state=ItemState.SCREENING,
        at__gt=patience,
    )
    waiting = Item.objects.filter(state=ItemState.SCREENING).exclude(Exists(sent))
    return list(waiting.values_list("pk", flat=True)[:limit])
