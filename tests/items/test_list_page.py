"""The list of items: its filters, and what is done to many at once."""

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.factories import make_item, make_mcq, make_slide, make_triplet, make_user
from webapp.accounts.roles import Role
from webapp.items.models import Item
from webapp.items.states import ItemState

pytestmark = pytest.mark.django_db


@pytest.fixture
def curator(client: Client) -> Client:
    client.force_login(make_user(Role.CURATOR, "cleo"))
    return client


def listed(client: Client, **query: str) -> list[int]:
    return [item.pk for item in client.get("/items/", query).context["page"]]


def test_items_are_found_by_organ_and_twins(curator: Client) -> None:
    lung = make_item(make_triplet(make_slide(organ="lung")))
    twin = make_item(make_triplet(make_slide(organ="skin")))
    Item.objects.filter(pk=twin.pk).update(twin_group="t")
    assert listed(curator, organ="lung") == [lung.pk]
    assert listed(curator, organ="nonsense") == [twin.pk, lung.pk]
    assert listed(curator, twins="yes") == [twin.pk]
    assert listed(curator, twins="no") == [lung.pk]


def test_items_are_found_by_their_near_duplicates(curator: Client) -> None:
    triplet = make_triplet()
    one, same = (make_item(triplet, mcq=make_mcq(seed=seed)) for seed in (1, 2))
    elsewhere = make_item(mcq=make_mcq(seed=3))
    alone = make_item(mcq=make_mcq(stem="What settles it?", texts=("a", "b", "c", "d")))
    assert listed(curator, alike="any") == [elsewhere.pk, same.pk, one.pk]
    assert listed(curator, alike="patient") == [same.pk, one.pk]
    assert listed(curator, alike="none") == [alone.pk]
    text = curator.get("/items/").content.decode()
    assert text.count(f"100 % like {one.pk}, same fields") == 1
    assert text.count("same fields") == 2


def test_the_list_is_sorted(curator: Client) -> None:
    late, early = make_item(dimension="D"), make_item(dimension="B")
    assert listed(curator) == [early.pk, late.pk]
    assert listed(curator, sort="id") == [late.pk, early.pk]
    assert listed(curator, sort="dimension") == [early.pk, late.pk]
    assert listed(curator, sort="-password") == [early.pk, late.pk]


def test_who_reviews_too_is_not_told_what_leaked(client: Client) -> None:
    both = make_user(Role.CURATOR)
    both.groups.add(Group.objects.get(name=Role.PATHOLOGIST))
    client.force_login(both)
    item = make_item(state=ItemState.READY)
    assert listed(client, leaked_to="centroid") == [item.pk]
    assert "Leaked to" not in client.get("/items/").content.decode()


def act(client: Client, verb: str, **sent: Any) -> Any:
    return client.post(f"/items/chosen/{verb}/", sent, headers={"hx-request": "true"})


def test_chosen_items_are_retired_and_the_rest_is_told(curator: Client) -> None:
    ready, busy = make_item(state=ItemState.READY), make_item(state=ItemState.SCREENING)
    answer = act(curator, "retire", item=[ready.pk, busy.pk], reason="old", query="sort=id")
    text = answer.content.decode()
    assert "1 item retired, 1 left as they are" in text
    assert "Screening: wait until that has ended" in text
    assert "<html" not in text
    assert Item.objects.get(pk=ready.pk).state == ItemState.RETIRED


def test_all_that_match_are_meant_also_those_of_other_pages(curator: Client) -> None:
    triplet = make_triplet()
    for _ in range(60):
        make_item(triplet, state=ItemState.READY, dimension="B")
    other = make_item(triplet, state=ItemState.READY, dimension="C")
    sent = {"all": "1", "expected": "60", "query": "dimension=B", "reason": "old"}
    text = act(curator, "retire", **sent).content.decode()
    assert "60 items retired" in text
    assert "?dimension=B&amp;page=2" in text
    assert Item.objects.exclude(state=ItemState.RETIRED).get() == other


def test_nothing_is_done_when_other_items_match_by_now(curator: Client) -> None:
    make_item(state=ItemState.READY)
    answer = act(curator, "retire", all="1", expected="7", query="", reason="old")
    assert answer.status_code == 409
    assert "By now other items match (1)" in answer.content.decode()
    assert Item.objects.get().state == ItemState.READY


def test_too_many_are_not_begun(curator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webapp.items.bulk.MOST_ITEMS", 1)
    for _ in range(2):
        make_item(state=ItemState.READY)
    assert "at most 1 can be changed" not in curator.get("/items/").content.decode()  # one page
    answer = act(curator, "retire", all="1", expected="2", query="", reason="old")
    assert answer.status_code == 422
    assert "narrow the filters" in answer.content.decode()


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({}, 422),
        ({"item": "1; DROP TABLE"}, 422),
        ({"item": "9" * 30}, 422),
        ({"item": "-1"}, 422),
        ({"item": "1", "query": "%zz&q=\0"}, 200),
    ],
)
def test_odd_choices_come_back_with_a_sentence(
    curator: Client, sent: dict[str, str], status: int
) -> None:
    assert act(curator, "screen", **sent).status_code == status


def test_another_verb_is_not_there(curator: Client) -> None:
    assert act(curator, "delete", item="1").status_code == 404


def test_acting_costs_the_same_for_any_number_of_items(curator: Client) -> None:
    triplet = make_triplet()

    def cost(count: int) -> int:
        ids = [make_item(triplet, state=ItemState.READY).pk for _ in range(count)]
        with CaptureQueriesContext(connection) as captured:
            assert act(curator, "retire", item=ids, reason="old", query="").status_code == 200
        return len(captured)

    assert cost(2) == cost(30) <= 30
