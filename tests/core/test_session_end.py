"""What scripts are told when nobody is signed in any more."""

import pytest
from django.test import Client

from tests.factories import make_user
from webapp.accounts.roles import Role

pytestmark = pytest.mark.django_db

FRAGMENT = "/slides/summary/"


def test_a_page_sends_its_reader_to_the_login(client: Client) -> None:
    answer = client.get(FRAGMENT)
    assert answer.status_code == 302
    assert answer["Location"] == f"/login/?next={FRAGMENT}"


def test_a_fragment_reloads_its_page_instead_of_showing_the_login_in_it(client: Client) -> None:
    answer = client.get(FRAGMENT, headers={"hx-request": "true"})
    assert answer.status_code == 401
    assert answer["HX-Refresh"] == "true"
    assert answer.content == b""


def test_a_script_that_uploads_is_told_in_json(client: Client) -> None:
    answer = client.post("/slides/uploads/", headers={"accept": "application/json"})
    assert answer.status_code == 401
    assert "sign in again" in answer.json()["message"]


def test_who_is_signed_in_notices_nothing(client: Client) -> None:
    client.force_login(make_user(Role.CURATOR))
    for headers in ({"hx-request": "true"}, {"accept": "application/json"}):
        answer = client.get(FRAGMENT, headers=headers)
        assert answer.status_code == 200
        assert "HX-Refresh" not in answer
