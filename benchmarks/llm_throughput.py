"""Questions written by a model on a server with a fixed latency: ours, one at a time, and bare.

    python -m benchmarks.llm_throughput [--items 1000] [--rounds 3] [--latency-ms 300]
    python -m benchmarks.llm_throughput --memory [--items 1000 20000]

The server is tests/emulator, in a process of its own. Three ways to make the same calls, in turns
and in one run, so that the machine's mood is the same for all:

- ours: a batch in a real Celery worker, with everything that a batch does: calls stored before they
  are sent, budget, lint, adversaries, items with their log;
- bare: an asyncio loop over the provider's SDK with the same prompts, as many in flight, that
  stores nothing and checks nothing;
- one at a time: the same SDK without asyncio, on the first few prompts.

With --memory: the worker's largest resident memory while it makes each number of items.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import psutil

from benchmarks.product import ROOT, make_facts, say
from tests.emulator.process import RunningEmulator, running_emulator

IN_FLIGHT = 64
FEW = 30
MODEL, OTHER = "bench", "bench-2"
OFFER = """{name}:
  provider: {provider}
  model_id: bench
  label: Emulated
  usd_per_mtok_in: 1
  usd_per_mtok_out: 1
  rpm: null
  tpm: null
  max_in_flight: 64
  context_tokens: 100000
  vision: true
  roles: [generate, screen]
  structured: schema
