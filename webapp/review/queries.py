"""What a reviewer may see: their own turns at questions, and how much waits."""

from datetime import datetime

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.utils import timezone

from webapp.accounts.models import User
from webapp.core.errors import NotFound
from webapp.items.models import Item, Revision
from webapp.items.states import ItemState
from webapp.review.models import Assignment, Verdict
from webapp.review.states import LIVE, AssignmentState

REMEMBERED_TURNS = 20


def newest_revision_of(item_ref: str) -> Subquery:
    """The id of the newest revision of the outer query's item (`item_ref` names its id)."""
    newest = Revision.objects.filter(item_id=OuterRef(item_ref)).order_by("-number")
    return Subquery(newest.values("pk")[:1])


def waiting_items(by: User) -> QuerySet[Item]:
    """Ready items that this person may review blind.

    Never one whose newest revision they decided, nor one they wrote any revision of, nor one
    whose dead lease waits to be returned (whoever has it locked is at it).
    """
    held = Assignment.objects.filter(item_id=OuterRef("pk"), state__in=LIVE)
    decided = Assignment.objects.filter(
        reviewer=by, state=AssignmentState.DECIDED, revision_id=OuterRef("newest_id")
    )
    written = Revision.objects.filter(item_id=OuterRef("pk"), author=by)
    return (
        Item.objects.filter(state=ItemState.READY)
        .annotate(newest_id=newest_revision_of("pk"))
        .filter(~Exists(held), ~Exists(decided), ~Exists(written))
    )


def freshest_first(items: QuerySet[Item], by: User) -> QuerySet[Item]:
    """Items of triplets that the person has not just seen come first: one reveal tells what the
    fields show, which helps with the next question about them.
    """
    turns = Assignment.objects.filter(reviewer=by).order_by("-pk")
    recent = list(turns.values_list("item__triplet_id", flat=True)[:REMEMBERED_TURNS])
    if not recent:
        return items.order_by("pk")
    just_seen = Case(When(triplet_id__in=recent, then=Value(1)), default=Value(0))
    return items.order_by(just_seen, "pk")


def met_by(by: User) -> Exists:
    """Whether the person met the outer query's item before: put it aside, or judged it once."""
    return Exists(Assignment.objects.filter(reviewer=by, item_id=OuterRef("pk")))


def dead_leases() -> QuerySet[Assignment]:
    """Live assignments that nobody can finish: out of time, or about a replaced question."""
    return Assignment.objects.filter(
        Q(lease_until__lt=timezone.now())
        | ~Q(item__state=ItemState.IN_REVIEW)
        | ~Q(revision_id=newest_revision_of("item_id")),
        state__in=LIVE,
    )


def live_leases(by: User) -> QuerySet[Assignment]:
    """What this person holds now: the one last on screen first, what was fetched ahead last."""
    held = Assignment.objects.filter(reviewer=by, state__in=LIVE, lease_until__gte=timezone.now())
    last_on_screen = F("shown_at").desc(nulls_last=True)
    return held.select_related("item", "revision").order_by(last_on_screen, "pk")


def assignment_of(by: User, pk: int) -> Assignment:
    """This person's assignment with everything its page shows.

    Raises:
        NotFound: there is none of this number, or it is another's.
    """
    mine = Assignment.objects.filter(reviewer=by).select_related(
        "item", "revision__item", "item__triplet__slide", "blind_answer"
    )
    found = mine.prefetch_related("item__triplet__rois").filter(pk=pk).first()
    if found is None:
        raise NotFound("You have no such review; open the next one from your queue.")
    return found


def standing_verdict(assignment: Assignment) -> Verdict | None:
    return assignment.verdicts.filter(withdrawn_at__isnull=True).first()


def met_before(assignment: Assignment) -> bool:
    """Whether this person decided an older revision of the same item."""
    older = Assignment.objects.filter(item_id=assignment.item_id, reviewer=assignment.reviewer_id)
    return older.filter(state=AssignmentState.DECIDED).exclude(pk=assignment.pk).exists()


def decisions_of(by: User) -> QuerySet[Verdict]:
    """This person's standing verdicts, newest first."""
    return (
        Verdict.objects.filter(assignment__reviewer=by, withdrawn_at__isnull=True)
        .select_related("assignment__item", "assignment__revision", "assignment__blind_answer")
        .order_by("-at", "-pk")
    )


def turns_at(item: Item) -> QuerySet[Assignment]:
    """Everybody's turns at the item that came to an answer, newest first, with all verdicts."""
    return (
        Assignment.objects.filter(item=item, blind_answer__isnull=False)
        .select_related("reviewer", "revision", "blind_answer")
        .prefetch_related("verdicts")
    )


def last_decision(by: User) -> Assignment | None:
    last = Assignment.objects.filter(reviewer=by, state=AssignmentState.DECIDED)
    return last.select_related("item", "revision").order_by("-decided_at", "-pk").first()


def start_of_today() -> datetime:
    return timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)


def progress_of(by: User) -> dict[str, int]:
    """Counts for the head of a reviewer's pages."""
    mine = decisions_of(by)
    return {
        "waiting": waiting_items(by).count(),
        "held": live_leases(by).count(),
        "today": mine.filter(at__gte=start_of_today()).count(),
        "decided": mine.count(),
    }
