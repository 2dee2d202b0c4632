"""What comes back when all goes well, from each provider by each protocol."""

import base64
import json
import re

import pytest

from tests.emulator.process import RunningEmulator
from tests.workers.llm.conftest import Finding, OpenClient, Route, asked
from workers.llm.schemas import TOLD
from workers.llm.types import Image, Outcome

pytestmark = pytest.mark.anyio

PICTURES = tuple(Image("image/jpeg", b"\xff\xd8 picture %d" % n) for n in range(5))


async def test_a_text(open_for: OpenClient, route: Route) -> None:
    async with open_for(route) as client:
        reply = await client.ask(asked(route.plain))
    assert (reply.outcome, reply.text, reply.value) == (Outcome.OK, "Yes.", None)
    assert reply.provider_status.lower() == "stop"
    assert reply.latency_s > 0
    assert reply.usage.prompt_tokens > 0
    assert reply.usage.completion_tokens > 0


async def test_an_object(open_for: OpenClient, route: Route, emulator: RunningEmulator) -> None:
    async with open_for(route) as client:
        reply = await client.ask(asked(route.plain, schema=Finding))
    assert reply.outcome == Outcome.OK
    assert reply.value == Finding(title="text", sure=False, parts=[])
    sent = json.dumps(emulator.requests()[0]["body"])
    assert "additionalProperties" in sent
    assert TOLD.strip() not in sent


async def test_an_object_of_a_model_that_knows_no_schema(
    open_for: OpenClient, route: Route, emulator: RunningEmulator
) -> None:
    async with open_for(route) as client:
        reply = await client.ask(asked(route.json, schema=Finding))
    assert isinstance(reply.value, Finding)
    sent = json.dumps(emulator.requests()[0]["body"])
    assert json.dumps(TOLD)[1:-1] in sent
    assert "json_schema" not in sent
    assert "responseJsonSchema" not in sent


async def test_five_images_arrive_in_order_before_the_text(
    open_for: OpenClient, route: Route, emulator: RunningEmulator
) -> None:
    async with open_for(route) as client:
        reply = await client.ask(asked(route.plain, images=PICTURES))
    assert reply.outcome == Outcome.OK
    sent = json.dumps(emulator.requests()[0]["body"])
    sent = sent.replace("_9", "/9")  # Google's SDK writes the alphabet that is safe in URLs
    codes = [re.escape(base64.b64encode(one.data).decode()) for one in PICTURES]
    assert re.search(".*".join([*codes, "Is this a tumour"]), sent)


async def test_what_is_asked_is_what_is_sent(
    open_for: OpenClient, route: Route, emulator: RunningEmulator
) -> None:
    async with open_for(route) as client:
        await client.ask(asked(route.plain, "Größe? 腺癌 \u2028", max_tokens=77, temperature=0.5))
    request = emulator.requests()[0]
    sent = json.dumps(request["body"], ensure_ascii=False)
    assert request["path"].startswith(route.path)
    assert "You are terse." in sent
    assert "Größe? 腺癌" in sent
    assert "77" in sent
    assert "0.5" in sent
    assert "the-model" in sent + request["path"]


async def test_the_same_question_is_the_same_bytes(
    open_for: OpenClient, route: Route, emulator: RunningEmulator
) -> None:
    """Else the emulator could not tell a call that is paid twice."""
    async with open_for(route) as client:
        for user in ("one", "one", "two"):
            await client.ask(asked(route.plain, user, schema=Finding))
    counts = emulator.counts()
    assert (counts["requests"], counts["distinct"]) == (3, 2)
