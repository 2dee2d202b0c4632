"""Request ids, the content security policy, and errors that become answers."""

import pytest
from django.test import Client

from tests.factories import make_user
from webapp.accounts.roles import Role
from webapp.core.middleware import POLICY
from webapp.core.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def curator(client: Client) -> Client:
    client.force_login(make_user(Role.CURATOR))
    return client


def test_every_answer_names_its_request(client: Client) -> None:
    first, second = client.get("/health/"), client.get("/health/")
    assert first["X-Request-Id"]
    assert first["X-Request-Id"] != second["X-Request-Id"]


def test_events_carry_the_id_that_the_answer_names(curator: Client) -> None:
    answer = curator.post("/batches/launch/", {"dimensions": "A", "count": 5})
    assert answer.status_code == 302
    assert Event.objects.get(verb="launch_batch").request_id == answer["X-Request-Id"]


def test_no_page_allows_inline_script_or_style(curator: Client) -> None:
    policy = curator.get("/")["Content-Security-Policy"]
    assert policy == POLICY
    assert "unsafe" not in policy
    assert "default-src 'self'" in policy


def test_an_unknown_address_is_a_page_of_ours(client: Client) -> None:
    answer = client.get("/no/such/page/")
    assert answer.status_code == 404
    assert "There is no such page" in answer.content.decode()


def test_an_error_of_ours_names_the_request_in_its_page(curator: Client) -> None:
    answer = curator.get("/items/999999/")
    assert answer.status_code == 404
    assert answer["X-Request-Id"] in answer.content.decode()


def test_a_form_without_its_token_is_a_page_of_ours() -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(make_user(Role.CURATOR))
    answer = strict.post("/batches/launch/", {"dimensions": "A", "count": 5})
    assert answer.status_code == 403
    assert "Reload the page" in answer.content.decode()


def test_a_body_that_is_too_large_is_a_page_of_ours(curator: Client) -> None:
    answer = curator.post("/batches/launch/", {"name": "x" * 21_000_000})
    assert answer.status_code == 400
    assert "CrossScope" in answer.content.decode()


def test_a_fault_of_ours_names_the_request(
    curator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("webapp.items.queries.count_by_state", broken)
    curator.raise_request_exception = False
    answer = curator.get("/items/")
    assert answer.status_code == 500
    text = answer.content.decode()
    assert "secret detail" not in text
    assert "Request id" in text
