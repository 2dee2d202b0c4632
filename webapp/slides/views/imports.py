from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from webapp.accounts.access import PersonRequest, requires
from webapp.accounts.roles import Permission
from webapp.core.errors import BadInput
from webapp.slides import queries
from webapp.slides.actions import imports, uploads
from webapp.slides.forms import ImportForm
from webapp.slides.models import Import

IMPORTS_PER_PAGE = 50
ENTRIES_PER_PAGE = 200


@require_http_methods(["GET", "POST"])
@requires(Permission.IMPORT_SLIDES)
def start(request: PersonRequest) -> HttpResponse:
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
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
    paths, options = _chosen_files(form, request), form.details()
    if form.cleaned_data["upload"] or form.whole_files():
        options["uploaded"] = True
    kind = Import.Kind(form.cleaned_data["kind"])
    return imports.start_import(
        kind, [str(path) for path in paths], by=request.user, options=options
    )


def _chosen_files(form: ImportForm, request: PersonRequest) -> list[Path]:
    """Uploaded files, or files of the inbox: not both, since only uploaded ones are moved.

    Raises:
        BadInput: both were chosen.
    """
    inbox = [Path(settings.INBOX_ROOT) / name for name in form.cleaned_data["inbox"]]
    upload: UUID | None = form.cleaned_data["upload"]
    if inbox and (upload or form.whole_files()):
        raise BadInput("Import files of this computer and of the inbox one after the other.")
    if form.whole_files():
        upload = upload or uploads.start_upload(by=request.user)
        for file in form.whole_files():
            uploads.keep_whole_file(upload, str(file.name), file.chunks(), by=request.user)
    return inbox if upload is None else uploads.uploaded_files(upload, by=request.user)


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
    outcome = request.GET.get("outcome", "")
    entries = run.entries.filter(outcome=outcome) if outcome else run.entries.all()
    return {
        "run": run,
        "counts": queries.outcome_counts(run),
        "outcome": outcome,
        "page": Paginator(entries, ENTRIES_PER_PAGE).get_page(request.GET.get("page")),
        "is_open": run.state in queries.UNFINISHED,
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
