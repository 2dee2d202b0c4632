"""Questions about items that pages and other apps ask."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import (
    BooleanField,
    Case,
    CharField,
    Count,
    Exists,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    When,
)
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast, Lower
from django.utils import timezone

from webapp.accounts.models import User
from webapp.accounts.roles import Permission
from webapp.core.errors import NotFound
from webapp.core.models import Move
from webapp.items.alike import Tissue, overview
from webapp.items.filters import added_filters
from webapp.items.mcq import Mcq
from webapp.items.models import Item, Revision, SavedView
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

    Somebody who also reviews must stay blind until the item is decided. The system's own account
    may do all and reviews nothing: nobody logs in to it.
    """
    if not user.may(Permission.SEE_KEYS):
        return False
    if user.is_system:
        return True
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


SORTS = {
    "-id": "Newest first",
    "id": "Oldest first",
    "triplet__slide__name": "Slide",
    "dimension": "Dimension",
    "state": "State",
}


def filtered_items(
    *,
    state: str = "",
    dimension: str = "",
    origin: str = "",
    organ: str = "",
    twins: str = "",
    alike: str = "",
    q: str = "",
    sort: str = "",
    added: Mapping[str, str] | None = None,
) -> QuerySet[Item]:
    """Items of the list page, each with the `stem` and id (`newest`) of its newest revision.

    `twins` and `alike` are as ItemFilterForm offers them; `added` holds values of added_filters.
    """
    items = Item.objects.select_related("triplet__slide").order_by(
        sort if sort in SORTS else "-id", "-id"
    )
    exact = {"state": state, "dimension": dimension, "origin": origin}
    exact["triplet__slide__organ"] = organ
    items = items.filter(**{name: value for name, value in exact.items() if value})
    if twins:
        items = items.exclude(twin_group="") if twins == "yes" else items.filter(twin_group="")
    if alike:
        items = _alike(items, alike)
    for one in added_filters():
        value = (added or {}).get(one.name)
        if value:
            items = one.narrow(items, value)
    revisions = Revision.objects.filter(item=OuterRef("pk")).order_by("-number")
    found = items.annotate(
        stem=Subquery(revisions.values("stem")[:1]), newest=Subquery(revisions.values("pk")[:1])
    )
    if q:
        words = Q(stem__icontains=q) | Q(triplet__path_id__icontains=q)
        found = found.filter(words | Q(triplet__slide__name__icontains=q))
    return found


def _alike(items: QuerySet[Item], wanted: str) -> QuerySet[Item]:
    """`any` near-duplicates, those of the same `patient`, or `none`."""
    by_tissue = overview().items
    same = by_tissue[Tissue.FIELDS] | by_tissue[Tissue.PATIENT]
    ids = list(same if wanted == "patient" else same | by_tissue[Tissue.OTHER])
    # One array: thousands of single parameters, or of terms to plan, take most of a second.
    among = "NOT IN (SELECT unnest(%s::bigint[]))" if wanted == "none" else "= ANY(%s::bigint[])"
    return items.filter(RawSQL(f"items_item.id {among}", [ids], BooleanField()))  # noqa: S611  ours


def organs() -> list[str]:
    """Of the slides that there are items about."""
    named = Item.objects.order_by().exclude(triplet__slide__organ="")
    return sorted(named.values_list("triplet__slide__organ", flat=True).distinct())


def siblings(item: Item, user: User) -> list[Item]:
    """The others of its twin group whose keys this person may see, in order."""
    if not item.twin_group:
        return []
    others = items_with_everything().filter(twin_group=item.twin_group).exclude(pk=item.pk)
    return [one for one in others if may_see_key(user, one)]


def views_for(user: User) -> QuerySet[SavedView]:
    """The person's own saved views and those that others share; own ones first, by name."""
    mine = Case(When(owner=user, then=0), default=1)
    found = SavedView.objects.select_related("owner").filter(Q(owner=user) | Q(shared=True))
    return found.order_by(mine, Lower("name"), "pk")


def view_of(user: User, view_id: int) -> SavedView:
    """Raises NotFound: there is none of this person's own."""
    found = SavedView.objects.filter(owner=user, pk=view_id).first()
    if found is None:
        raise NotFound(f"You have no saved view {view_id}.")
    return found


def count_by_state() -> dict[str, int]:
    """How many items are in each state that any item is in."""
    counted = Item.objects.order_by().values_list("state").annotate(count=Count("pk"))
    return dict(counted)


def times_not_screened(revision: Revision) -> int:
    """How often the screening of this very text came to no end and sent it back."""
    item = Item._meta.label_lower
    returned = Move.objects.filter(object_type=item, object_id=str(revision.item_id))
    return returned.filter(
        from_state=ItemState.SCREENING,
        to_state=ItemState.NEEDS_REVISION,
        at__gt=revision.created_at,
    ).count()


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


@dataclass(frozen=True)
class AcceptedQuestion:
    """A question that passed its screening, with what must not be parted in training."""

    mcq: Mcq
    patient: str
    twin_group: str


def accepted_questions(most: int) -> Iterator[AcceptedQuestion]:
    """The newest questions that passed, at most so many; nobody rejected them since."""
    accepted = (ItemState.READY, ItemState.IN_REVIEW, ItemState.APPROVED)
    items = items_with_everything().filter(state__in=accepted).order_by("-id")[:most]
    for item in items:
        revision = item.current
        revision.item = item
        yield AcceptedQuestion(revision.mcq(), item.triplet.slide.patient.key, item.twin_group)
