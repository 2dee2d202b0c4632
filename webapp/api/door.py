"""The API itself: who comes in, and how refusals are told."""

from http import HTTPStatus
from typing import Any, cast

from django.core.paginator import EmptyPage, Paginator
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.security import django_auth

from webapp.accounts.access import PersonRequest, require
from webapp.accounts.models import User
from webapp.accounts.roles import Permission
from webapp.core.errors import BadInput, CrossScopeError, NotAllowed, NotFound
from webapp.core.middleware import answer
from webapp.core.session_end import NotLoggedIn
from webapp.slides.queries import may_see_texts

PER_PAGE = 50
MAX_PER_PAGE = 200
FORGED = "A write needs the CSRF token: send the cookie csrftoken in the header X-CSRFToken too."


class PrivateApi(NinjaAPI):
    """Answers hold keys and people's work: no browser or proxy keeps them."""

    def create_temporal_response(self, request: HttpRequest) -> HttpResponse:
        response = super().create_temporal_response(request)
        response["Cache-Control"] = "no-store"
        return response


# Its interactive pages need inline scripts, which our policy forbids: the schema alone is served.
api = PrivateApi(
    title="CrossScope",
    version="1",
    description="What the pages tell and do, as JSON, by the session of the site.",
    docs_url=None,
    auth=django_auth,
    urls_namespace="api",
)


@api.exception_handler(CrossScopeError)
def tell(request: HttpRequest, error: CrossScopeError) -> HttpResponse:
    return answer(request, error)


@api.exception_handler(AuthenticationError)
def tell_stranger(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return answer(request, NotLoggedIn("Log in first: the API goes by the site's session."))


@api.exception_handler(HttpError)
def tell_unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    """What ninja refuses by itself: a body that is no JSON, a write without the CSRF token."""
    if error.status_code == HTTPStatus.FORBIDDEN:
        return answer(request, NotAllowed(FORGED))
    return answer(request, BadInput("The body is no JSON that can be read; mend it."))


@api.exception_handler(ValidationError)
def tell_bad_parameter(request: HttpRequest, error: ValidationError) -> HttpResponse:
    faults = "; ".join(f"{one['loc'][-1]}: {one['msg']}" for one in error.errors)
    return answer(request, BadInput(f"Mend these parameters: {faults}."))


@api.exception_handler(Http404)
def tell_nothing_there(request: HttpRequest, error: Http404) -> HttpResponse:
    return answer(request, NotFound("There is nothing at this address."))


def person(request: HttpRequest, *permissions: Permission) -> User:
    """Who asks, known to have these permissions.

    Raises:
        NotAllowed: they lack one.
    """
    user = cast(PersonRequest, request).user
    for permission in permissions:
        require(user, permission)
    return user


def keyholder(request: HttpRequest) -> User:
    """Who asks, known to see keys and to review nothing: what a model was asked and answered tells
    of items that are not decided yet.

    Raises:
        NotAllowed: they see no keys, or review.
    """
    user = person(request, Permission.SEE_KEYS)
    if not may_see_texts(user):
        raise NotAllowed("You review items, so calls are not for you: they tell keys.")
    return user


def paged(rows: QuerySet[Model] | Any, page: int, per_page: int) -> dict[str, Any]:
    """The fields of a `Page` without its results, and the rows as `rows`.

    Raises:
        NotFound: the list has fewer pages.
    """
    pages = Paginator(rows, per_page)
    try:
        here = pages.page(page)
    except EmptyPage as error:
        raise NotFound(f"There is no page {page}; the last one is {pages.num_pages}.") from error
    return {"count": pages.count, "page": page, "pages": pages.num_pages, "rows": here.object_list}
