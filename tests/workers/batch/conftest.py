"""A batch that may ask models, and a server on this machine that answers as they do."""

from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest
from django.conf import LazySettings

from tests.emulator.process import RunningEmulator, running_emulator
from tests.factories import make_user
from webapp.accounts.models import User
from webapp.accounts.roles import Role
from webapp.core.claims import claimed
from webapp.generation.actions.batches import launch_batch, start_batch
from webapp.generation.config import BatchConfig
from webapp.generation.models import Batch
from workers.batch.run import Run

Held = Callable[[Batch], Run]


@pytest.fixture(scope="session")
def _server() -> Iterator[RunningEmulator]:
    with running_emulator(brain="pathology") as server:
        yield server


@pytest.fixture
def emulator(_server: RunningEmulator, settings: LazySettings) -> RunningEmulator:
    """Fresh for each test; the settings name it as every provider."""
    _server.reset()
    _server.set_latency(0)
    settings.LLM_BASE_URLS = _server.base_urls
    settings.LLM_KEYS = dict.fromkeys(_server.base_urls, "a-key")
    return _server


@pytest.fixture
def cleo(db: None) -> User:
    return make_user(Role.CURATOR, "cleo")


@pytest.fixture
def batch(cleo: User) -> Batch:
    config = BatchConfig(("A",), count=3, adversaries=("gpt-5-mini", "local-vllm"))
    return launch_batch(config, by=cleo, budget_usd=Decimal(5))


@pytest.fixture
def held() -> Iterator[Held]:
    """Takes a batch up as a worker does; let go at the end of the test."""
    claims = []

    def hold(batch: Batch) -> Run:
        claim = claimed(Batch, batch.pk)
        held = claim.__enter__()
        assert held is not None
        claims.append(claim)
        if batch.state == "queued":
            start_batch(batch, by=batch.created_by)
        return Run(Batch.objects.get(pk=batch.pk), held)

    yield hold
    for claim in claims:
        claim.__exit__(None, None, None)
