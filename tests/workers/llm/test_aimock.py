"""The adapters against an emulator that somebody else wrote: npm's @copilotkit/aimock.

It speaks OpenAI's and Gemini's formats; DashScope's own protocol it does not know. `make test`
installs it where Node.js is there (deploy/install_aimock.sh).
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from tests.workers.llm.conftest import Finding, OpenClient, Route, asked
from workers.llm.errors import BadRequest, ProviderDown, WrongKey
from workers.llm.registry import Client
from workers.llm.types import Image, Outcome, Usage

pytestmark = pytest.mark.anyio

HOME = Path(__file__).with_name("aimock")
PROGRAM = HOME / "node_modules/@copilotkit/aimock/dist/cli.js"
NEEDS = (20, 15)
ROUTES = [
    Route("openai", "/v1"), Route("google", ""), Route("dashscope", "/v1"), Route("vllm", "/v1"),
]  # fmt: skip


def node_version(node: str) -> tuple[int, ...]:
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=True)
    return tuple(int(part) for part in re.findall(r"\d+", told.stdout)[:2])


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node.js is not installed, so the independent emulator cannot run")
    if node_version(node) < NEEDS:
        pytest.skip("the independent emulator needs Node.js 20.15 or newer")
    if not PROGRAM.exists():
        pytest.skip("the independent emulator is not installed: run `make aimock`")
    process = subprocess.Popen(
        [node, str(PROGRAM), "--port", "0", "--fixtures", str(HOME / "fixtures.json"), "--strict"],
        env=os.environ | {"AIMOCK_API_KEYS": "a-key"}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield listening_address(process)
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def listening_address(process: "subprocess.Popen[str]") -> str:
    for line in process.stdout or ():
        found = re.search(r"listening on (\S+)", line)
        if found:
            return found[1]
    raise AssertionError("the independent emulator did not start")


@pytest.fixture(params=ROUTES, ids=lambda route: route.provider)
def route(request: pytest.FixtureRequest) -> Route:
    found: Route = request.param
    return found


@pytest.fixture
def opened(open_for: OpenClient, route: Route, address: str) -> AbstractAsyncContextManager[Client]:
    return open_for(route, base_urls={route.provider: address + route.path})


async def test_a_text_and_its_tokens(
    opened: AbstractAsyncContextManager[Client], route: Route
) -> None:
    async with opened as client:
        reply = await client.ask(asked(route.plain, "Please say it plainly."))
    assert (reply.outcome, reply.text) == (Outcome.OK, "Plainly said.")
    assert reply.usage == Usage(11, 5)


async def test_an_object(opened: AbstractAsyncContextManager[Client], route: Route) -> None:
    async with opened as client:
        reply = await client.ask(asked(route.plain, "Say it as an object.", schema=Finding))
        told = await client.ask(asked(route.json, "Say it as an object.", schema=Finding))
    assert reply.value == told.value == Finding(title="Nest", sure=True, parts=[])


async def test_images(opened: AbstractAsyncContextManager[Client], route: Route) -> None:
    pictures = tuple(Image("image/png", b"%d" % n) for n in range(5))
    async with opened as client:
        reply = await client.ask(asked(route.plain, "Do say it plainly.", images=pictures))
    assert reply.outcome == Outcome.OK


@pytest.mark.parametrize(
    ("user", "outcome"),
    [("cut it short", Outcome.TRUNCATED), ("something forbidden", Outcome.BLOCKED)],
)
async def test_an_answer_that_was_stopped(
    opened: AbstractAsyncContextManager[Client], route: Route, user: str, outcome: Outcome
) -> None:
    async with opened as client:
        reply = await client.ask(asked(route.plain, user, schema=Finding))
    assert (reply.outcome, reply.value) == (outcome, None)


async def test_too_many_calls(opened: AbstractAsyncContextManager[Client], route: Route) -> None:
    async with opened as client:
        with pytest.raises(ProviderDown, match=r"Slow down.*left alone for 3600 s"):
            await client.ask(asked(route.plain, "too often"))


async def test_a_server_error(opened: AbstractAsyncContextManager[Client], route: Route) -> None:
    async with opened as client:
        with pytest.raises(ProviderDown, match="HTTP 500: Oh no"):
            await client.ask(asked(route.plain, "on a bad day"))


async def test_a_rejected_call(opened: AbstractAsyncContextManager[Client], route: Route) -> None:
    async with opened as client:
        with pytest.raises(BadRequest, match="HTTP 400: Not you"):
            await client.ask(asked(route.plain, "what nobody may"))


async def test_a_wrong_key(open_for: OpenClient, route: Route, address: str) -> None:
    urls = {route.provider: address + route.path}
    async with open_for(route, key="another-key", base_urls=urls) as client:
        with pytest.raises(WrongKey, match="does not accept the key"):
            await client.ask(asked(route.plain, "Please say it plainly."))
