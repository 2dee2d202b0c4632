"""Starting an import of published questions."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from webapp.accounts.access import PersonRequest, requires
from webapp.accounts.roles import Permission
from webapp.core.errors import BadInput
from webapp.items.forms import QuestionImportForm
from webapp.items.question_files import MAX_FILE_BYTES
from webapp.slides.actions.imports import start_import
from webapp.slides.models import Import
from webapp.slides.views.chosen import chosen_files


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
