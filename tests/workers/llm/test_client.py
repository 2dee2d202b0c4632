"""The client as a whole: calls in flight, retries while others go on, threads, closing."""

import asyncio
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.emulator.process import PROVIDERS, ROOT, RunningEmulator
from tests.workers.llm.conftest import ROUTES, OpenClient, Route, asked
from workers.llm.errors import BadRequest
from workers.llm.registry import Credentials, open_client
from workers.llm.types import Outcome, Reply

pytestmark = pytest.mark.anyio

CLOSING = """
import asyncio, sys
from pathlib import Path
from workers.llm.registry import Credentials, open_client
from workers.llm.types import Request

async def main(address, names, models_file, redis_url):
    urls = {"openai": "/openai/v1", "google": "/google", "dashscope": "/dashscope/api/v1",
            "vllm": "/vllm/v1"}
    urls = {provider: address + path for provider, path in urls.items()}
    client = open_client(names, Credentials(dict.fromkeys(urls, "a-key"), urls), redis_url,
                         models_file=Path(models_file))
    asks = [client.ask(Request(name, "", str(n))) for name in names for n in range(3)]
    print(len(await asyncio.gather(*asks)))
    await client.close()

asyncio.run(main(sys.argv[1], sys.argv[2].split(","), *sys.argv[3:]))
"""


async def test_64_calls_are_in_flight_and_no_more(
    open_for: OpenClient, route: Route, emulator: RunningEmulator
) -> None:
    emulator.set_latency(700)
    try:
        async with open_for(route) as client:
            asks = [client.ask(asked(route.plain, str(n))) for n in range(80)]
            replies = await asyncio.gather(*asks)
    finally:
        emulator.set_latency(0)
    assert {reply.outcome for reply in replies} == {Outcome.OK}
    counts = emulator.counts()
    assert (counts["requests"], counts["max_in_flight"]) == (80, 64)


async def test_one_call_that_fails_leaves_the_others_alone(
    open_for: OpenClient, route: Route, emulator: RunningEmulator
) -> None:
    emulator.fault("bad_request", contains="broken")
    async with open_for(route) as client:
        asks = [client.ask(asked(route.plain, user)) for user in ("fine", "broken", "well")]
        first, second, third = await asyncio.gather(*asks, return_exceptions=True)
    assert isinstance(second, BadRequest)
    assert isinstance(first, Reply)
    assert isinstance(third, Reply)


async def test_a_call_that_is_cancelled_frees_its_place(
    open_for: OpenClient, route: Route, emulator: RunningEmulator
) -> None:
    emulator.fault("hang", contains="for ever", times=-1)
    async with open_for(route) as client:
        asks = [asyncio.create_task(client.ask(asked(route.plain, "for ever"))) for _ in range(64)]
        while emulator.counts(digests=False)["in_flight"] < 64:
            await asyncio.sleep(0.01)
        for task in asks:
            task.cancel()
        await asyncio.gather(*asks, return_exceptions=True)
        assert (await client.ask(asked(route.plain))).outcome == Outcome.OK


def test_a_client_lives_in_the_loop_of_a_thread(
    emulator: RunningEmulator, offers_file: Path
) -> None:
    replies: list[Reply] = []

    async def ask_each() -> None:
        credentials = Credentials(dict.fromkeys(PROVIDERS, "a-key"), emulator.base_urls)
        names = [f"{provider}-plain" for provider in PROVIDERS]
        client = open_client(names, credentials, models_file=offers_file)
        replies.extend(await asyncio.gather(*(client.ask(asked(name)) for name in names)))
        await client.close()

    thread = threading.Thread(target=lambda: asyncio.run(ask_each()))
    thread.start()
    thread.join()
    assert [reply.outcome for reply in replies] == [Outcome.OK] * len(PROVIDERS)


def test_nothing_is_left_open_once_it_is_closed(
    emulator: RunningEmulator, offers_file: Path, redis_url: str
) -> None:
    """In a process of its own, where the interpreter's end tells of every socket left open."""
    names = ",".join(f"{provider}-limited" for provider in PROVIDERS)
    done = subprocess.run(
        [sys.executable, "-W", "always::ResourceWarning", "-c", CLOSING,
         emulator.address, names, str(offers_file), redis_url],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "12\n"), done.stderr
    assert "ResourceWarning" not in done.stderr
    assert "nclosed" not in done.stderr


def test_no_key_shows_when_credentials_are_printed() -> None:
    assert "secret" not in repr(Credentials({"openai": "secret"}, {}))


def test_a_name_that_is_not_on_offer_cannot_be_opened(offers_file: Path) -> None:
    with pytest.raises(BadRequest, match="'nothing' is not on offer here"):
        open_client(["nothing"], Credentials(), models_file=offers_file)


async def test_a_provider_that_rests_is_left_alone_by_all_clients(
    open_for: OpenClient, emulator: RunningEmulator, redis_url: str
) -> None:
    route = ROUTES["google"]
    emulator.fault("rate_limit", retry_after="0.6")
    async with (
        open_for(route, redis_url=redis_url) as one,
        open_for(route, redis_url=redis_url) as other,
    ):
        told = asyncio.create_task(one.ask(asked(route.plain, "one")))
        while emulator.counts(digests=False)["requests"] == 0:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.2)  # the refusal is on its way to Redis
        waiting = asyncio.create_task(other.ask(asked(route.plain, "other")))
        await asyncio.sleep(0.1)
        assert emulator.counts()["requests"] == 1
        assert [(await told).outcome, (await waiting).outcome] == [Outcome.OK] * 2
