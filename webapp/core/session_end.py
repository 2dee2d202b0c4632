"""A session that ended, told to scripts in words that they understand.

A browser follows the redirect to the login page; htmx would put that page into a fragment, and a
script that wanted JSON would take it for success.
"""

from http import HTTPStatus
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url

from webapp.core.errors import CrossScopeError
from webapp.core.middleware import GetResponse, answer, wants_json


class NotLoggedIn(CrossScopeError):
    """Nobody is logged in."""

    status = HTTPStatus.UNAUTHORIZED
    title = "Not signed in"


class SessionEndMiddleware:
    """Reloads the page of an htmx request, refuses one for JSON, leaves the rest as it is."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not _sends_to_login(response):
            return response
        if request.headers.get("HX-Request") == "true":
            return HttpResponse(status=HTTPStatus.UNAUTHORIZED, headers={"HX-Refresh": "true"})
        if wants_json(request):
            return answer(request, NotLoggedIn("Your session has ended; sign in again."))
        return response


def _sends_to_login(response: HttpResponse) -> bool:
    to = response.headers.get("Location", "")
    return response.status_code == HTTPStatus.FOUND and urlsplit(to).path == resolve_url(
        settings.LOGIN_URL
    )
