"""The calls of language models, each with its prompt and its reply."""

import json

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from webapp.accounts.access import PersonRequest, require, requires
from webapp.accounts.models import User
from webapp.accounts.roles import Permission
from webapp.core.errors import NotFound
from webapp.generation import queries
from webapp.generation.forms import CallFilter
from webapp.generation.queries import live
from webapp.generation.views.plots import titles_of

CALLS_PER_PAGE = 50


@require_GET
@requires(Permission.LAUNCH_BATCHES)
def list_calls(request: PersonRequest, batch_id: int) -> HttpResponse:
    _require_sight(request.user)
    batch = queries.batch_to_show(batch_id)
    sums = live.sums_of_calls(batch)
    titles = titles_of(one.model for one in sums)
    asked = CallFilter(
        request.GET, stages=list(dict.fromkeys(one.stage for one in sums)), titles=titles
    )
    chosen = asked.chosen()
    found = queries.filtered_calls(
        batch=batch.pk,
        stage=chosen.get("stage", ""),
        model=chosen.get("model", ""),
        outcome=chosen.get("outcome", ""),
    ).defer("request", "reply")
    paginator = Paginator(found, CALLS_PER_PAGE)
    # From the sums: counting a hundred thousand rows takes longer than showing fifty.
    paginator.count = live.count_of(batch, **chosen)
    page = paginator.get_page(request.GET.get("page"))
    context = {
        "batch": batch,
        "filter": asked,
        "filtered": bool(chosen),
        "page": page,
        "calls": [(titles.get(call.model, call.model), call) for call in page],
    }
    return render(request, "generation/calls.html", context)


@require_GET
@requires(Permission.LAUNCH_BATCHES)
def show_call(request: PersonRequest, call_id: int) -> HttpResponse:
    _require_sight(request.user)
    call = queries.call_to_show(call_id)
    context = {
        "call": call,
        "title": titles_of([call.model])[call.model],
        "system": call.request.get("system", ""),
        "user_text": call.request.get("user", ""),
        "images": call.request.get("images") or [],
        "schema": _as_text(call.request.get("schema")),
        "settings": {
            name: call.request[name]
            for name in ("max_tokens", "temperature", "asking")
            if name in call.request
        },
        "reply": _pretty(call.reply),
        "slot": live.slot_of(call),
    }
    return render(request, "generation/call.html", context)


def _require_sight(user: User) -> None:
    """Calls tell keys, of questions too that are not decided yet: nobody who reviews reads them."""
    require(user, Permission.SEE_KEYS)
    if user.may(Permission.REVIEW_ITEMS):
        raise NotFound("Calls tell the keys of questions; whoever reviews must stay blind to them.")


def _as_text(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) if value else ""


def _pretty(reply: str) -> str:
    """JSON is set out in lines; anything else stays as it came."""
    try:
        value = json.loads(reply)
    except ValueError:
        return reply
    return _as_text(value) if isinstance(value, dict | list) else reply
