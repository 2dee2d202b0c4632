import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workers.llm.conftest import Finding, asked
from workers.llm.openai_adapter import read_completion
from workers.llm.parse import answered, no_json, read_object, says_too_long
from workers.llm.types import Outcome, Usage
from workers.pipeline.schemas import Findings

GOOD = {"title": "Nest", "sure": True, "parts": [{"name": "rim", "weight": 0.5}]}
TEXT = json.dumps(GOOD)


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        f"\n {TEXT}\n",
        f"```json\n{TEXT}\n```",
        f"```\n{json.dumps(GOOD, indent=2)}\n```\n",
        f"Here it is:\n{TEXT}\nI hope it helps.",
        f"Here it is:\n```json\n{TEXT}\n```",
    ],
)
def test_the_object_is_found(text: str) -> None:
    value, error = read_object(text, Finding)
    assert value == Finding.model_validate(GOOD)
    assert error == ""


@pytest.mark.parametrize("text", ["no", "{", TEXT[:-1], "```json\n```", "}{", f"{TEXT} {TEXT}"])
def test_what_is_no_json_is_told(text: str) -> None:
    assert read_object(text, Finding) == (None, "The answer is no JSON.")


def test_faults_are_named_by_field_and_their_content_is_not_repeated() -> None:
    value, error = read_object('{"title": 3, "sure": "perhaps", "parts": [{}]}', Finding)
    assert value is None
    assert "title: " in error
    assert "sure: " in error
    assert "(and 1 more)" in error
    assert "perhaps" not in error


@given(st.text())
def test_any_text_gives_a_reply(text: str) -> None:
    reply = answered(asked("m", schema=Finding), text, status="stop", usage=Usage(3, 4))
    assert reply.outcome == Outcome.MALFORMED
    assert reply.value is None
    assert reply.error.endswith(".")
    assert reply.usage == Usage(3, 4)


@pytest.mark.parametrize("char", ["\x00", "\ud83d"])
def test_what_no_database_stores_becomes_a_mark(char: str) -> None:
    found = answered(asked("m", schema=Finding), f"{TEXT} {char}", status=f"st{char}op")
    assert found.value == Finding.model_validate(GOOD)
    assert (found.text, found.provider_status) == (f"{TEXT} \ufffd", "st\ufffdop")
    assert answered(asked("m"), f"a{char}").text == "a\ufffd"
    assert no_json(f"a{char}").text == "a\ufffd"


def test_a_field_that_a_model_invents_can_be_told_and_stored() -> None:
    _, error = read_object(json.dumps({"findings": [], "a\x00b": 1}), Findings)
    assert "a\ufffdb: " in error


@given(st.text(min_size=1).filter(lambda text: bool(text.strip()) and "\x00" not in text))
def test_any_text_will_do_where_no_object_is_asked_for(text: str) -> None:
    assert answered(asked("m"), text).text == text


def test_the_start_of_a_page_is_kept() -> None:
    reply = no_json("<html>" + "x" * 5000)
    assert "a web page" in reply.error
    assert len(reply.text) == 200


@pytest.mark.parametrize(
    ("detail", "too_long"),
    [
        ("context_length_exceeded This model's maximum context length is 8192 tokens", True),
        ("The input token count (1200000) exceeds the maximum number of tokens allowed", True),
        ("Range of input length should be [1, 258048]", True),
        ("max_tokens must be at least 1", False),
        ("Invalid value for temperature", False),
    ],
)
def test_providers_words_for_too_long(detail: str, too_long: bool) -> None:
    assert says_too_long(detail) is too_long


@pytest.mark.parametrize("message", [{"content": [{"type": "text"}]}, {"content": 3}])
def test_a_message_that_is_no_text_is_malformed(message: object) -> None:
    body = json.dumps({"choices": [{"message": message, "finish_reason": "stop"}]}).encode()
    assert read_completion(asked("m"), body).outcome == Outcome.MALFORMED
