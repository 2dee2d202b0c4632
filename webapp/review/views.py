"""A reviewer's pages. Nothing here may tell a key before the blind answer is stored: the parts
that do (`_reveal`) are rendered for an assignment that has one, and for no other.
"""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from webapp.accounts.access import PersonRequest, requires
from webapp.accounts.roles import Permission
from webapp.items.lettering import LETTERS, letter_of, render_rationale
from webapp.items.lint.wording import named_letter
from webapp.items.mcq import TOKEN
from webapp.items.models import Revision
from webapp.items.permits import reveal_permit
from webapp.items.queries import item_to_show
from webapp.review import actions, queries
from webapp.review.forms import AnswerForm, NextForm, VerdictForm
from webapp.review.models import Assignment
from webapp.review.reasons import MAX_COMMENT_CHARS, REASON_LABELS
from webapp.review.states import LIVE, AssignmentState

RECENT = 8
DECISIONS_PER_PAGE = 50
LONG_OPTIONS_CHARS = 620
"""Options that together are longer get more of the width and a smaller print."""


@require_GET
@requires(Permission.REVIEW_ITEMS)
@never_cache
def queue(request: PersonRequest) -> HttpResponse:
    by = request.user
    context = {
        "progress": queries.progress_of(by),
        "leases": queries.live_leases(by),
        "decisions": queries.decisions_of(by)[:RECENT],
    }
    return render(request, "review/queue.html", context)


@require_GET
@requires(Permission.REVIEW_ITEMS)
def summary(request: PersonRequest) -> HttpResponse:
    """The part of the home page that is about reviewing."""
    context = {"progress": queries.progress_of(request.user)}
    return render(request, "review/_summary.html", context)


@require_GET
@requires(Permission.REVIEW_ITEMS)
@never_cache
def history(request: PersonRequest) -> HttpResponse:
    decisions = Paginator(queries.decisions_of(request.user), DECISIONS_PER_PAGE)
    context = {"page": decisions.get_page(request.GET.get("page"))}
    return render(request, "review/history.html", context)


@require_POST
@requires(Permission.REVIEW_ITEMS)
def start(request: PersonRequest) -> HttpResponse:
    assignment = actions.lease_next(by=request.user)
    if assignment is None:
        messages.info(request, "Nothing waits for your review.")
        return redirect("review:queue")
    return redirect("review:show", assignment.pk)


@require_GET
@requires(Permission.REVIEW_ITEMS)
@never_cache
def fetch_next(request: PersonRequest) -> HttpResponse:
    """The next question's part, while the one of `?after=` is being worked on; 204 if none."""
    after = NextForm(request.GET).values()["after"]
    assignment = actions.lease_next(by=request.user, after=after)
    if assignment is None:
        return HttpResponse(status=204)
    return _cockpit_part(request, assignment.pk)


@require_GET
@requires(Permission.REVIEW_ITEMS)
@never_cache
def show(request: PersonRequest, assignment_id: int) -> HttpResponse:
    """The cockpit: blind before the answer, with the key after it."""
    if request.htmx:  # type: ignore[attr-defined]  # set by django_htmx's middleware
        return _cockpit_part(request, assignment_id)
    context = _cockpit(request, queries.assignment_of(request.user, assignment_id))
    return render(request, "review/cockpit.html", context)


@require_POST
@requires(Permission.REVIEW_ITEMS)
def open_on_screen(request: PersonRequest, assignment_id: int) -> HttpResponse:
    """The browser tells that the question is in front of the person now."""
    assignment = queries.assignment_of(request.user, assignment_id)
    actions.open_assignment(assignment, by=request.user)
    return HttpResponse(status=204)


@require_POST
@requires(Permission.REVIEW_ITEMS)
def answer(request: PersonRequest, assignment_id: int) -> HttpResponse:
    assignment = queries.assignment_of(request.user, assignment_id)
    sent = AnswerForm(request.POST).values()
    actions.answer_blind(assignment, sent["option"], duration_s=sent["duration_s"], by=request.user)
    return _answered(request, assignment_id)


@require_POST
@requires(Permission.REVIEW_ITEMS)
def verdict(request: PersonRequest, assignment_id: int) -> HttpResponse:
    assignment = queries.assignment_of(request.user, assignment_id)
    sent = VerdictForm(request.POST).values()
    reasons = request.POST.getlist("reasons")
    actions.give_verdict(assignment, **sent, reasons=reasons, by=request.user)
    return _moved_on(request)


