"""Request ids, the content security policy, and errors as pages, fragments or JSON."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from webapp.core.context import current_request_id, request_id
from webapp.core.errors import BadInput, CrossScopeError, WrongMethod

GetResponse = Callable[[HttpRequest], HttpResponse]

POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data: blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)


class RequestIdMiddleware:
    """Everything a request writes or logs carries one id, which the answer names too."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with request_id() as identity:
            response = self.get_response(request)
        response["X-Request-Id"] = identity
        return response


class UsableCookiesMiddleware:
    """Leaves out cookies that spell a NUL, which quoted octal can: the database would fail on such
    a session.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.COOKIES = {
            name: value for name, value in request.COOKIES.items() if "\0" not in value
        }
        return self.get_response(request)


class ContentSecurityPolicyMiddleware:
    """No inline script, style or handler anywhere (CSP level 3)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.setdefault("Content-Security-Policy", POLICY)
        return response


class ErrorMiddleware:
    """Turns a CrossScopeError into an answer that its reader can use."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if _holds_nul(request):  # no database column holds one, so it can find nothing
            return answer(request, BadInput("The address holds a NUL character (%00); remove it."))
        response = self.get_response(request)
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            return _told_methods(request, response)
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return answer(request, error) if isinstance(error, CrossScopeError) else None


def _holds_nul(request: HttpRequest) -> bool:
    return "\0" in request.path or "%00" in request.META.get("QUERY_STRING", "")


def _told_methods(request: HttpRequest, refusal: HttpResponse) -> HttpResponse:
    """Django's empty 405 as a sentence; the header Allow stays."""
    allowed = refusal.headers.get("Allow", "")
    known = f"; it takes {allowed}" if allowed else ""
    told = answer(request, WrongMethod(f"This address takes no {request.method}{known}."))
    if allowed:
        told["Allow"] = allowed
    return told


def wants_json(request: HttpRequest) -> bool:
    return request.path.startswith("/api/") or (
        request.accepts("application/json") and not (request.accepts("text/html"))
    )


def answer(request: HttpRequest, error: CrossScopeError) -> HttpResponse:
    if wants_json(request):
        body = {"error": error.title, "message": error.message, "request_id": current_request_id()}
        return JsonResponse(body, status=error.status)
    htmx = request.headers.get("HX-Request") == "true"
    template = "core/_error.html" if htmx else "core/error.html"
    context = {"error": error, "request_id": current_request_id()}
    return render(request, template, context, status=error.status)
