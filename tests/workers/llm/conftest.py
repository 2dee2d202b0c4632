"""Every adapter through its real SDK, over real HTTP, against tests/emulator."""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from pydantic import BaseModel
from redis import Redis

from tests.emulator.process import PROVIDERS, RunningEmulator, running_emulator
from workers.llm.registry import Client, Credentials, open_client
from workers.llm.retries import Policy
from workers.llm.types import Request

OFFER = """
{provider}-{kind}:
  provider: {provider}
  model_id: the-model
  label: One model
  usd_per_mtok_in: 1
  usd_per_mtok_out: 10
  rpm: {rpm}
  tpm: {tpm}
  max_in_flight: 64
  context_tokens: 100000
  vision: true
  roles: [generate]
  structured: {structured}
"""
QUICK = Policy(tries=3, first_s=0.01, longest_s=0.05, give_up_s=5.0)
OpenClient = Callable[..., AbstractAsyncContextManager[Client]]


class Part(BaseModel):
    name: str
    weight: float


class Finding(BaseModel):
    """A small answer with a nested list."""

    title: str
    sure: bool
    parts: list[Part]


@pytest.fixture(scope="session")
def running() -> Iterator[RunningEmulator]:
    with running_emulator() as emulator:
        yield emulator


@pytest.fixture
def emulator(running: RunningEmulator) -> RunningEmulator:
    """Without faults, counts at zero."""
    running.reset()
    return running


@pytest.fixture(scope="session")
def offers_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`openai-plain`, `openai-json` (JSON mode), `openai-limited` and so on for each provider."""
    kinds = {
        "plain": {"structured": "schema", "rpm": "null", "tpm": "null"},
        "json": {"structured": "json", "rpm": "null", "tpm": "null"},
        "limited": {"structured": "schema", "rpm": "7", "tpm": "1000000"},
    }
    path = tmp_path_factory.mktemp("offers") / "models.yaml"
    path.write_text(
        "".join(
            OFFER.format(provider=provider, kind=kind, **fields)
            for provider in PROVIDERS
            for kind, fields in kinds.items()
        )
    )
    return path


class Route(NamedTuple):
    """A provider and a way to speak to it."""

    provider: str
    path: str

    @property
    def plain(self) -> str:
        return f"{self.provider}-plain"

    @property
    def json(self) -> str:
        return f"{self.provider}-json"

    @property
    def limited(self) -> str:
        return f"{self.provider}-limited"

    def urls(self, emulator: RunningEmulator) -> dict[str, str]:
        return {self.provider: emulator.address + self.path}


ROUTES = {
    "openai": Route("openai", "/openai/v1"),
    "google": Route("google", "/google"),
    "dashscope": Route("dashscope", "/dashscope/api/v1"),
    "dashscope by OpenAI's protocol": Route("dashscope", "/dashscope/compatible-mode/v1"),
    "vllm": Route("vllm", "/vllm/v1"),
}


@pytest.fixture(params=list(ROUTES.values()), ids=list(ROUTES))
def route(request: pytest.FixtureRequest) -> Route:
    found: Route = request.param
    return found


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def open_for(emulator: RunningEmulator, offers_file: Path) -> OpenClient:
    """`async with open_for(route) as client`; keyword arguments change what is usual."""

    @asynccontextmanager
    async def opened(
        route: Route, *, key: str = "a-key", redis_url: str = "", **given: Any
    ) -> AsyncIterator[Client]:
        urls = given.pop("base_urls", route.urls(emulator))
        credentials = Credentials({route.provider: key}, urls)
        settings: dict[str, Any] = {"policy": QUICK, "timeout_s": 10.0, "models_file": offers_file}
        names = (route.plain, route.json, route.limited)
        client = open_client(names, credentials, redis_url, **(settings | given))
        try:
            yield client
        finally:
            await client.close()

    return opened


@pytest.fixture
def redis_url() -> Iterator[str]:
    """The session's Redis, without rests that a test ordered."""
    url = os.environ["REDIS_URL"]
    yield url
    with Redis.from_url(url) as redis:
        redis.delete(*(f"llm:rest:{provider}" for provider in PROVIDERS))


def asked(model: str, user: str = "Is this a tumour?", **fields: Any) -> Request:
    return Request(model, "You are terse.", user, **fields)
