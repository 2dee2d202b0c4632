"""Who may come in, and what refusals look like."""

import pytest
from django.test import Client

from tests.api.conftest import Ask, Send
from tests.factories import make_item, make_user
from webapp.accounts.roles import Role
from webapp.items.states import ItemState

WITH_KEYS = (
    "items", "items/1", "items/1/story", "batches", "batches/1", "batches/1/slots", "calls",
    "calls/1", "constraints", "constraints/1", "releases", "releases/1",
)  # fmt: skip
EVERYWHERE = ("slides", "slides/1", "models", *WITH_KEYS)
WRITES = (
    ("POST", "batches", {"config": {"count": 3}}),
    ("POST", "batches/preview", {"config": {"count": 3}}),
    ("POST", "batches/1/cancel", None),
    ("POST", "batches/1/resume", None),
    ("POST", "batches/1/retry", {"cause": "No findings cross."}),
    ("POST", "models/gpt-5/check", None),
    ("PUT", "batches/1/budget", {"budget_usd": "1"}),
    ("POST", "constraints", {"dimension": "A", "kind": "other", "text": "Write plainly."}),
    ("POST", "constraints/1/versions", {"text": "Write plainly.", "parent": 1}),
    ("POST", "constraints/1/retire", None),
    ("POST", "constraints/1/restore", None),
    ("POST", "items/1/retire", {"reason": "Blurred."}),
    ("POST", "items/1/send-back", {"reason": "Blurred."}),
    ("POST", "items/1/screen", None),
)
HUGE = 10**30


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
        ("calls/999", "no call 999"),
        ("constraints/999", "no constraint 999"),
        ("items/999/story", "no item 999"),
        ("batches/999/slots", "no batch 999"),
        *((f"{one}/{HUGE}", f"no {one.removesuffix('s')} {HUGE}") for one in ("items", "calls")),
        (f"batches/{HUGE}", f"no batch {HUGE}"),
        (f"constraints/{HUGE}", f"no constraint {HUGE}"),
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


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
def test_nobody_writes_who_may_not(send: Send, method: str, path: str, body: object) -> None:
    for role, wanted in ((None, 401), (Role.PATHOLOGIST, 403)):
        status, told = send(path, body, role=role, method=method)
        assert status == wanted
        assert set(told) == {"error", "message", "request_id"}


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
def test_what_is_not_there_cannot_be_written(
    send: Send, method: str, path: str, body: object
) -> None:
    if "/1" in path:
        status, told = send(path.replace("/1", "/999"), body, method=method)
        assert status == 404
        assert "999" in told["message"]


@pytest.mark.django_db
def test_a_write_needs_the_token_of_the_site() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user(Role.CURATOR))
    body = {"dimension": "A", "kind": "other", "text": "Write plainly."}

    def written(**headers: str) -> tuple[int, str]:
        answer = client.post(
            "/api/constraints", body, content_type="application/json", headers=headers
        )
        return answer.status_code, answer.json().get("message", "")

    status, told = written()
    assert (status, "X-CSRFToken" in told) == (403, True)
    client.get("/items/")
    assert written(**{"X-CSRFToken": client.cookies["csrftoken"].value})[0] == 201


@pytest.mark.django_db
def test_what_is_only_read_takes_no_write(client: Client) -> None:
    client.force_login(make_user(Role.ADMIN))
    for path in set(EVERYWHERE) - {path for _, path, _ in WRITES}:
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
    assert client.get(f"/api/items/{open_item.pk}/story").status_code == 404
    assert client.get("/api/calls").status_code == 403
    assert client.get(f"/api/items/{decided.pk}").status_code == 200
