from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.factories import make_user
from webapp.accounts.roles import Role

Ask = Callable[..., tuple[int, Any]]


@pytest.fixture
def ask(db: None) -> Ask:
    """GET an address of the API as somebody of a role (or a stranger): status and JSON."""
    people: dict[Role, Client] = {}

    def get(path: str, role: Role | None = Role.CURATOR, **query: Any) -> tuple[int, Any]:
        client = Client()
        if role is not None:
            client = people.setdefault(role, client)
            if "sessionid" not in client.cookies:
                client.force_login(make_user(role))
        response = client.get(f"/api/{path}", query)
        assert response["Content-Type"].startswith("application/json")
        return response.status_code, response.json()

    return get
