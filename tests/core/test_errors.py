"""Each error class is a sentence with an HTTP status; the answer fits its reader."""

from http import HTTPStatus

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory

from webapp.core import errors
from webapp.core.errors import (
    BadInput,
    Conflict,
    CrossScopeError,
    NotAllowed,
    NotAMove,
    NotFound,
    StaleState,
    WrongMethod,
)
from webapp.core.middleware import answer

STATUSES = {
    BadInput: HTTPStatus.UNPROCESSABLE_ENTITY,
    NotAllowed: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    WrongMethod: HTTPStatus.METHOD_NOT_ALLOWED,
    Conflict: HTTPStatus.CONFLICT,
    StaleState: HTTPStatus.CONFLICT,
    NotAMove: HTTPStatus.CONFLICT,
}
SENTENCE = "<b>Row 3</b> has no answer; add one."


def answered(error: CrossScopeError, path: str = "/items/", **headers: str) -> tuple[int, str]:
    request = RequestFactory().get(path, headers=headers)
    request.user = AnonymousUser()
    response = answer(request, error)
    return response.status_code, response.content.decode()


@pytest.mark.parametrize(("kind", "status"), STATUSES.items())
def test_each_class_has_its_status(kind: type[CrossScopeError], status: HTTPStatus) -> None:
    assert kind.status == status
    assert answered(kind(SENTENCE))[0] == status


def test_no_class_is_forgotten_here() -> None:
    classes = {
        one
        for one in vars(errors).values()
        if isinstance(one, type) and issubclass(one, CrossScopeError) and one is not CrossScopeError
    }
    assert classes == set(STATUSES)


def test_every_class_is_the_readers_to_mend_and_never_ours() -> None:
    assert all(400 <= status < 500 for status in STATUSES.values())
    assert len({kind.title for kind in STATUSES}) >= 4


def test_a_person_gets_a_page_with_the_sentence_escaped() -> None:
    _status, text = answered(BadInput(SENTENCE), accept="text/html")
    assert "<!doctype html>" in text
    assert "&lt;b&gt;Row 3&lt;/b&gt; has no answer; add one." in text


def test_htmx_gets_a_fragment() -> None:
    _status, text = answered(BadInput(SENTENCE), **{"HX-Request": "true"})
    assert "<!doctype html>" not in text
    assert "&lt;b&gt;Row 3" in text


@pytest.mark.parametrize(
    ("path", "accept"), [("/api/items", "*/*"), ("/items/", "application/json")]
)
def test_a_program_gets_json(path: str, accept: str) -> None:
    status, text = answered(BadInput(SENTENCE), path, accept=accept)
    assert status == 422
    assert f'"message": "{SENTENCE}"' in text
