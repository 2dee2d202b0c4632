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
    view = {"name": "Leaky ones", "query": "state=leaky"}
    answer = curator.post("/items/views/save/", view)
    assert answer.status_code == 302
    assert Event.objects.get(verb="save_view").request_id == answer["X-Request-Id"]


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


@pytest.mark.parametrize(
    "address",
    [
        "/slides/?q=%00",
        "/slides/1/dz/aaaaaaaaaaaaa%00.dzi",
        "/slides/imports/1/?outcome=%00",
        "/items/%00/",
        "/audit/?page=%00",
        "/no/such/%00",
    ],
)
def test_a_nul_in_an_address_is_refused_with_a_sentence(curator: Client, address: str) -> None:
    answer = curator.get(address)
    assert answer.status_code == 422
    assert "NUL character" in answer.content.decode()


def test_a_nul_in_an_address_of_the_api_is_refused_in_json(curator: Client) -> None:
    for address in ("/api/slides?q=%00", "/api/items?q=a%00b", "/api/slides?organ=%00"):
        answer = curator.get(address)
        assert answer.status_code == 422
        assert "NUL character" in answer.json()["message"]


@pytest.mark.parametrize(
    ("address", "method", "allowed"),
    [
        ("/items/", "delete", "GET"),
        ("/items/1/retire/", "get", "POST"),
        ("/slides/imports/", "put", "GET"),
        ("/api/items", "patch", "GET"),
    ],
)
def test_a_wrong_method_is_told_the_right_one(
    curator: Client, address: str, method: str, allowed: str
) -> None:
    answer = getattr(curator, method)(address)
    assert answer.status_code == 405
    assert answer["Allow"] == allowed
    text = answer.json()["message"] if "/api/" in address else answer.content.decode()
    assert f"takes no {method.upper()}; it takes {allowed}" in text


def test_a_session_that_spells_a_nul_is_no_session(client: Client) -> None:
    cookie = f'sessionid="{"a" * 20}\\000"; messages="x\\000"'
    answer = client.get("/items/", headers={"cookie": cookie})
    assert (answer.status_code, answer["Location"]) == (302, "/login/?next=/items/")


@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary=x"])
def test_a_body_that_is_no_form_is_a_page_of_ours(curator: Client, kind: str) -> None:
    answer = curator.post("/batches/launch/", b"\xff\x00 garbage", content_type=kind)
    assert answer.status_code in (400, 422)
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
