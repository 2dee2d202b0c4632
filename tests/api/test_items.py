import pytest
from django.test import Client

from tests.api.conftest import Ask
from tests.factories import make_item, make_user
from webapp.accounts.roles import Role
from webapp.items.states import ItemState

pytestmark = pytest.mark.django_db


def test_items_are_filtered_and_listed_without_keys(ask: Ask) -> None:
    wanted = make_item(state=ItemState.APPROVED, dimension="C")
    make_item(state=ItemState.APPROVED, dimension="A")
    make_item(state=ItemState.READY, dimension="C")
    status, body = ask("items", state="approved", dimension="C")
    assert status == 200
    (row,) = body["results"]
    assert row["id"] == wanted.pk
    assert "key" not in row


def test_an_item_comes_with_options_key_and_findings(ask: Ask) -> None:
    item = make_item(texts=("same", "same", "b", "c"))
    status, body = ask(f"items/{item.pk}")
    assert status == 200
    assert body["key"] in {option["id"] for option in body["options"]}
    assert "duplicate_options" in {finding["rule"] for finding in body["findings"]}
    assert body["revision"] == 1
    assert body["scales"] == ["high", "low", "mid"]


def test_a_list_needs_a_fixed_number_of_queries(
    ask: Ask, django_assert_max_num_queries: object
) -> None:
    for _ in range(6):
        make_item()
    ask("items")
    assert callable(django_assert_max_num_queries)
    with django_assert_max_num_queries(8):
        ask("items")


def test_answers_are_kept_by_no_browser(client: Client) -> None:
    client.force_login(make_user(Role.CURATOR))
    answer = client.get(f"/api/items/{make_item().pk}")
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
