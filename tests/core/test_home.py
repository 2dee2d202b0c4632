"""The start page: each role finds its own rooms and no others."""

import re

import pytest
from django.test import Client

from tests.factories import make_user
from webapp.accounts.roles import Role

pytestmark = pytest.mark.django_db

ROOMS_WITH_KEYS = {"/items/summary/", "/batches/summary/", "/slides/summary/", "/releases/summary/"}
FRAGMENTS = {
    Role.PATHOLOGIST: {"/review/summary/"},
    Role.CURATOR: ROOMS_WITH_KEYS,
    Role.ADMIN: ROOMS_WITH_KEYS,
}


def home_of(client: Client, role: Role) -> str:
    client.force_login(make_user(role))
    answer = client.get("/")
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("role", Role)
def test_each_role_finds_its_rooms(client: Client, role: Role) -> None:
    asked = set(re.findall(r'hx-get="([^"]+)" hx-trigger="load"', home_of(client, role)))
    assert asked == FRAGMENTS[role]


@pytest.mark.parametrize("role", Role)
def test_every_fragment_answers_as_one_card(client: Client, role: Role) -> None:
    home_of(client, role)
    for address in FRAGMENTS[role]:
        text = client.get(address, headers={"HX-Request": "true"}).content.decode().strip()
        assert text.startswith("<section"), address
        assert text.endswith("</section>"), address


def test_somebody_without_a_role_is_told_so(client: Client) -> None:
    client.force_login(make_user())
    assert "no role yet" in client.get("/").content.decode()


def test_a_stranger_is_sent_to_the_login_page(client: Client) -> None:
    answer = client.get("/")
    assert (answer.status_code, answer["Location"]) == (302, "/login/?next=/")


def test_health_needs_no_login_and_tells_nothing(client: Client) -> None:
    assert client.get("/health/").json() == {"status": "ok"}


def test_the_styleguide_is_for_admins(client: Client) -> None:
    assert client.get("/styleguide/").status_code == 302
    client.force_login(make_user(Role.CURATOR))
    assert client.get("/styleguide/").status_code == 403
    client.force_login(make_user(Role.ADMIN))
    assert client.get("/styleguide/").status_code == 200
