"""What comes back when something goes wrong, from each provider by each protocol."""

import email.utils
import re
import socket
import time

import pytest

from tests.emulator.process import RunningEmulator
from tests.workers.llm.conftest import QUICK, ROUTES, Finding, OpenClient, Route, asked
from workers.llm.errors import BadRequest, LlmError, ProviderDown, WrongKey
from workers.llm.retries import Policy
from workers.llm.types import Outcome

pytestmark = pytest.mark.anyio

PASSING = ["rate_limit", "server_error", "unavailable", "down", "cut"]


@pytest.mark.parametrize("kind", PASSING)
async def test_what_passes_is_tried_again(
    open_for: OpenClient, route: Route, emulator: RunningEmulator, kind: str
) -> None:
    emulator.fault(kind)
    async with open_for(route) as client:
        reply = await client.ask(asked(route.plain))
    assert reply.outcome == Outcome.OK
    assert emulator.counts()["requests"] == 2


@pytest.mark.parametrize("kind", ["server_error", "unavailable", "down"])
async def test_what_stays_is_told_as_a_sentence(
    open_for: OpenClient, route: Route, emulator: RunningEmulator, kind: str
) -> None:
    emulator.fault(kind, times=-1)
    async with open_for(route) as client:
        with pytest.raises(ProviderDown) as caught:
            await client.ask(asked(route.plain))
    assert emulator.counts()["requests"] == QUICK.tries
    host = emulator.address.removeprefix("http://")
    assert host in caught.value.message
    assert f"tried {QUICK.tries} times" in caught.value.message
    assert f"{route.provider.upper()}_BASE_URL" in caught.value.message
    assert caught.value.provider == route.provider


async def test_being_told_to_come_later_is_bounded_by_time_alone(
    open_for: OpenClient, route: Route, emulator: RunningEmulator
) -> None:
    emulator.fault("rate_limit", times=QUICK.tries + 2)
    async with open_for(route) as client:
        assert (await client.ask(asked(route.plain))).outcome == Outcome.OK
    assert emulator.counts()["requests"] == QUICK.tries + 3


@pytest.mark.parametrize("form", ["seconds", "date"])
@pytest.mark.parametrize("kind", ["rate_limit", "unavailable"])
async def test_a_wish_to_wait_too_long_ends_it_at_once(
    open_for: OpenClient, route: Route, emulator: RunningEmulator, kind: str, form: str
) -> None:
    in_an_hour = email.utils.formatdate(time.time() + 3600, usegmt=True)
    emulator.fault(kind, times=-1, retry_after="3600" if form == "seconds" else in_an_hour)
    async with open_for(route) as client:
        with pytest.raises(ProviderDown, match=r"left alone for 3[56]\d\d s"):
            await client.ask(asked(route.plain))
    assert emulator.counts()["requests"] == 1


async def test_a_short_wish_is_waited_for(
    open_for: OpenClient, route: Route, emulator: RunningEmulator
) -> None:
    emulator.fault("rate_limit", retry_after="0.3")
    started = time.monotonic()
    async with open_for(route) as client:
        await client.ask(asked(route.plain))
    assert time.monotonic() - started >= 0.3


@pytest.mark.parametrize("kind", ["hang", "slow_body"])
async def test_an_answer_that_does_not_end_is_given_up(
    open_for: OpenClient, route: Route, emulator: RunningEmulator, kind: str
) -> None:
    emulator.fault(kind, times=-1, seconds=60)
    once = Policy(tries=1)
    async with open_for(route, timeout_s=0.4, policy=once) as client:
        with pytest.raises(ProviderDown, match=r"did not finish within 0\.4 s"):
            await client.ask(asked(route.plain))


async def test_a_slow_answer_that_ends_in_time_is_taken(
    open_for: OpenClient, route: Route, emulator: RunningEmulator
) -> None:
    emulator.fault("slow_body", seconds=0.3)
    async with open_for(route) as client:
        reply = await client.ask(asked(route.plain, schema=Finding))
    assert isinstance(reply.value, Finding)


async def test_a_refused_connection(open_for: OpenClient, route: Route) -> None:
    with socket.socket() as taken:  # bound, and nobody listens
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}{route.path}"
        async with open_for(route, base_urls={route.provider: address}) as client:
            with pytest.raises(ProviderDown, match="cannot be reached"):
                await client.ask(asked(route.plain))


