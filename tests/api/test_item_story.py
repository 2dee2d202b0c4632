from typing import Any

import pytest

from tests.api.conftest import Ask, Send
from tests.factories import make_item, make_mcq
from tests.generation.made_calls import make_batch, make_call
from webapp.accounts.queries import system_user
from webapp.accounts.roles import Role
from webapp.generation.actions.constraints import Taught, learn_constraints
from webapp.generation.made import Learned
from webapp.generation.models import Screening, Slot
from webapp.generation.states import SlotState
from webapp.items.actions import create_item, revise_item
from webapp.items.models import Item
from webapp.items.states import ItemState

pytestmark = pytest.mark.django_db


@pytest.fixture
def item() -> Item:
    """Written by a model, leaked, taught something, was revised by a person."""
    batch, triplet = make_batch(), make_item().triplet
    written, tried, analysed = (
        make_call(batch, stage=one) for one in ("generate", "screen", "refine")
    )
    made = create_item(
        triplet,
        make_mcq(),
        origin=Item.Origin.GENERATED,
        provenance={"generator": "gpt-5", "calls": {"generate": [written.pk]}},
        by=system_user(),
    )
    Slot.objects.create(
        batch=batch, number=7, triplet=triplet, dimension="A", plan={}, item=made,
        state=SlotState.READY,
    )  # fmt: skip
    Screening.objects.create(
        revision=made.current, adversary="gpt-5", version="1", option=made.current.key,
        correct=1, confidence=0.9, verdict="leaks", answers=4, calls=[tried.pk],
    )  # fmt: skip
    lesson = Learned("length", "Write equal lengths.", "gpt-5", "It is longest.", analysed.pk)
    learn_constraints([Taught(made.current, lesson)], by=system_user())
    Item.objects.filter(pk=made.pk).update(state=ItemState.LEAKY)
    made = Item.objects.get(pk=made.pk)
    revise_item(made, make_mcq(stem="Which one now?"), parent_number=1, by=system_user())
    return Item.objects.get(pk=made.pk)


def test_a_story_has_every_text_with_what_tried_it(ask: Ask, item: Item) -> None:
    status, body = ask(f"items/{item.pk}/story")
    assert status == 200
    first, second = body["revisions"]
    assert [one["verdict"] for one in first["screenings"]] == ["leaks"]
    assert [one["analysis"] for one in first["lessons"]] == ["It is longest."]
    assert (second["stem"], second["lessons"]) == ("Which one now?", [])
    assert [call["stage"] for call in body["calls"]] == ["generate", "screen", "refine"]
    assert (body["slot"], body["item"]["id"]) == (7, item.pk)


def test_an_imported_items_story_trusts_no_call_of_its_file(ask: Ask) -> None:
    mcq, triplet = make_mcq(), make_item().triplet
    source = {"calls": {"generate": ["no number"]}}
    imported = create_item(
        triplet, mcq, origin=Item.Origin.PUBLISHED, provenance=source, by=system_user()
    )
    status, body = ask(f"items/{imported.pk}/story")
    assert (status, body["calls"], body["batch"]) == (200, [], None)


def test_a_story_needs_a_fixed_number_of_queries(
    ask: Ask, item: Item, django_assert_max_num_queries: Any
) -> None:
    ask(f"items/{item.pk}/story")
    with django_assert_max_num_queries(14):
        ask(f"items/{item.pk}/story")


def test_an_item_is_retired_with_a_reason(send: Send) -> None:
    item = make_item(state=ItemState.READY)
    assert send(f"items/{item.pk}/retire", {"reason": " "})[0] == 422
    assert send(f"items/{item.pk}/retire", {"reason": "Blurred."}) == (
        200, {"id": item.pk, "state": "retired"},
    )  # fmt: skip
    assert send(f"items/{item.pk}/retire", {"reason": "Again."})[0] == 409


def test_an_item_is_sent_to_the_adversaries_again(send: Send) -> None:
    item = make_item(state=ItemState.LEAKY)
    assert send(f"items/{item.pk}/screen") == (200, {"id": item.pk, "state": "screening"})
    status, body = send(f"items/{item.pk}/screen")
    assert status == 409
    assert "being screened already" in body["message"]


def test_an_item_is_sent_back_with_a_reason(send: Send) -> None:
    item = make_item(state=ItemState.READY)
    path = f"items/{item.pk}/send-back"
    assert send(path, {"reason": ""})[0] == 422
    assert send(path, {"reason": "Blurred."})[1]["state"] == "needs_revision"
    assert send(path, {"reason": "Blurred."})[0] == 409


def test_reviewers_get_no_story_and_change_nothing(ask: Ask, send: Send, item: Item) -> None:
    assert ask(f"items/{item.pk}/story", Role.PATHOLOGIST)[0] == 403
    assert send(f"items/{item.pk}/screen", role=Role.PATHOLOGIST)[0] == 403
    assert send(f"items/{item.pk}/retire", {"reason": "x"}, role=Role.PATHOLOGIST)[0] == 403
