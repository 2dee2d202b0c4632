"""Permission checks: `require` in actions, `@requires` on views."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeAlias, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers

from webapp.accounts.models import User
from webapp.accounts.roles import Permission
from webapp.core.errors import NotAllowed

P = ParamSpec("P")


class PersonRequest(HttpRequest):
    """A request whose sender is logged in (what the decorators here guarantee)."""

    user: User


View: TypeAlias = Callable[Concatenate[PersonRequest, P], HttpResponse]
GuardedView: TypeAlias = Callable[Concatenate[HttpRequest, P], HttpResponse]


def require(by: User, permission: Permission) -> None:
    """Raises NotAllowed unless the person has the permission."""
    if not (by.is_active and by.may(permission)):
        raise NotAllowed(f"{by} lacks the permission “{permission.label}”; ask an admin for it.")


def requires(permission: Permission) -> Callable[[View[P]], GuardedView[P]]:
    """The view answers only people with the permission; strangers are sent to the login page.

    No browser or proxy keeps the answer, unless the view says otherwise: the next person at the
    same computer may have to stay blind to it.
    """

    def decorate(view: View[P]) -> GuardedView[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            person = cast(PersonRequest, request)
            require(person.user, permission)
            response = view(person, *args, **kwargs)
            if not response.has_header("Cache-Control"):
                add_never_cache_headers(response)
            return response

        return cast(GuardedView[P], login_required(guarded))

    return decorate
