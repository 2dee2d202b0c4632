"""The calls of a batch, and each call with its prompt and its reply."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.factories import make_user
from tests.generation.model_batch import ModelBatch, make_model_batch
from webapp.accounts.models import User
from webapp.accounts.roles import Role
from webapp.generation.models import Call
from webapp.generation.states import CallOutcome

pytestmark = pytest.mark.django_db


@pytest.fixture
def made(cleo: User) -> ModelBatch:
    return make_model_batch(cleo)


@pytest.fixture
def curator(client: Client, cleo: User) -> Client:
    client.force_login(cleo)
    return client


def shown(client: Client, made: ModelBatch, query: str = "") -> list[Call]:
    answer = client.get(f"/batches/{made.batch.pk}/calls/{query}")
    assert answer.status_code == 200
    return [call for _title, call in answer.context["calls"]]


def test_calls_are_listed_newest_first(curator: Client, made: ModelBatch) -> None:
    ids = [call.pk for call in shown(curator, made)]
    assert ids == sorted(ids, reverse=True)
    assert len(ids) == Call.objects.count() == 11


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("?stage=screen", 8),
        ("?model=gpt-5", 2),
        ("?outcome=refused", 1),
        ("?stage=screen&model=qwen3-max&outcome=ok", 1),
        ("?outcome=malformed&stage=generate", 0),
        ("?stage=nonsense&outcome=x", 11),
    ],
)
def test_they_are_narrowed_by_stage_model_and_outcome(
    curator: Client, made: ModelBatch, query: str, count: int
) -> None:
    assert len(shown(curator, made, query)) == count
    page = curator.get(f"/batches/{made.batch.pk}/calls/{query}").context["page"]
    assert page.paginator.count == count


def test_the_list_costs_the_same_for_any_number_of_calls(curator: Client, made: ModelBatch) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            shown(curator, made)
        return len(captured)

    few = cost()
    for _ in range(20):
        made.call()
    assert cost() == few <= 10


def test_a_call_shows_all_that_was_sent_and_came_back(curator: Client, made: ModelBatch) -> None:
    call = made.call(slot=4)
    text = curator.get(f"/batches/calls/{call.pk}/").content.decode()
    for told in (
        "Write what the fields show.",
        "&lt;caption&gt;Crowded glands.&lt;/caption&gt;",
        "generate_A/v1@0123456789ab",
        "&quot;stem&quot;: &quot;Which finding?&quot;",
        "gpt-5-id",
        "$0.01",
        "1.5 s",
        "2,048 tokens",
        "stop",
        "cleo",
        "for item #4 of the batch",
    ):
        assert told in text, told


@pytest.mark.parametrize("outcome", list(CallOutcome))
def test_a_call_of_every_outcome_has_a_page(
    curator: Client, made: ModelBatch, outcome: CallOutcome
) -> None:
    call = Call.objects.filter(outcome=outcome, stage="screen")[0]
    text = curator.get(f"/batches/calls/{call.pk}/").content.decode()
    assert str(outcome.label).lower() in text
    if outcome not in (CallOutcome.SENT, CallOutcome.OK):
        assert f"It was {outcome.value}." in text


def test_a_call_of_no_batch_has_a_page(curator: Client, cleo: User) -> None:
    call = Call.objects.create(
        key="k", stage="check", provider="openai", model="gone", request={}, created_by=cleo
    )
    assert curator.get(f"/batches/calls/{call.pk}/").status_code == 200


def test_whoever_reviews_too_reads_no_call(client: Client, made: ModelBatch, cleo: User) -> None:
    both = make_user(Role.PATHOLOGIST)
    both.groups.add(*cleo.groups.all())
    client.force_login(both)
    call = Call.objects.latest("pk")
    for address in (f"/batches/{made.batch.pk}/calls/", f"/batches/calls/{call.pk}/"):
        assert client.get(address).status_code == 404


def test_calls_are_for_curators(client: Client, made: ModelBatch) -> None:
    client.force_login(make_user(Role.PATHOLOGIST))
    assert client.get(f"/batches/{made.batch.pk}/calls/").status_code == 403


@pytest.mark.parametrize("address", ["/batches/999999/calls/", "/batches/calls/999999/"])
def test_what_is_not_there_is_a_404(curator: Client, address: str) -> None:
    assert curator.get(address).status_code == 404
