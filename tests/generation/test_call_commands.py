"""Calls of language models at the prompt, for audit."""

import json

import pytest
from django.core.management import CommandError

from tests.commands import run, run_json
from tests.generation.made_calls import make_batch, make_call
from webapp.generation.states import CallOutcome

pytestmark = pytest.mark.django_db


def test_calls_are_listed_newest_first_and_filtered() -> None:
    batch = make_batch()
    first = make_call(batch)
    second = make_call(batch, stage="screen", model="qwen3-max", outcome=CallOutcome.REFUSED)
    other = make_call(make_batch(), slot_number=7)

    def ids(*words: object) -> list[int]:
        return [row["id"] for row in run_json("list_calls", *words)]

    assert ids() == [other.pk, second.pk, first.pk]
    assert ids("--batch", batch.pk) == [second.pk, first.pk]
    assert ids("--stage", "screen") == ids("--outcome", "refused") == [second.pk]
    assert ids("--model", "qwen3-max") == [second.pk]
    assert ids("--slot", 7) == [other.pk]
    assert ids("--limit", 1) == [other.pk]
    told = run("list_calls", "--batch", batch.pk)
    assert "refused" in told
    assert "$0.2500" in told


def test_all_calls_are_written_line_by_line_with_prompts_and_replies() -> None:
    calls = [make_call(reply=f"Reply\n{number}") for number in range(3)]
    lines = run("list_calls", "--jsonl", "--limit", 1).splitlines()
    rows = [json.loads(line) for line in lines]
    assert [row["id"] for row in rows] == [call.pk for call in reversed(calls)]
    assert rows[0]["reply"] == "Reply\n2"
    assert rows[0]["request"]["user"] == "Write a question."
    assert (rows[0]["cost_usd"], rows[0]["key"]) == ("0.250000", calls[2].key)


def test_a_call_is_shown_whole() -> None:
    call = make_call(make_batch(), error="Cut off.", reply='{"stem": "Which?"}')
    told = run("show_call", call.pk)
    for words in ("You write.", "Write a question.", '"stem": "Which?"', "$0.2500", "Cut off."):
        assert words in told
    assert run_json("show_call", call.pk)["reply"] == '{"stem": "Which?"}'


def test_a_reply_that_is_no_json_is_shown_as_it_came() -> None:
    assert "I will not." in run("show_call", make_call(reply="I will not.").pk)


def test_a_call_that_is_not_there_is_named() -> None:
    with pytest.raises(CommandError, match="no call 999"):
        run("show_call", 999)
