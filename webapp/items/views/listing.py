"""The list of items: filters, saved views, and what is done to many at once."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from webapp.accounts.access import PersonRequest, requires
from webapp.accounts.roles import Permission
from webapp.core.errors import BadInput, Conflict, NotFound
from webapp.items import bulk, queries
from webapp.items.alike import likest_of_patient
from webapp.items.forms import ItemFilterForm
from webapp.items.states import ItemState

ITEMS_PER_PAGE = 50
MAX_ID_DIGITS = 18
SHOWN_OF_A_CAUSE = 12

DONE = {"retire": "retired", "screen": "being screened again", "send_back": "sent back"}


@require_GET
@requires(Permission.SEE_KEYS)
def list_items(request: PersonRequest) -> HttpResponse:
    return render(request, "items/list.html", _context(request, request.GET))


@require_GET
@requires(Permission.SEE_KEYS)
def summary(request: PersonRequest) -> HttpResponse:
    """For the home page: how many items are in each state."""
    return render(request, "items/_summary.html", {"counts": queries.count_by_state()})


@require_POST
@requires(Permission.EDIT_ITEMS)
def act(request: PersonRequest, verb: str) -> HttpResponse:
    """Do one thing to the chosen items, or to all that the list shows; then the list again."""
    if verb not in DONE:
        raise NotFound("There is no such action; load the list again.")
    query = QueryDict(request.POST.get("query", ""))
    report = _done(verb, _chosen(request, query), request)
    context = {**_context(request, query), **_told(verb, report)}
    request.GET = query  # the part's own links keep the filters, as those of the page do
    return render(request, "items/_items.html", context)


def _done(verb: str, ids: list[int], request: PersonRequest) -> bulk.Report:
    reason = request.POST.get("reason", "")
    if verb == "retire":
        return bulk.retire_items(ids, reason=reason, by=request.user)
    if verb == "send_back":
        return bulk.send_back_items(ids, reason=reason, by=request.user)
    return bulk.screen_items(ids, by=request.user)


def _chosen(request: PersonRequest, query: QueryDict) -> list[int]:
    """
    Raises:
        BadInput: what was sent is no list of items.
        Conflict: other items match than the person was told of.
    """
    if not request.POST.get("all"):
        sent = request.POST.getlist("item")
        if not all(one.isdecimal() and len(one) <= MAX_ID_DIGITS for one in sent):
            raise BadInput("What was chosen is no list of items; load the list again.")
        return [int(one) for one in sent]
    form = ItemFilterForm(query, user=request.user)
    found = queries.filtered_items(**form.narrowed()).values_list("pk", flat=True)
    count = found.count()
    if str(count) != request.POST.get("expected"):
        raise Conflict(f"By now other items match ({count:,}); load the list again.")
    return list(found[: bulk.MOST_ITEMS + 1]) if count <= bulk.MOST_ITEMS else _too_many(count)


def _too_many(count: int) -> list[int]:
    raise BadInput(
        f"{count:,} items match, and {bulk.MOST_ITEMS:,} is the most that can be changed in one "
        "go; narrow the filters and do it in parts."
    )


def _told(verb: str, report: bulk.Report) -> dict[str, Any]:
    refused = [
        (cause, len(ids), ids[:SHOWN_OF_A_CAUSE]) for cause, ids in sorted(report.refused.items())
    ]
    left = sum(count for _, count, _ in refused)
    return {
        "done": len(report.done),
        "done_word": DONE[verb],
        "refused": refused,
        "left": left,
        "more_than": -SHOWN_OF_A_CAUSE,
    }


def _context(request: PersonRequest, sent: QueryDict) -> dict[str, Any]:
    form = ItemFilterForm(sent, user=request.user)
    query = form.query()
    views = list(queries.views_for(request.user))
    counts = queries.count_by_state()
    page = Paginator(queries.filtered_items(**form.narrowed()), ITEMS_PER_PAGE).get_page(
        sent.get("page")
    )
    shown: list[Any] = list(page)
    state = form.values().get("state", "")
    return {
        "form": form,
        "query": query,
        "views": views,
        "view": next((one for one in views if one.query == query), None),
        "state": state,
        "total": sum(counts.values()),
        "tabs": [(one, one.label, counts[one]) for one in ItemState if one in counts],
        "page": page,
        "alike": likest_of_patient([item.newest for item in shown]),
        "most": bulk.MOST_ITEMS,
        "may_act": request.user.may(Permission.EDIT_ITEMS),
    }