async def test_a_blocked_prompt(
    open_for: OpenClient, route: Route, emulator: RunningEmulator
) -> None:
    emulator.fault("prompt_block")
    async with open_for(route) as client:
        reply = await client.ask(asked(route.plain, schema=Finding))
    assert (reply.outcome, reply.value) == (Outcome.BLOCKED, None)
    assert reply.provider_status
    assert reply.error
    assert emulator.counts()["requests"] == 1


async def test_a_blocked_answer(
    open_for: OpenClient, route: Route, emulator: RunningEmulator
) -> None:
    emulator.fault("answer_block")
    async with open_for(route) as client:
        reply = await client.ask(asked(route.plain, schema=Finding))
    assert (reply.outcome, reply.value) == (Outcome.BLOCKED, None)


@pytest.mark.parametrize("name", ["openai", "dashscope by OpenAI's protocol", "vllm"])
async def test_a_refusal(open_for: OpenClient, emulator: RunningEmulator, name: str) -> None:
    route = ROUTES[name]
    emulator.fault("refusal")
    async with open_for(route) as client:
        reply = await client.ask(asked(route.plain, schema=Finding))
    assert reply.outcome == Outcome.REFUSED
    assert "cannot help" in reply.error
    assert reply.usage.prompt_tokens > 0


@pytest.mark.parametrize("name", ["google", "dashscope"])
async def test_a_refusal_where_the_format_has_no_word_for_it(
    open_for: OpenClient, emulator: RunningEmulator, name: str
) -> None:
    route = ROUTES[name]
    emulator.fault("refusal")
    async with open_for(route) as client:
        reply = await client.ask(asked(route.plain, schema=Finding))
    assert reply.outcome == Outcome.MALFORMED
    assert "cannot help" in reply.text


async def test_a_truncated_answer(
    open_for: OpenClient, route: Route, emulator: RunningEmulator
) -> None:
    emulator.fault("truncated")
    async with open_for(route) as client:
        reply = await client.ask(asked(route.plain, schema=Finding))
    assert (reply.outcome, reply.value) == (Outcome.TRUNCATED, None)
    assert reply.usage.completion_tokens > 0
    assert reply.text


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("invalid_json", "The answer is no JSON."),
        ("empty", "The answer is empty."),
        ("html", "answered with a web page; check the base URL"),
    ],
)
async def test_an_answer_that_cannot_be_read(
    open_for: OpenClient, route: Route, emulator: RunningEmulator, kind: str, said: str
) -> None:
    emulator.fault(kind)
    async with open_for(route) as client:
        reply = await client.ask(asked(route.plain, schema=Finding))
    assert (reply.outcome, reply.value) == (Outcome.MALFORMED, None)
    assert said in reply.error
    assert emulator.counts()["requests"] == 1


@pytest.mark.parametrize("text", ["[]", "3", '{"choices": []}', '{"candidates": [{}]}', "null"])
async def test_json_of_another_shape(
    open_for: OpenClient, route: Route, emulator: RunningEmulator, text: str
) -> None:
    emulator.fault("body", text=text)
    async with open_for(route) as client:
        reply = await client.ask(asked(route.plain))
    assert reply.outcome == Outcome.MALFORMED
    assert reply.error


@pytest.mark.parametrize("text", ["upstream failed", "[]", '{"error": "overloaded"}', ""])
async def test_a_failure_of_another_shape(
    open_for: OpenClient, route: Route, emulator: RunningEmulator, text: str
) -> None:
    """Such as a gateway's before the provider."""
    emulator.fault("body", status=502, text=text, times=-1)
    async with open_for(route) as client:
        with pytest.raises(ProviderDown, match="HTTP 502"):
            await client.ask(asked(route.plain))


async def test_an_answer_of_another_schema_is_told_by_field(
    open_for: OpenClient, route: Route, emulator: RunningEmulator
) -> None:
    emulator.fault("say", text='{"title": "x", "parts": [{"name": "y"}]}')
    async with open_for(route) as client:
        reply = await client.ask(asked(route.plain, schema=Finding))
    assert reply.outcome == Outcome.MALFORMED
    assert "sure: Field required" in reply.error
    assert "parts.0.weight: Field required" in reply.error


