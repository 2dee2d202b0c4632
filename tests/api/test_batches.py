from decimal import Decimal
from typing import Any

import pytest

from tests.api.conftest import Ask, Send
from tests.factories import make_item, make_triplet
from tests.generation.made_calls import make_batch, make_call
from webapp.accounts.roles import Role
from webapp.generation.config import BatchConfig
from webapp.generation.models import Batch, Slot
from webapp.generation.states import BatchState, SlotState
from webapp.items.mcq import Dimension

pytestmark = pytest.mark.django_db


def with_slots(**fields: Any) -> Batch:
    """One slot ready, one to be made, one failed."""
    batch = make_batch(**fields)
    item = make_item()
    values = {"batch": batch, "triplet": item.triplet, "dimension": "A", "plan": {"key": "secret"}}
    Slot.objects.create(number=1, state=SlotState.READY, item=item, **values)
    Slot.objects.create(number=2, **values)
    Slot.objects.create(number=3, state=SlotState.FAILED, error="No findings cross.", **values)
    return batch


def test_a_batch_tells_how_far_it_is(ask: Ask) -> None:
    batch = with_slots(budget_usd=Decimal(2), spent_usd=Decimal("0.25"))
    make_call(batch)
    status, body = ask(f"batches/{batch.pk}")
    assert status == 200
    assert body["name"] == "Night"
    assert (body["total"], body["done"], body["ready"], body["failed"]) == (3, 2, 1, 1)
    assert (body["budget_usd"], body["spent_usd"]) == ("2.000000", "0.250000")
    assert body["funnel"]["asked"] == 3
    assert body["causes"] == [{"cause": "No findings cross.", "count": 1}]
    assert [(one["model"], one["cost_usd"]) for one in body["spend"]] == [("gpt-5", "0.250000")]


def test_a_pause_comes_with_its_reason(ask: Ask) -> None:
    batch = make_batch(state=BatchState.PAUSED, error="The key of openai is wrong.")
    body = ask(f"batches/{batch.pk}")[1]
    assert (body["state"], body["error"]) == ("paused", "The key of openai is wrong.")
    assert body["resume_at"] is None


def test_batches_are_listed_by_page_and_state(ask: Ask) -> None:
    first, second = make_batch(state=BatchState.DONE), make_batch()
    status, body = ask("batches", per_page=1)
    assert status == 200
    assert (body["count"], body["pages"]) == (2, 2)
    assert [one["id"] for one in body["results"]] == [second.pk]
    assert [one["id"] for one in ask("batches", state="done")[1]["results"]] == [first.pk]


def test_slots_are_listed_without_their_plans(ask: Ask) -> None:
    batch = with_slots()
    status, body = ask(f"batches/{batch.pk}/slots", per_page=2)
    assert status == 200
    assert [row["number"] for row in body["results"]] == [1, 2]
    assert "secret" not in str(body)
    failed = ask(f"batches/{batch.pk}/slots", state="failed")[1]["results"]
    assert [row["error"] for row in failed] == ["No findings cross."]


def test_a_launch_answers_with_the_batch(send: Send) -> None:
    make_triplet()
    config = {"count": 3, "dimensions": ["A", "B"], "generator": "gpt-5", "orders": 2}
    status, body = send(
        "batches", {"config": config, "budget_usd": "7.5", "name": "Pilot", "seed": 4}
    )
    assert status == 201
    batch = Batch.objects.get()
    assert body["id"] == batch.pk
    assert (body["state"], body["budget_usd"], body["seed"]) == ("queued", "7.500000", 4)
    wanted = BatchConfig(("A", "B"), count=3, generator="gpt-5", orders=2)
    assert BatchConfig.from_json(batch.config) == wanted