"""


@dataclass
class Made:
    """One batch: its span is from the first call to the last item stored."""

    items: int
    calls: int
    span_s: float
    plan_s: float
    peak_mb: float
    cpu_s: float
    """Of the worker, from launch to end."""


@contextmanager
def house(home: Path, emulator: RunningEmulator, triplets: int) -> Iterator[None]:
    """Engines and a database with captions; this process can use Django."""
    from deploy import embedded

    models = home / "models.yaml"
    offers = ((MODEL, "openai"), (OTHER, "google"))
    models.write_text("".join(OFFER.format(name=name, provider=by) for name, by in offers))
    os.environ |= {
        "CROSSCOPE_HOME": str(home),
        "CROSSCOPE_MODELS": str(models),
        "CROSSCOPE_LOG_LEVEL": "WARNING",
        "DJANGO_SETTINGS_MODULE": "webapp.settings",
        **emulator.environment,
    }
    with embedded.running(home):
        os.environ |= embedded.engine_environment(home)
        manage = [sys.executable, "manage.py", "migrate", "--noinput", "--verbosity", "0"]
        subprocess.run(manage, cwd=ROOT, check=True)
        import django

        django.setup()
        make_facts(triplets, seed=1)
        yield


@contextmanager
def worker() -> Iterator["psutil.Process"]:
    command = [
        sys.executable, "-m", "celery", "-A", "workers.celery", "worker", "-P", "threads",
        "-c", "2",
        "-Q", "generation", "--without-gossip", "--without-mingle", "-l", "WARNING",
    ]  # fmt: skip
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        yield psutil.Process(process.pid)
    finally:
        process.kill()
        process.wait()


class Peak:
    """The largest resident memory of a process, in MB, looked at a few times a second."""

    def __init__(self, process: "psutil.Process") -> None:
        self.mb, self._process, self._over = 0.0, process, threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> "Peak":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.2):
            self.mb = max(self.mb, self._process.memory_info().rss / 1e6)


def ours(items: int, seed: int, adversaries: tuple[str, ...], process: "psutil.Process") -> Made:
    """A batch from launch to end in the worker."""
    from webapp.accounts.queries import system_user
    from webapp.core.models import Move
    from webapp.generation.actions.batches import launch_batch
    from webapp.generation.config import BatchConfig
    from webapp.items.mcq import Dimension

    config = BatchConfig(
        tuple(Dimension), items, generator=MODEL, adversaries=adversaries, use_probe=False
    )
    before = process.cpu_times().user
    with Peak(process) as peak:
        batch = launch_batch(config, by=system_user(), seed=seed, budget_usd=Decimal(10_000))
        while batch.state in ("queued", "running"):
            time.sleep(0.2)
            batch.refresh_from_db()
    if batch.state != "done":
        raise SystemExit(f"The batch is {batch.state}: {batch.error}")
    made = batch.slots.filter(item__isnull=False)
    if made.count() != items:
        raise SystemExit(f"Only {made.count()} of {items} items were made: {batch.notes}")
    first = batch.calls.order_by("created_at").values_list("created_at", flat=True)[0]
    moved = Move.objects.filter(object_type="generation.slot").latest("at").at
    return Made(
        items=items,
        calls=batch.calls.count(),
        span_s=(moved - first).total_seconds(),
        plan_s=(first - batch.started_at).total_seconds() if batch.started_at else 0.0,
        peak_mb=peak.mb,
        cpu_s=process.cpu_times().user - before,
    )


def prompts_of_newest_batch() -> list[dict[str, Any]]:
    from webapp.generation.models import Batch

    calls = Batch.objects.latest("pk").calls.order_by("pk")
    return list(calls.values_list("request", flat=True))


def sdk_arguments(prompt: dict[str, Any]) -> dict[str, Any]:
    return {
        "model": "bench",
        "messages": [
            {"role": "system", "content": prompt["system"]},
            {"role": "user", "content": prompt["user"]},
        ],
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "answer", "schema": prompt["schema"]},
        },
        "max_completion_tokens": prompt["max_tokens"],
    }


def bare(prompts: Sequence[dict[str, Any]], base_url: str) -> float:
    """Seconds that a bare loop takes for all prompts."""
    from openai import AsyncOpenAI

    async def main() -> float:
        turns = asyncio.Semaphore(IN_FLIGHT)
        async with AsyncOpenAI(base_url=base_url, api_key="k", max_retries=0) as client:

            async def one(prompt: dict[str, Any]) -> None:
                async with turns:
                    reply = await client.chat.completions.create(**sdk_arguments(prompt))
                    json.loads(reply.choices[0].message.content or "")

            started = time.perf_counter()
            await asyncio.gather(*(one(prompt) for prompt in prompts))
            return time.perf_counter() - started

    return asyncio.run(main())


def one_at_a_time(prompts: Sequence[dict[str, Any]], base_url: str) -> float:
    """Seconds a call."""
    from openai import OpenAI

    with OpenAI(base_url=base_url, api_key="k", max_retries=0) as client:
        started = time.perf_counter()
        for prompt in prompts:
            reply = client.chat.completions.create(**sdk_arguments(prompt))
            json.loads(reply.choices[0].message.content or "")
        return (time.perf_counter() - started) / len(prompts)


def compare(items: int, rounds: int, adversaries: tuple[str, ...], base_url: str) -> None:
    rates: dict[str, list[float]] = {"ours": [], "bare": [], "one": []}
    for number in range(rounds):
        with worker() as process:
            made = ours(items, 10 * len(adversaries) + number, adversaries, process)
        prompts = prompts_of_newest_batch()
        each = made.calls / made.items
        rates["ours"].append(made.items / made.span_s)
        rates["bare"].append(made.items / bare(prompts, base_url))
        rates["one"].append(1 / (each * one_at_a_time(prompts[:FEW], base_url)))
        say(
            f"round {number + 1}: {each:.2f} calls an item; items/s ours {rates['ours'][-1]:.1f}, "
            f"bare {rates['bare'][-1]:.1f}, one at a time {rates['one'][-1]:.2f}; "
            f"planned in {made.plan_s:.1f} s; worker {made.peak_mb:.0f} MB, "
            f"{1000 * made.cpu_s / made.calls:.1f} ms CPU a call"
        )
    median = {name: statistics.median(found) for name, found in rates.items()}
    by_round = [a / b for a, b in zip(rates["ours"], rates["bare"], strict=True)]
    print(f"calls an item           {each:.2f}")
    print(f"items/s ours            {median['ours']:.1f}")
    print(f"items/s bare loop       {median['bare']:.1f}")
    print(f"items/s one at a time   {median['one']:.2f}")
    print(f"ours / one at a time    {median['ours'] / median['one']:.1f}")
    print(f"ours / bare loop        {statistics.median(by_round):.2f} (median of the rounds)")


def memory(counts: Sequence[int]) -> None:
    for count in counts:
        with worker() as process:
            made = ours(count, 1, (), process)
        print(
            f"{count:>7,} items: worker {made.peak_mb:.0f} MB at most, "
            f"{made.items / made.span_s:.1f} items/s, planned in {made.plan_s:.1f} s",
            flush=True,
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--items", type=int, nargs="+", default=[1000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--latency-ms", type=float, default=300)
    parser.add_argument("--triplets", type=int, default=480)
    parser.add_argument("--memory", action="store_true")
    given = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="crosscope-llm-")))
        emulator = stack.enter_context(
            running_emulator(latency_ms=given.latency_ms, brain="pathology")
        )
        stack.enter_context(house(folder, emulator, given.triplets))
        if given.memory:
            memory(given.items)
            return 0
        for adversaries in ((), (MODEL,)):
            compare(given.items[0], given.rounds, adversaries, emulator.base_urls["openai"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