async def test_a_wrong_key_is_not_tried_again(
    open_for: OpenClient, route: Route, emulator: RunningEmulator
) -> None:
    async with open_for(route, key="wrong-key") as client:
        with pytest.raises(WrongKey, match=f"set a valid {route.provider.upper()}_API_KEY") as told:
            await client.ask(asked(route.plain))
    assert "wrong-key" not in told.value.message
    assert emulator.counts()["requests"] == 1


@pytest.mark.parametrize("name", ["openai", "google", "dashscope"])
async def test_a_missing_key(open_for: OpenClient, emulator: RunningEmulator, name: str) -> None:
    route = ROUTES[name]
    async with open_for(route, key="") as client:
        with pytest.raises(WrongKey, match=f"set {route.provider.upper()}_API_KEY"):
            await client.ask(asked(route.plain))
    assert emulator.counts()["requests"] == 0


async def test_a_server_of_ones_own_needs_no_key(open_for: OpenClient) -> None:
    route = ROUTES["vllm"]
    async with open_for(route, key="") as client:
        assert (await client.ask(asked(route.plain))).outcome == Outcome.OK


async def test_a_server_of_ones_own_needs_an_address(open_for: OpenClient) -> None:
    route = ROUTES["vllm"]
    async with open_for(route, base_urls={}) as client:
        with pytest.raises(BadRequest, match="set VLLM_BASE_URL"):
            await client.ask(asked(route.plain))


@pytest.mark.parametrize("kind", ["unknown_model", "bad_request"])
async def test_what_the_provider_rejects_is_for_a_person(
    open_for: OpenClient, route: Route, emulator: RunningEmulator, kind: str
) -> None:
    emulator.fault(kind)
    async with open_for(route) as client:
        with pytest.raises(BadRequest, match=r"HTTP 40[04]: ") as caught:
            await client.ask(asked(route.plain))
    assert re.search("no such model|parameter is wrong", caught.value.message)
    assert emulator.counts()["requests"] == 1


async def test_a_question_that_is_too_long_is_an_outcome(
    open_for: OpenClient, route: Route, emulator: RunningEmulator
) -> None:
    emulator.fault("too_long")
    async with open_for(route) as client:
        reply = await client.ask(asked(route.plain))
    assert reply.outcome == Outcome.TRUNCATED
    assert "longer than the model can take" in reply.error


async def test_an_account_without_credit_is_for_a_person(
    open_for: OpenClient, emulator: RunningEmulator
) -> None:
    route = ROUTES["openai"]
    emulator.fault("no_credit")
    async with open_for(route) as client:
        with pytest.raises(WrongKey, match="no credit left"):
            await client.ask(asked(route.plain))


async def test_a_dashscope_account_in_arrears_is_for_a_person(
    open_for: OpenClient, emulator: RunningEmulator
) -> None:
    route = ROUTES["dashscope"]
    emulator.fault("body", status=400, text='{"code": "Arrearage", "message": "Access denied."}')
    async with open_for(route) as client:
        with pytest.raises(WrongKey, match="no credit left"):
            await client.ask(asked(route.plain))


@pytest.mark.parametrize(
    ("code", "error"),
    [("Throttling", ProviderDown), ("InvalidApiKey", WrongKey), ("NewCode", ProviderDown)],
)
async def test_a_dashscope_failure_that_comes_as_a_success(
    open_for: OpenClient, emulator: RunningEmulator, code: str, error: type[LlmError]
) -> None:
    route = ROUTES["dashscope"]
    text = f'{{"code": "{code}", "message": "No.", "output": {{}}}}'
    emulator.fault("body", text=text, times=-1)
    async with open_for(route, policy=Policy(tries=2, first_s=0.01, give_up_s=0.1)) as client:
        with pytest.raises(error):
            await client.ask(asked(route.plain))


async def test_a_model_that_is_not_on_offer(open_for: OpenClient) -> None:
    async with open_for(ROUTES["openai"]) as client:
        with pytest.raises(BadRequest, match="'gpt-0' is not on offer here; choose one of openai"):
            await client.ask(asked("gpt-0"))
