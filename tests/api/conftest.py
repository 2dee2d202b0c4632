import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.factories import make_user
from webapp.accounts.roles import Role

Ask = Callable[..., tuple[int, Any]]
Send = Callable[..., tuple[int, Any]]


@pytest.fixture
def as_role(db: None) -> Callable[[Role | None], Client]:
    """A client of somebody of a role, the same for each, or of a stranger."""
    people: dict[Role, Client] = {}

    def get(role: Role | None) -> Client:
        if role is None:
            return Client()
        client = people.setdefault(role, Client())
        if "sessionid" not in client.cookies:
            client.force_login(make_user(role))
        return client

    return get


@pytest.fixture
def ask(as_role: Callable[[Role | None], Client]) -> Ask:
    """GET an address of the API as somebody of a role (or a stranger): status and JSON."""

    def get(path: str, role: Role | None = Role.CURATOR, **query: Any) -> tuple[int, Any]:
        return _told(as_role(role).get(f"/api/{path}", query))

    return get


@pytest.fixture
def send(as_role: Callable[[Role | None], Client]) -> Send:
    """POST (or another method) a body as JSON: status and JSON."""

    def write(
        path: str, body: Any = None, role: Role | None = Role.CURATOR, method: str = "POST"
    ) -> tuple[int, Any]:
        text = body if isinstance(body, str) else json.dumps(body)
        data = "" if body is None else text
        client = as_role(role)
        return _told(client.generic(method, f"/api/{path}", data, "application/json"))

    return write


def _told(response: Any) -> tuple[int, Any]:
    assert response["Content-Type"].startswith("application/json")
    return response.status_code, response.json()
