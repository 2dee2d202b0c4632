"""Reviewing: leases, blind answers, verdicts and undo, each in one transaction.

Locks are taken in one order (person, assignment, item), so that no two of these wait for each
other; a lease alone locks an item first, and only one that is ready.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from training.contract.text import text_fault
from webapp.accounts.access import require
from webapp.accounts.models import User
from webapp.accounts.queries import system_user
from webapp.accounts.roles import Permission
from webapp.core.errors import BadInput, Conflict, NotAllowed
from webapp.core.events import record_event
from webapp.core.states import advance
from webapp.items.actions import advance_item
from webapp.items.lettering import letter
from webapp.items.models import Item, Revision
from webapp.items.states import ItemState
from webapp.review.models import Assignment, BlindAnswer, Verdict
from webapp.review.queries import (
    dead_leases,
    freshest_first,
    live_leases,
    met_by,
    standing_verdict,
    waiting_items,
)
from webapp.review.reasons import MAX_COMMENT_CHARS, ReasonError, checked_reasons
from webapp.review.states import ASSIGNMENT_MOVES, LIVE, AssignmentState

MAX_LEASES = 2
"""What one person may hold at a time: the question at hand and the one fetched ahead."""

MAX_DURATION_S = 24 * 3600.0

Decision = Verdict.Decision
STATE_AFTER = {
    Decision.APPROVE: ItemState.APPROVED,
    Decision.REVISE: ItemState.NEEDS_REVISION,
    Decision.REJECT: ItemState.REJECTED,
}


@transaction.atomic
def lease_next(*, by: User, after: int | None = None) -> Assignment | None:
    """The person's next turn: one they hold already, else the next ready item; None if none.

    `after` is the assignment they are working on, which is not handed out again. An item they
    have met before comes only when nothing new waits, one of fields just seen after the others.
    """
    require(by, Permission.REVIEW_ITEMS)
    User.objects.select_for_update().get(pk=by.pk)  # one person's requests queue up here
    return_expired_leases()
    held = [assignment for assignment in live_leases(by) if assignment.pk != after]
    if held:
        return held[0]
    waiting = freshest_first(waiting_items(by), by)
    waiting = waiting.select_for_update(skip_locked=True, of=("self",))
    for candidates in (waiting.filter(~met_by(by)), waiting.filter(met_by(by))):
        item = candidates.first()
        if item is not None:
            return _lease(item, by=by)
    return None


@transaction.atomic
def return_expired_leases() -> int:
    """Give back every lease that ran out or whose question was replaced; says how many.

    Called before each lease and by the sweep.
    """
    dead = dead_leases().select_for_update(skip_locked=True, of=("self",)).select_related("item")
    returned = list(dead.order_by("pk"))
    for assignment in returned:
        _return(assignment, by=system_user(), reason="lease ended")
    return len(returned)


@transaction.atomic
def open_assignment(assignment: Assignment, *, by: User) -> Assignment:
    """The person has it on screen from now: their time starts, or starts anew."""
    held = _locked(assignment, by=by)
    _check_open(held)
    now = timezone.now()
    lease_until = _lease_end(now)
    Assignment.objects.filter(pk=held.pk).update(
        lease_until=lease_until, shown_at=held.shown_at or now
    )
    record_event("open_assignment", held, by=by, after={"lease_until": lease_until.isoformat()})
    return Assignment.objects.get(pk=held.pk)


@transaction.atomic
def release_assignment(assignment: Assignment, *, by: User) -> None:
    """Put the question back for later, or for somebody else. Twice is the same as once."""
    held = _locked(assignment, by=by)
    if held.state == AssignmentState.RETURNED:
        return
    if held.state == AssignmentState.DECIDED:
        raise Conflict("You have decided this question; undo the verdict to open it again.")
    _return(held, by=by, reason="put aside for later")


@transaction.atomic
def answer_blind(
    assignment: Assignment, option: str, *, duration_s: float | None, by: User
) -> BlindAnswer:
    """Store the choice made before the key is shown. The same answer twice is one answer.

    Raises:
        BadInput: the option is not one of the question's.
        Conflict: another answer is stored, the lease ended or the question was replaced.
    """
    held = _locked(assignment, by=by)
    if option not in held.option_order:
        raise BadInput("The answer is none of this question's options; choose one of them.")
    given = BlindAnswer.objects.filter(assignment=held).first()
    if given is not None:
        if given.option == option:
            return given
        raise Conflict("Your blind answer to this question is stored and cannot be changed.")
    _check_open(held)
    now = timezone.now()
    answer = BlindAnswer.objects.create(
        assignment=held, option=option, duration_s=_duration(duration_s, held.shown_at, now)
    )
    advance(held, AssignmentState.ANSWERED, moves=ASSIGNMENT_MOVES, by=by)
    Assignment.objects.filter(pk=held.pk).update(lease_until=_lease_end(now))
    record_event("answer_blind", held, by=by, after={"option": option})
    return answer


@transaction.atomic
def give_verdict(
    assignment: Assignment,
    decision: str,
    *,
    reasons: Sequence[str] = (),
    comment: str = "",
    duration_s: float | None,
    by: User,
) -> Verdict:
    """Approve, revise or reject; the item follows. The same verdict twice is one verdict.

    Raises:
        BadInput: the decision, a reason or the comment cannot be used.
        Conflict: no blind answer yet, another verdict stands, the lease ended or the question
            was replaced.
    """
    held = _locked(assignment, by=by)
    choice, codes = _checked(decision, reasons, comment)
    standing = standing_verdict(held)
    if standing is not None:
        if (standing.decision, standing.reasons, standing.comment) == (choice, codes, comment):
            return standing
        raise Conflict("You have already given a verdict here; undo it before you give another.")
    if held.state == AssignmentState.LEASED:
        raise Conflict("Answer the question blind before you give a verdict.")
    _check_open(held)
    now = timezone.now()
    answered_at = held.blind_answer.at
    verdict = Verdict.objects.create(
        assignment=held,
        decision=choice,
        reasons=codes,
        comment=comment,
        duration_s=_duration(duration_s, answered_at, now),
    )
    advance(held, AssignmentState.DECIDED, moves=ASSIGNMENT_MOVES, by=by)
    Assignment.objects.filter(pk=held.pk).update(decided_at=now)
    advance_item(held.item, STATE_AFTER[choice], by=by, reason=", ".join(codes))
    record_event("give_verdict", held.item, by=by, after=_facts(verdict))
    return verdict


@transaction.atomic
def undo_verdict(assignment: Assignment, *, by: User) -> Assignment:
    """Withdraw the person's verdict and open the question again; the blind answer stays.

    Raises:
        Conflict: there is no verdict to undo, the item has moved on since, or a release holds it.
    """
    User.objects.select_for_update().get(pk=by.pk)
    held = _locked(assignment, by=by)
    item = Item.objects.select_for_update().get(pk=held.item_id)
    verdict = standing_verdict(held)
    if verdict is None:
        raise Conflict("There is no verdict of yours to undo here.")
    if verdict.sealed_at is not None:
        raise Conflict(
            f"Item {item.pk} was released on your verdict, which stands; ask a curator to revise "
            "or retire it."
        )
    if item.state != STATE_AFTER[Decision(verdict.decision)] or _is_superseded(held):
        raise Conflict(
            f"Item {item.pk} has moved on since your verdict; it can no longer be undone."
        )
    _make_room(by)
    now = timezone.now()
    Verdict.objects.filter(pk=verdict.pk).update(withdrawn_at=now)
    advance(held, AssignmentState.ANSWERED, moves=ASSIGNMENT_MOVES, by=by, reason="undo")
    Assignment.objects.filter(pk=held.pk).update(decided_at=None, lease_until=_lease_end(now))
    advance_item(item, ItemState.IN_REVIEW, by=by, reason="verdict undone")
    record_event("undo_verdict", item, by=by, before=_facts(verdict))
    return Assignment.objects.get(pk=held.pk)


def seal_verdicts(revision_ids: Sequence[int]) -> None:
    """Part of a release's transaction, which holds the items: what approved them stands."""
    standing = Verdict.objects.filter(withdrawn_at=None, sealed_at=None)
    standing.filter(assignment__revision_id__in=revision_ids).update(sealed_at=timezone.now())


