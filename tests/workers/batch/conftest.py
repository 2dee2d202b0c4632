"""A batch that may ask models, and a server on this machine that answers as they do."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import LazySettings

from annotation_configs.models import SHIPPED
from tests.emulator.process import RunningEmulator, running_emulator
from tests.factories import make_user
from tests.generation.captioned import make_captioned
from tests.workers.batch.whole import ADVERSARIES, ORDERS, ROUNDS, Launch
from webapp.accounts.models import User
from webapp.accounts.roles import Role
from webapp.core.claims import claimed
from webapp.generation.actions.batches import launch_batch, start_batch
from webapp.generation.config import BatchConfig
from webapp.generation.models import Batch
from webapp.items.mcq import Dimension
from webapp.slides.models import Triplet
from workers.batch.run import Run
from workers.llm.registry import open_client
from workers.llm.retries import Policy

Held = Callable[[Batch], Run]

QUICK = Policy(tries=2, first_s=0.01, longest_s=0.02, give_up_s=2.0)


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


@pytest.fixture(scope="session")
def _flawed() -> Iterator[RunningEmulator]:
    """Writes with defects and leaks, some for good; its adversaries like some texts too well."""
    traits = {"leaky": 0.25, "stubborn": 0.15, "misbehave": 0.2, "prone": 0.4}
    with running_emulator(brain="pathology", **traits) as server:
        yield server


@pytest.fixture(scope="session")
def _models_without_limits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    offers = yaml.safe_load(SHIPPED.read_text())
    for offer in offers.values():
        offer |= {"rpm": None, "tpm": None}
    path = tmp_path_factory.mktemp("offers") / "models.yaml"
    path.write_text(yaml.safe_dump(offers))
    return path


@pytest.fixture
def providers(
    _flawed: RunningEmulator,
    _models_without_limits: Path,
    settings: LazySettings,
    monkeypatch: pytest.MonkeyPatch,
) -> RunningEmulator:
    """All is real but the patience of the retries, and the calls allowed a minute."""
    settings.LLM_MODELS_FILE = _models_without_limits
    _flawed.reset()
    _flawed.set_latency(0)
    settings.LLM_BASE_URLS = _flawed.base_urls
    settings.LLM_KEYS = dict.fromkeys(_flawed.base_urls, "a-key")
    monkeypatch.setattr("workers.batch.run.open_client", partial(open_client, policy=QUICK))
    return _flawed


@pytest.fixture
def triplets(db: None) -> list[Triplet]:
    return make_captioned(16)


@pytest.fixture
def launch(cleo: User, triplets: list[Triplet], providers: RunningEmulator) -> Launch:
    """The same batch each time, but for what a test says."""

    def make(count: int = 10, budget: str = "20", **options: Any) -> Batch:
        values: dict[str, Any] = {
            "dimensions": tuple(Dimension),
            "generator": "gpt-5",
            "decomposer": "gpt-5-mini",
            "adversaries": ADVERSARIES,
            "orders": ORDERS,
            "rounds": ROUNDS,
        }
        config = BatchConfig(count=count, **{**values, **options})
        return launch_batch(config, seed=4, budget_usd=Decimal(budget), by=cleo)

    return make
