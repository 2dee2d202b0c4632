"""Logging in and out."""

import re

import pytest
from django.test import Client

from tests.factories import make_user
from webapp.accounts.queries import system_user
from webapp.accounts.roles import Role

pytestmark = pytest.mark.django_db


def log_in(client: Client, username: str = "cleo", **fields: str) -> str:
    """Where the answer leads, or "" when the form comes back."""
    answer = client.post("/login/", {"username": username, "password": "password", **fields})
    return answer["Location"] if answer.status_code == 302 else ""


@pytest.fixture(autouse=True)
def cleo() -> None:
    make_user(Role.CURATOR, "cleo")


def test_the_right_password_leads_home(client: Client) -> None:
    assert log_in(client) == "/"
    assert client.get("/").status_code == 200


def test_and_back_to_the_page_that_was_asked_for(client: Client) -> None:
    assert log_in(client, next="/items/?state=ready") == "/items/?state=ready"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:x"])
def test_but_never_to_another_site(client: Client, elsewhere: str) -> None:
    assert log_in(client, next=elsewhere) == "/"


@pytest.mark.parametrize(
    ("username", "password"),
    [("cleo", "wrong"), ("nobody", "password"), ("", ""), ("system", ""), ("\x00", "password")],
)
def test_anything_else_gets_the_form_again(client: Client, username: str, password: str) -> None:
    system_user()
    assert log_in(client, username, password=password) == ""
    assert client.get("/").status_code == 302


def test_a_wrong_name_and_a_wrong_password_look_the_same(client: Client) -> None:
    def page(name: str) -> str:
        answer = client.post("/login/", {"username": name, "password": "wrong"})
        text = re.sub(r"X-CSRFToken[^}]*|csrfmiddlewaretoken[^>]*", "", answer.content.decode())
        return text.replace(name, "")

    assert page("cleo") == page("nobody")


def test_logging_out_takes_a_post_and_ends_the_session(client: Client) -> None:
    log_in(client)
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/").status_code == 302
    assert client.get("/").status_code == 302


def test_somebody_logged_in_is_not_asked_again(client: Client) -> None:
    log_in(client)
    assert client.get("/login/")["Location"] == "/"


def test_the_session_cookie_is_out_of_reach_of_scripts(client: Client) -> None:
    log_in(client)
    cookie = client.cookies["sessionid"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