def _lease(item: Item, *, by: User) -> Assignment:
    """A turn at the newest revision of a ready, locked item; a turn put aside is taken up again."""
    revision = item.current
    lease_until = _lease_end(timezone.now())
    advance_item(item, ItemState.IN_REVIEW, by=by, reason=f"leased to {by.get_username()}")
    earlier = Assignment.objects.filter(revision=revision, reviewer=by).first()
    if earlier is None:
        assignment = Assignment.objects.create(
            item=item,
            revision=revision,
            reviewer=by,
            lease_until=lease_until,
            option_order=_order(revision, by),
        )
    else:
        answered = BlindAnswer.objects.filter(assignment=earlier).exists()
        to = AssignmentState.ANSWERED if answered else AssignmentState.LEASED
        advance(earlier, to, moves=ASSIGNMENT_MOVES, by=by, reason="taken up again")
        Assignment.objects.filter(pk=earlier.pk).update(lease_until=lease_until, shown_at=None)
        assignment = Assignment.objects.get(pk=earlier.pk)
    record_event("lease_item", assignment, by=by, after={"lease_until": lease_until.isoformat()})
    return assignment


def _order(revision: Revision, by: User) -> list[str]:
    """The person's own order of the options, which knows nothing of the key."""
    ids = [str(option["id"]) for option in revision.options]
    return list(letter(ids, f"review:{revision.pk}:{by.pk}"))


