from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from webapp.accounts.access import PersonRequest, requires
from webapp.accounts.roles import Permission
from webapp.core.errors import BadInput
from webapp.slides import queries
from webapp.slides.actions import imports
from webapp.slides.forms import ImportForm
from webapp.slides.models import Import, ImportEntry
from webapp.slides.states import UNFINISHED
from webapp.slides.views.chosen import chosen_files

IMPORTS_PER_PAGE = 50
ENTRIES_PER_PAGE = 200
CAPTION_SUFFIXES = (".jsonl", ".ndjson")


@require_http_methods(["GET", "POST"])
@requires(Permission.IMPORT_SLIDES)
def start(request: PersonRequest) -> HttpResponse:
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = ImportForm(*sent)
    if form.is_valid():
        try:
            return redirect("slides:import_run", _start(form, request).pk)
        except BadInput as error:
            form.add_error(None, error.message)
    context = {
        "form": form,
        "inbox_root": settings.INBOX_ROOT,
        "max_bytes": settings.MAX_UPLOAD_BYTES,
    }
    return render(request, "slides/import.html", context, status=422 if form.errors else 200)


def _start(form: ImportForm, request: PersonRequest) -> Import:
    paths, options = chosen_files(form, by=request.user), form.details()
    if not form.cleaned_data["inbox"]:
        options["uploaded"] = True
    kind = form.kind_of_import
    if kind == Import.Kind.CAPTIONS:
        paths = [path for path in paths if path.suffix.lower() in CAPTION_SUFFIXES]
        if not paths:
            raise BadInput("Choose a captions file, named .jsonl; images go with it.")
    chosen = [str(path) for path in paths]
    return imports.start_import(kind, chosen, by=request.user, options=options)


@require_GET
@requires(Permission.IMPORT_SLIDES)
def list_imports(request: PersonRequest) -> HttpResponse:
    page = Paginator(queries.imports_to_show(), IMPORTS_PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "slides/imports.html", {"page": page})


@require_GET
@requires(Permission.IMPORT_SLIDES)
def show(request: PersonRequest, run_id: int) -> HttpResponse:
    return render(request, "slides/import_run.html", _run_context(request, run_id))


@require_GET
@requires(Permission.IMPORT_SLIDES)
def progress(request: PersonRequest, run_id: int) -> HttpResponse:
    return render(request, "slides/_import_progress.html", _run_context(request, run_id))


def _run_context(request: PersonRequest, run_id: int) -> dict[str, Any]:
    run = queries.import_to_show(run_id)
    asked = request.GET.get("outcome", "")
    outcome = asked if asked in ImportEntry.Outcome.values else ""
    entries = run.entries.filter(outcome=outcome) if outcome else run.entries.all()
    return {
        "run": run,
        "counts": queries.outcome_counts(run),
        "outcome": outcome,
        "page": Paginator(entries, ENTRIES_PER_PAGE).get_page(request.GET.get("page")),
        "is_open": run.state in UNFINISHED,
    }


@require_POST
@requires(Permission.IMPORT_SLIDES)
def cancel(request: PersonRequest, run_id: int) -> HttpResponse:
    imports.cancel_import(queries.import_to_show(run_id), by=request.user)
    return redirect("slides:import_run", run_id)


@require_POST
@requires(Permission.IMPORT_SLIDES)
def retry(request: PersonRequest, run_id: int) -> HttpResponse:
    imports.retry_import(queries.import_to_show(run_id), by=request.user)
    return redirect("slides:import_run", run_id)
