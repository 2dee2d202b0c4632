"""Pages about items, for people who may see keys."""

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from webapp.accounts.access import PersonRequest, requires
from webapp.accounts.roles import Permission
from webapp.core.errors import BadInput
from webapp.core.events import history
from webapp.items import actions, queries
from webapp.items.forms import ItemFilterForm, QuestionImportForm, ReviseForm
from webapp.items.lettering import LETTERS, render_rationale
from webapp.items.lint import Finding, lint
from webapp.items.models import Item, Revision
from webapp.items.question_files import MAX_FILE_BYTES
from webapp.items.states import ITEM_MOVES, ItemState
from webapp.slides.actions.imports import start_import
from webapp.slides.models import Import
from webapp.slides.views.chosen import chosen_files

ITEMS_PER_PAGE = 50


@require_GET
@requires(Permission.SEE_KEYS)
def list_items(request: PersonRequest) -> HttpResponse:
    form = ItemFilterForm(request.GET)
    form.is_valid()
    items = queries.filtered_items(**form.cleaned_data)
    counts = queries.count_by_state()
    context = {
        "form": form,
        "state": form.cleaned_data.get("state", ""),
        "total": sum(counts.values()),
        "tabs": [(state, state.label, counts[state]) for state in ItemState if state in counts],
        "page": Paginator(items, ITEMS_PER_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "items/list.html", context)


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
        "findings": [(finding, place_of(finding, order)) for finding in lint(revision.mcq())],
        "history": history(item),
        "may_revise": _may_move(request, item, ItemState.SCREENING),
        "may_retire": _may_move(request, item, ItemState.RETIRED),
    }
    return render(request, "items/show.html", context)


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
            return redirect("items:show", item_id)
    status = 422 if form.is_bound else 200
    return render(request, "items/revise.html", {"item": item, "form": form}, status=status)


@require_POST
@requires(Permission.EDIT_ITEMS)
def retire(request: PersonRequest, item_id: int) -> HttpResponse:
    item = queries.item_to_show(item_id, request.user)
    actions.retire_item(item, reason=request.POST.get("reason", ""), by=request.user)
    return redirect("items:show", item_id)


@require_GET
@requires(Permission.SEE_KEYS)
def summary(request: PersonRequest) -> HttpResponse:
    """For the home page: how many items are in each state."""
    return render(request, "items/_summary.html", {"counts": queries.count_by_state()})


@require_http_methods(["GET", "POST"])
@requires(Permission.IMPORT_SLIDES)
def import_questions(request: PersonRequest) -> HttpResponse:
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = QuestionImportForm(*sent)
    if form.is_valid():
        try:
            return redirect("slides:import_run", _start_import(form, request).pk)
        except BadInput as error:
            form.add_error(None, error.message)
    context = {
        "form": form,
        "inbox_root": settings.INBOX_ROOT,
        "max_bytes": min(settings.MAX_UPLOAD_BYTES, MAX_FILE_BYTES),
    }
    return render(request, "items/import.html", context, status=422 if form.errors else 200)


def _start_import(form: QuestionImportForm, request: PersonRequest) -> Import:
    paths = [path for path in chosen_files(form, by=request.user) if form.offers(path.name)]
    if not paths:
        raise BadInput("Choose a file of questions, named .json.")
    options = {} if form.cleaned_data["inbox"] else {"uploaded": True}
    chosen = [str(path) for path in paths]
    return start_import(Import.Kind.QUESTIONS, chosen, by=request.user, options=options)


def place_of(finding: Finding, order: list[str]) -> str:
    """Where a finding is, as a person says it: `option B` for an option's id."""
    kind, _, option_id = finding.where.partition(":")
    return f"option {LETTERS[order.index(option_id)]}" if option_id else kind


def lettered_options(revision: Revision) -> list[dict[str, object]]:
    """Options in the order they were written, with letters and the key marked."""
    return [
        {"letter": letter, "text": option["text"], "is_key": option["id"] == revision.key}
        for letter, option in zip(LETTERS, revision.options, strict=True)
    ]