@require_POST
@requires(Permission.REVIEW_ITEMS)
def undo(request: PersonRequest, assignment_id: int) -> HttpResponse:
    assignment = queries.assignment_of(request.user, assignment_id)
    actions.undo_verdict(assignment, by=request.user)
    return _answered(request, assignment_id)


@require_POST
@requires(Permission.REVIEW_ITEMS)
def release(request: PersonRequest, assignment_id: int) -> HttpResponse:
    assignment = queries.assignment_of(request.user, assignment_id)
    actions.release_assignment(assignment, by=request.user)
    return HttpResponse(status=204) if request.htmx else redirect("review:queue")  # type: ignore[attr-defined]


@require_GET
@requires(Permission.SEE_KEYS)
def verdicts_part(request: PersonRequest, item_id: int) -> HttpResponse:
    """Answers and verdicts on an item, for its page."""
    item = item_to_show(item_id, request.user)
    turns = [(turn, _letters_here(turn)) for turn in queries.turns_at(item)]
    return render(request, "review/_verdicts.html", {"item": item, "turns": turns})


def _written_order(revision: Revision) -> list[str]:
    return [str(option["id"]) for option in revision.options]


def _letters_here(turn: Assignment) -> str:
    """What the person's letters are on the item's page, for their comment speaks of their own."""
    return _translated(turn.option_order, _written_order(turn.revision))


def _author_letters(revision: Revision, order: Sequence[str]) -> str:
    """What the letters of an imported rationale are in the person's order; empty if it has none."""
    if named_letter(TOKEN.sub("", revision.rationale)) is None:
        return ""
    return _translated(_written_order(revision), order)


def _translated(order: Sequence[str], other: Sequence[str]) -> str:
    pairs = zip(LETTERS, order, strict=True)
    return ", ".join(f"{letter} is {letter_of(other, option)}" for letter, option in pairs)


def _answered(request: PersonRequest, assignment_id: int) -> HttpResponse:
    if request.htmx:  # type: ignore[attr-defined]
        return _cockpit_part(request, assignment_id)
    return redirect("review:show", assignment_id)


def _moved_on(request: PersonRequest) -> HttpResponse:
    """Scripts have the next question already; a plain form goes on to it."""
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(status=204)
    return start(request)


def _cockpit_part(request: PersonRequest, assignment_id: int) -> HttpResponse:
    context = _cockpit(request, queries.assignment_of(request.user, assignment_id))
    return render(request, "review/_cockpit.html", context)


def _cockpit(request: PersonRequest, assignment: Assignment) -> dict[str, Any]:
    answered = hasattr(assignment, "blind_answer")
    decided = assignment.state == AssignmentState.DECIDED
    last = assignment if decided else queries.last_decision(request.user)
    options = _lettered(assignment)
    context: dict[str, Any] = {
        "assignment": assignment,
        "triplet": assignment.item.triplet,
        "stem": assignment.revision.stem,
        "options": options,
        "is_long": sum(len(option["text"]) for option in options) > LONG_OPTIONS_CHARS,
        "answered": answered,
        "live": assignment.state in LIVE,
        "met_before": queries.met_before(assignment),
        "last_decided": last.pk if last else "",
        "progress": queries.progress_of(request.user),
    }
    return context | _reveal(assignment) if answered else context


def _lettered(assignment: Assignment) -> list[dict[str, str]]:
    texts = {option["id"]: option["text"] for option in assignment.revision.options}
    return [
        {"letter": letter, "id": option_id, "text": texts[option_id]}
        for letter, option_id in zip(LETTERS, assignment.option_order, strict=True)
    ]


def _reveal(assignment: Assignment) -> dict[str, Any]:
    """What may be told once the blind answer is stored."""
    revision, order = assignment.revision, assignment.option_order
    chosen = assignment.blind_answer.option
    return {
        "key": revision.key,
        "key_letter": letter_of(order, revision.key),
        "chosen": chosen,
        "chosen_letter": letter_of(order, chosen),
        "matched": chosen == revision.key,
        "rationale": render_rationale(revision.rationale, order),
        "author_letters": _author_letters(revision, order),
        "permit": reveal_permit(assignment.reviewer_id, revision.pk),
        "verdict": queries.standing_verdict(assignment),
        "reason_choices": REASON_LABELS.items(),
        "max_comment": MAX_COMMENT_CHARS,
    }
