"""Who may come in, and what refusals look like."""

import pytest
from django.test import Client

from tests.api.conftest import Ask
from tests.factories import make_item, make_user
from webapp.accounts.roles import Role
from webapp.items.states import ItemState

WITH_KEYS = ("items", "items/1", "batches/1", "releases", "releases/1")
EVERYWHERE = ("slides", "slides/1", *WITH_KEYS)


def test_health_is_open(ask: Ask) -> None:
    assert ask("health", None) == (200, {"status": "ok"})


@pytest.mark.parametrize("path", EVERYWHERE)
def test_strangers_are_told_to_log_in(ask: Ask, path: str) -> None:
    status, body = ask(path, None)
    assert status == 401
    assert set(body) == {"error", "message", "request_id"}
    assert "Log in" in body["message"]


@pytest.mark.parametrize("path", WITH_KEYS)
def test_pathologists_are_refused_whatever_holds_keys(ask: Ask, path: str) -> None:
    status, body = ask(path, Role.PATHOLOGIST)
    assert status == 403
    assert "Can see keys" in body["message"]


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("items/999", "no item 999"),
        ("slides/999", "no slide 999"),
        ("batches/999", "no batch 999"),
        ("releases/999", "no release 999"),
        ("items?page=7", "no page 7"),
    ],
)
def test_what_is_not_there_is_named(ask: Ask, path: str, named: str) -> None:
    status, body = ask(path)
    assert status == 404
    assert named in body["message"]


@pytest.mark.parametrize(
    "query", [{"page": 0}, {"page": "x"}, {"per_page": 201}, {"state": "odd"}, {"dimension": "F"}]
)
def test_a_bad_parameter_is_named(ask: Ask, query: dict[str, object]) -> None:
    status, body = ask("items", **query)
    assert status == 422
    assert next(iter(query)) in body["message"]


@pytest.mark.django_db
def test_nothing_is_written(client: Client) -> None:
    client.force_login(make_user(Role.ADMIN))
    for path in EVERYWHERE:
        assert client.post(f"/api/{path}").status_code == 405


def test_the_schema_is_served_and_no_page_with_inline_scripts(ask: Ask, client: Client) -> None:
    status, schema = ask("openapi.json", None)
    assert status == 200
    assert "/api/releases/{number}" in schema["paths"]
    assert client.get("/api/docs").status_code == 404


@pytest.mark.django_db
def test_somebody_who_also_reviews_stays_blind_until_the_item_is_decided(client: Client) -> None:
    client.force_login(make_user(is_superuser=True))
    open_item, decided = make_item(state=ItemState.READY), make_item(state=ItemState.APPROVED)
    assert client.get(f"/api/items/{open_item.pk}").status_code == 404
    assert client.get(f"/api/items/{decided.pk}").status_code == 200
