"""SIGKILL of the worker at random moments of a batch that models write and screen.

    python -m benchmarks.llm_kills [--kills 50] [--items 1000] [--seed 1]

A batch is run twice against the same server (tests/emulator): once undisturbed, once with its
worker killed again and again. Both begin with no call on record. Then it is counted: calls that the
server answered more than once (paid twice) beside the calls that were in flight at the kills, and
whether every item is the one of the undisturbed run, to the option ids, in every round.
Exits with 1 when more was paid twice than was in flight, or anything is lost, doubled or different.
"""

import argparse
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from benchmarks.llm_throughput import MODEL, OTHER, house, worker
from benchmarks.product import say
from tests.emulator.process import RunningEmulator, running_emulator

PAUSE_S = (0.3, 1.5)
SETTINGS = {"CROSSCOPE_CLAIM_SECONDS": "3", "CROSSCOPE_SWEEP_SECONDS": "1"}


@dataclass
class Report:
    kills: int = 0
    in_flight: int = 0
    calls: int = 0
    paid_twice: int = 0
    items: int = 0
    rounds: int = 0
    faults: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def lines(self) -> Iterator[str]:
        yield f"SIGKILLs of the worker        {self.kills}"
        yield f"calls of an undisturbed run   {self.calls}"
        yield f"in flight at the kills        {self.in_flight}"
        yield f"paid twice                    {self.paid_twice}"
        yield f"items                         {self.items}, written in {self.rounds} rounds"
        yield f"lost, doubled or different    {len(self.faults)}"
        yield f"seconds                       {self.seconds:.0f}"
        yield from (f"  FAULT {fault}" for fault in self.faults[:20])


def launch(items: int, seed: int) -> Any:
    from webapp.accounts.queries import system_user
    from webapp.generation.actions.batches import launch_batch
    from webapp.generation.config import BatchConfig
    from webapp.items.mcq import Dimension

    config = BatchConfig(
        tuple(Dimension),
        items,
        generator=MODEL,
        adversaries=(OTHER,),
        use_probe=False,
    )
    return launch_batch(config, by=system_user(), seed=seed, budget_usd=Decimal(10_000))


def forget_calls() -> None:
    """So that the next batch finds nothing on record, and starts from no constraint."""
    from django.db.models import F, Value
    from django.db.models.functions import Concat, Left

    from webapp.generation.models import Call, Constraint

    Call.objects.update(key=Concat(Value("old-"), Left(F("key"), 60)))
    Constraint.objects.update(state="retired")


def texts_of(batch: Any) -> dict[int, list[Any]]:
    """Every round of every slot: stem, options with their ids, key."""
    slots = batch.slots.select_related("item").prefetch_related("item__revisions")
    return {
        slot.number: [
            (revision.stem, revision.options, revision.key, revision.rationale)
            for revision in sorted(slot.item.revisions.all(), key=lambda one: one.number)
        ]
        for slot in slots
        if slot.item is not None
    }


def is_over(batch: Any) -> bool:
    batch.refresh_from_db()
    return batch.state not in ("queued", "running")


def undisturbed(items: int, seed: int) -> Any:
    batch = launch(items, seed)
    with worker():
        while not is_over(batch):
            time.sleep(0.3)
    return batch


def killed(items: int, seed: int, kills: int, report: Report) -> Any:
    """Kill until so many died while calls were in flight; then let it finish."""
    from webapp.core.queue import Job, resend

    batch, rng = launch(items, seed), random.Random(seed)
    while not is_over(batch):
        with worker() as process:
            if report.kills >= kills:
                while not is_over(batch):
                    resend(Job.RUN_BATCH, batch.pk)  # as the sweep does
                    time.sleep(0.5)
                break
            _wait_for_calls(batch)
            time.sleep(rng.uniform(*PAUSE_S))
            process.kill()
            process.wait()
        report.kills += 1
        # Those that an earlier kill lost, and that nobody has asked for since, hold no money.
        report.in_flight += batch.calls.filter(outcome="sent", reserved_usd__gt=0).count()
        say(f"{report.kills}/{kills}: {batch.slots.exclude(state='planned').count()} slots done")
    return batch


def _wait_for_calls(batch: Any) -> None:
    """Until the worker that has just started has taken the batch up and asks."""
    from webapp.core.queue import Job, resend

    before = batch.calls.count()
    end = time.monotonic() + 60
    while batch.calls.count() <= before and not is_over(batch):
        if time.monotonic() > end:
            raise SystemExit("The worker does not take the batch up.")
        resend(Job.RUN_BATCH, batch.pk)
        time.sleep(0.2)


def run(*, items: int, kills: int, seed: int, emulator: RunningEmulator) -> Report:
    started, report = time.monotonic(), Report()
    first = undisturbed(items, seed)
    counts = emulator.counts(digests=False)
    report.calls, asked_again = counts["requests"], counts["repeated"]
    expected = texts_of(first)
    report.items, report.rounds = len(expected), sum(map(len, expected.values()))
    say(f"undisturbed: {report.items} items, {report.calls} calls")
    forget_calls()
    emulator.reset()
    second = killed(items, seed, kills, report)
    report.paid_twice = emulator.counts(digests=False)["repeated"] - asked_again
    report.faults += faults(second, expected, report)
    report.seconds = time.monotonic() - started
    return report


def faults(batch: Any, expected: dict[int, list[Any]], report: Report) -> Iterator[str]:
    if batch.state != "done":
        yield f"the batch is {batch.state}: {batch.error}"
    if report.paid_twice > report.in_flight:
        yield f"{report.paid_twice} calls were paid twice, {report.in_flight} were in flight"
    found = texts_of(batch)
    if set(found) != set(expected):
        yield f"slots with items differ: {sorted(set(found) ^ set(expected))[:10]}"
    for number in sorted(set(found) & set(expected)):
        if found[number] != expected[number]:
            yield f"slot {number} differs from the undisturbed run"
    if batch.reserved_usd:
        yield f"${batch.reserved_usd} are still reserved"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--items", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--triplets", type=int, default=480)
    parser.add_argument("--latency-ms", type=float, default=300)
    given = parser.parse_args()
    os.environ |= SETTINGS
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="crosscope-llm-")))
        emulator = stack.enter_context(
            running_emulator(
                latency_ms=given.latency_ms, brain="pathology", leaky=0.2, misbehave=0.1
            )
        )
        stack.enter_context(house(folder, emulator, given.triplets))
        report = run(items=given.items, kills=given.kills, seed=given.seed, emulator=emulator)
    print("\n".join(report.lines()))
    return 1 if report.faults else 0


if __name__ == "__main__":
    sys.exit(main())
