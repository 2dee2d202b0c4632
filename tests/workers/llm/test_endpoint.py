"""HTTP failures as errors with sentences."""

import email.utils
import time

import pytest
from google.genai.errors import ClientError
from hypothesis import given
from hypothesis import strategies as st

from workers.llm.endpoint import Endpoint, retry_after
from workers.llm.errors import BadRequest, LlmError, RateLimited, Unavailable, WrongKey
from workers.llm.google_adapter import retry_delay

ENDPOINT = Endpoint("openai", "https://api.example.org/v1", "the-secret")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, BadRequest), (401, WrongKey), (403, WrongKey), (404, BadRequest), (408, Unavailable),
        (409, Unavailable), (413, BadRequest), (422, BadRequest), (429, RateLimited),
        (500, Unavailable), (503, Unavailable), (529, Unavailable),
    ],
)  # fmt: skip
def test_a_status_is_an_error(status: int, kind: type[LlmError]) -> None:
    error = ENDPOINT.fault(status, "Because\n of this.")
    assert type(error) is kind
    assert "OpenAI (api.example.org)" in error.message
    assert error.message.endswith(".")


@given(st.integers(300, 599), st.text(max_size=2000))
def test_a_sentence_is_short_and_holds_no_key(status: int, detail: str) -> None:
    message = ENDPOINT.fault(status, detail).message
    assert len(message) < 450
    assert "\n" not in message
    assert "\x00" not in message
    assert "the-secret" not in message


@pytest.mark.parametrize("value", ["", "soon", "Wed, 99 Foo", "-"])
def test_a_retry_after_that_says_nothing(value: str) -> None:
    assert retry_after({"retry-after": value}) is None


def test_retry_after_in_seconds() -> None:
    assert retry_after({"retry-after": "2.5"}) == 2.5
    assert retry_after({"retry-after": "-3"}) == 0
    assert retry_after({}) is None


def test_retry_after_as_a_date() -> None:
    later = email.utils.formatdate(time.time() + 100, usegmt=True)
    assert 90 < (retry_after({"retry-after": later}) or 0) <= 100
    assert retry_after({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}) == 0


def test_googles_wish_stands_in_the_body() -> None:
    info = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "37s"}
    body = {"error": {"code": 429, "message": "Quota.", "details": [{"@type": "x"}, info]}}
    assert retry_delay(ClientError(429, body).details) == 37
    assert retry_delay({"error": {}}) is None
    assert retry_delay("Too many requests") is None