def test_a_launch_of_a_count_alone_has_the_defaults_of_the_page(send: Send) -> None:
    status, _ = send("batches", {"config": {"count": 3}})
    assert status == 201
    stored = BatchConfig.from_json(Batch.objects.get().config)
    assert stored == BatchConfig(tuple(Dimension), count=3)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, "config: Field required"),
        ({"config": {}}, "count: Field required"),
        ({"config": {"count": 0}}, "1 to 20,000 items"),
        ({"config": {"count": 10**30}}, "count: Input should be less than"),
        ({"config": {"count": 3, "dimensions": ["F"]}}, "no dimension 'F'"),
        ({"config": {"count": 3, "sceme": "twins"}}, "sceme: Extra inputs"),
        ({"config": {"count": 3, "scheme": "triplets"}}, "scheme: Input should be"),
        ({"config": {"count": 3, "slides": [10**30]}}, "less than"),
        ({"config": {"count": 3, "slides": [999]}}, "no slide 999"),
        ({"config": {"count": 3, "generator": "gpt-5"}}, "A budget of $0"),
        ({"config": {"count": 3, "free_share": 2}}, "share of free questions"),
        ({"config": {"count": 3}, "budget_usd": "much"}, "budget_usd: Input should be"),
        ({"config": {"count": 3}, "budget_usd": "NaN"}, "budget_usd: Input should be"),
        ({"config": {"count": 3}, "budget_usd": "0.0000001"}, "budget_usd: Decimal input"),
        ({"config": {"count": 3}, "budget_usd": -1}, "budget from $0"),
        ({"config": {"count": 3}, "seed": 10**30}, "seed from 0"),
        ({"config": {"count": 3}, "name": "a\x00"}, "control character"),
        ({"config": {"count": 3}, "name": "\ud800"}, "name"),
        ("{", "no JSON"),
        ([], "Mend these parameters"),
    ],
)
def test_a_launch_that_cannot_be_is_refused_in_a_sentence(
    send: Send, body: object, told: str
) -> None:
    status, answer = send("batches", body)
    assert status == 422
    assert told in answer["message"]
    assert not Batch.objects.exists()


def test_a_batch_is_cancelled_and_resumed(send: Send) -> None:
    batch = with_slots(planned=True, state=BatchState.RUNNING)
    assert send(f"batches/{batch.pk}/cancel")[1]["state"] == "cancelled"
    status, body = send(f"batches/{batch.pk}/cancel")
    assert (status, "is cancelled and cannot" in body["message"]) == (409, True)
    assert send(f"batches/{batch.pk}/resume")[1]["state"] == "queued"


def test_slots_that_failed_for_one_cause_are_retried(send: Send) -> None:
    batch = with_slots(planned=True, state=BatchState.DONE)
    path = f"batches/{batch.pk}/retry"
    assert send(path, {"cause": "Another."})[0] == 422
    status, body = send(path, {"cause": "No findings cross."})
    assert (status, body["state"], body["failed"]) == (200, "queued", 0)


def test_a_budget_is_raised(send: Send) -> None:
    batch = make_batch(spent_usd=Decimal(3))
    path = f"batches/{batch.pk}/budget"
    status, body = send(path, {"budget_usd": "12.345678"}, method="PUT")
    assert (status, body["budget_usd"]) == (200, "12.345678")
    status, body = send(path, {"budget_usd": 1}, method="PUT")
    assert (status, "which is spent" in body["message"]) == (422, True)


def test_who_only_reads_launches_nothing(send: Send) -> None:
    batch = make_batch()
    for path in ("batches", f"batches/{batch.pk}/cancel", f"batches/{batch.pk}/resume"):
        status, body = send(path, {"config": {"count": 3}}, role=Role.PATHOLOGIST)
        assert status == 403
        assert "Can launch" in body["message"]
    batch.refresh_from_db()
    assert (batch.state, Batch.objects.count()) == (BatchState.QUEUED, 1)


def test_a_list_needs_a_fixed_number_of_queries(
    ask: Ask, django_assert_max_num_queries: Any
) -> None:
    for _ in range(5):
        with_slots()
    ask("batches")
    with django_assert_max_num_queries(6):
        ask("batches")
    batch = Batch.objects.all()[0]
    with django_assert_max_num_queries(7):
        ask(f"batches/{batch.pk}/slots")
