import pytest

from tests.api.conftest import Ask
from tests.generation.made_calls import make_batch, make_call
from webapp.generation.states import CallOutcome

pytestmark = pytest.mark.django_db


def test_calls_are_listed_newest_first_without_prompts(ask: Ask) -> None:
    batch = make_batch()
    first = make_call(batch)
    second = make_call(batch, stage="screen", outcome=CallOutcome.BLOCKED, slot_number=2)
    other = make_call()

    def ids(**query: object) -> list[int]:
        return [row["id"] for row in ask("calls", **query)[1]["results"]]

    assert ids() == [other.pk, second.pk, first.pk]
    assert ids(batch=batch.pk) == [second.pk, first.pk]
    assert ids(stage="screen") == ids(outcome="blocked") == ids(slot=2) == [second.pk]
    assert ids(model="qwen3-max") == []
    assert "Write a question." not in str(ask("calls"))


def test_a_call_comes_with_prompt_and_reply(ask: Ask) -> None:
    call = make_call()
    status, body = ask(f"calls/{call.pk}")
    assert status == 200
    assert body["request"]["user"] == "Write a question."
    assert (body["reply"], body["cost_usd"]) == ('{"stem": "Which?"}', "0.250000")


@pytest.mark.parametrize("query", [{"outcome": "odd"}, {"batch": "x"}, {"batch": 10**30}])
def test_a_bad_filter_is_named_or_finds_nothing(ask: Ask, query: dict[str, object]) -> None:
    status, body = ask("calls", **query)
    assert status == 422 or body["results"] == []