def _return(assignment: Assignment, *, by: User, reason: str) -> None:
    advance(assignment, AssignmentState.RETURNED, moves=ASSIGNMENT_MOVES, by=by, reason=reason)
    item = Item.objects.select_for_update().get(pk=assignment.item_id)
    if item.state == ItemState.IN_REVIEW:
        advance_item(item, ItemState.READY, by=by, reason=reason)
    record_event("return_assignment", assignment, by=by, after={"reason": reason})


def _make_room(by: User) -> None:
    """Put back what was fetched ahead, so that nobody holds more than they may."""
    others = live_leases(by).select_for_update(of=("self",))
    for surplus in others[MAX_LEASES - 1 :]:
        _return(surplus, by=by, reason="made room for an undone verdict")


def _locked(assignment: Assignment, *, by: User) -> Assignment:
    """The row as it is now, held until the end of the transaction."""
    require(by, Permission.REVIEW_ITEMS)
    held = (
        Assignment.objects.select_for_update(of=("self",))
        .select_related("item", "revision")
        .get(pk=assignment.pk)
    )
    if held.reviewer_id != by.pk:
        raise NotAllowed("This review is another person's; open the next one from your queue.")
    return held


def _check_open(held: Assignment) -> None:
    if _is_superseded(held):
        raise Conflict(
            f"Item {held.item_id} has a newer revision than yours; open the next question."
        )
    if held.state == AssignmentState.DECIDED:
        raise Conflict("You have decided this question; undo the verdict to open it again.")
    if held.state not in LIVE or held.lease_until < timezone.now():
        raise Conflict(
            f"Your time for item {held.item_id} has ended and it went back to the queue; "
            "open the next question."
        )
    if held.item.state != ItemState.IN_REVIEW:
        raise Conflict(f"Item {held.item_id} is no longer in review; open the next question.")


def _is_superseded(held: Assignment) -> bool:
    newer = Revision.objects.filter(item_id=held.item_id, number__gt=held.revision.number)
    return newer.exists()


def _checked(
    decision: str, reasons: Sequence[str], comment: str
) -> tuple[Verdict.Decision, list[str]]:
    if decision not in Decision.values:
        raise BadInput("A verdict is approve, revise or reject; send one of them.")
    fault = text_fault(comment, limit=MAX_COMMENT_CHARS)
    if fault is not None:
        raise BadInput(f"The comment {fault}.")
    choice = Decision(decision)
    try:
        codes = checked_reasons(reasons, needed=choice != Decision.APPROVE, comment=comment)
    except ReasonError as error:
        raise BadInput(str(error)) from error
    return choice, list(codes)


def _duration(claimed_s: float | None, since: datetime | None, now: datetime) -> float:
    """The browser's own measure where it gave one (it knows of pauses), else the server's."""
    if claimed_s is None:
        claimed_s = (now - since).total_seconds() if since else 0.0
    if not 0 <= claimed_s <= MAX_DURATION_S:
        raise BadInput("The duration must be between 0 and 86400 seconds; reload the page.")
    return claimed_s


def _lease_end(now: datetime) -> datetime:
    return now + timedelta(seconds=settings.REVIEW_LEASE_S)


def _facts(verdict: Verdict) -> dict[str, object]:
    return {
        "assignment": verdict.assignment_id,
        "revision": verdict.assignment.revision.number,
        "decision": str(verdict.decision),
        "reasons": verdict.reasons,
        "comment": verdict.comment,
    }
