from django.contrib.auth.decorators import login_required, permission_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from webapp.core.context import current_request_id
from webapp.core.errors import CrossScopeError, NotAllowed, NotFound
from webapp.core.forms import AuditFilterForm
from webapp.core.middleware import answer
from webapp.core.queries import audit_log

ENTRIES_PER_PAGE = 50


@require_GET
@never_cache
@login_required
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "core/home.html")


@require_GET
def health(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"status": "ok"})


@require_GET
@never_cache
@login_required
@permission_required("accounts.read_audit", raise_exception=True)
def audit(request: HttpRequest) -> HttpResponse:
    form = AuditFilterForm(request.GET)
    form.is_valid()
    entries = audit_log(**form.cleaned_data)
    page = Paginator(entries, ENTRIES_PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "core/audit.html", {"page": page, "form": form})


@require_GET
@never_cache
@login_required
@permission_required("accounts.manage_people", raise_exception=True)
def styleguide(request: HttpRequest) -> HttpResponse:
    return render(request, "core/styleguide.html")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, CrossScopeError("The request is malformed or too large; send less."))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, NotAllowed("Your role does not open this page; ask an admin."))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return answer(
        request,
        NotAllowed(
            "This form was not sent from a fresh page of CrossScope. "
            "Reload the page and send it again."
        ),
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, NotFound("There is no such page, or it is not yours to see."))


def server_error(request: HttpRequest) -> HttpResponse:
    return HttpResponse(
        "CrossScope failed on this request. Tell an admin the id below; the log has the details.\n"
        f"Request id: {current_request_id()}",
        status=500,
        content_type="text/plain",
    )
