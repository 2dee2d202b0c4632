"""An item's page, its revising and its retiring."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from webapp.accounts.access import PersonRequest, requires
from webapp.accounts.models import User
from webapp.accounts.roles import Permission
from webapp.core.errors import BadInput
from webapp.core.events import history
from webapp.items import actions, queries
from webapp.items.alike import near_duplicates
from webapp.items.forms import ReviseForm
from webapp.items.lettering import LETTERS, render_rationale
from webapp.items.lint import Finding, lint
from webapp.items.mcq import Mcq, McqError, validate
from webapp.items.models import Item, Revision
from webapp.items.states import ITEM_MOVES, ItemState
from webapp.items.views.versions import versions_of

ALIKE_SHOWN = 6


@require_GET
@requires(Permission.SEE_KEYS)
def show(request: PersonRequest, item_id: int) -> HttpResponse:
    item = queries.item_to_show(item_id, request.user)
    revision = item.current
    order = [option["id"] for option in revision.options]
    context = {
        "item": item,
        "revision": revision,
        "options": lettered_options(revision),
        "rationale": render_rationale(revision.rationale, order),
        "versions": versions_of(list(item.revisions.all())),
        "history": history(item),
        "twins": _twins(item, request.user),
        "may_revise": _may_move(request, item, ItemState.SCREENING),
        "may_retire": _may_move(request, item, ItemState.RETIRED),
        **_judged(item, revision.mcq()),
    }
    return render(request, "items/show.html", context)


def _judged(item: Item, mcq: Mcq) -> dict[str, object]:
    """What the lint finds in a text of the item, and which other items are like it."""
    alike = near_duplicates(item, mcq)
    return {
        "findings": [(finding, place_of(finding, mcq.option_ids)) for finding in lint(mcq)],
        "alike": alike[:ALIKE_SHOWN],
        "more_alike": len(alike[ALIKE_SHOWN:]),
    }


def _twins(item: Item, user: User) -> list[tuple[Item, str, str]]:
    """Each sibling with the option that is true of it: its letter in this item, and its text."""
    letters = {option["text"]: letter for letter, option in _with_letters(item.current)}
    return [
        (twin, letters.get(twin.current.mcq().key_option.text, ""), key)
        for twin in queries.siblings(item, user)
        if (key := twin.current.mcq().key_option.text)
    ]


def _may_move(request: PersonRequest, item: Item, to: ItemState) -> bool:
    return request.user.may(Permission.EDIT_ITEMS) and to in ITEM_MOVES.get(item.state, ())


@require_http_methods(["GET", "POST"])
@requires(Permission.EDIT_ITEMS)
def revise(request: PersonRequest, item_id: int) -> HttpResponse:
    item = queries.item_to_show(item_id, request.user)
    form = ReviseForm(request.POST if request.method == "POST" else None, revision=item.current)
    if form.is_valid():
        try:
            actions.revise_item(
                item,
                form.revised(),
                parent_number=form.cleaned_data["parent"],
                by=request.user,
            )
        except BadInput as error:
            form.add_error(None, error.message)
        else:
            _tell_of_alike(request, item, form.revised())
            return redirect("items:show", item_id)
    status = 422 if form.is_bound else 200
    return render(request, "items/revise.html", {"item": item, "form": form}, status=status)


def _tell_of_alike(request: PersonRequest, item: Item, mcq: Mcq) -> None:
    alike = near_duplicates(item, mcq)
    if alike:
        others = "another item" if len(alike) == 1 else f"{len(alike)} other items"
        messages.warning(request, f"Saved. The question now reads nearly like {others}; see below.")


@require_POST
@requires(Permission.EDIT_ITEMS)
def check(request: PersonRequest, item_id: int) -> HttpResponse:
    """What the lint and the likeness say of a text before it is saved."""
    item = queries.item_to_show(item_id, request.user)
    form = ReviseForm(request.POST, revision=item.current)
    context: dict[str, object] = {"item": item, "form": form}
    if form.is_valid():
        try:
            typed = form.revised()
            validate(typed)
        except McqError as error:
            form.add_error(None, str(error))
        else:
            context |= _judged(item, typed)
    return render(request, "items/_check.html", context)


@require_POST
@requires(Permission.EDIT_ITEMS)
def retire(request: PersonRequest, item_id: int) -> HttpResponse:
    item = queries.item_to_show(item_id, request.user)
    actions.retire_item(item, reason=request.POST.get("reason", ""), by=request.user)
    return redirect("items:show", item_id)


def place_of(finding: Finding, order: Sequence[str]) -> str:
    """Where a finding is, as a person says it: `option B` for an option's id."""
    kind, _, option_id = finding.where.partition(":")
    return f"option {LETTERS[list(order).index(option_id)]}" if option_id else kind


def lettered_options(revision: Revision) -> list[dict[str, object]]:
    """Options in the order they were written, with letters and the key marked."""
    return [
        {"letter": letter, "text": option["text"], "is_key": option["id"] == revision.key}
        for letter, option in _with_letters(revision)
    ]


def _with_letters(revision: Revision) -> list[tuple[str, dict[str, str]]]:
    return list(zip(LETTERS, revision.options, strict=True))
