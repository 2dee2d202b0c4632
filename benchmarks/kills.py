"""SIGKILL of worker, web, Redis and PostgreSQL at random moments of running batches.

    python -m benchmarks.kills [--kills 100] [--items 400] [--seed 1]

Runs the product as `make demo` does (embedded engines, supervisor, web, worker, beat) in a folder
of its own, launches batches, kills processes until the count is reached, lets the last batch
finish, then counts: every slot of every batch has one item, every item one slot, one revision, one
screening an adversary and one event, and each text is the one that an undisturbed run writes.
Exits with 1 when anything is lost or doubled.
"""

import argparse
import random
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import psutil

from benchmarks.product import make_captions, patient, product, say, state_of, wait_for

TARGETS = ("worker", "web", "redis", "postgres", "postgres backend")
PAUSE_S = (0.2, 1.6)


@dataclass
class Report:
    """What was killed and what was found afterwards."""

    kills: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    batches: int = 0
    planned: int = 0
    items: int = 0
    faults: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def lines(self) -> Iterator[str]:
        killed = ", ".join(f"{self.kills[target]} {target}" for target in TARGETS)
        yield f"SIGKILLs            {self.kills.total()} ({killed})"
        yield f"batches             {self.batches}"
        yield f"items planned       {self.planned}"
        yield f"items made          {self.items}"
        yield f"lost or doubled     {len(self.faults)}"
        answers = ", ".join(f"{count} {answer}" for answer, count in sorted(self.answers.items()))
        yield f"web answers         {answers}"
        yield f"seconds             {self.seconds:.0f}"
        yield from (f"  FAULT {fault}" for fault in self.faults)


def processes(home: Path) -> dict[str, list[psutil.Process]]:
    """Living processes of the product in this home, by target."""
    found: dict[str, list[psutil.Process]] = {target: [] for target in TARGETS}
    for process in psutil.process_iter():
        try:
            target = _target(process, home)
        except (psutil.Error, OSError):
            continue
        if target is not None:
            found[target].append(process)
    return found


def _target(process: psutil.Process, home: Path) -> str | None:
    command = process.cmdline()
    if not command or process.status() == psutil.STATUS_ZOMBIE:
        return None
    line = " ".join(command)
    if command[0].startswith("postgres: "):
        return "postgres backend" if process.cwd() == str(home / "postgres") else None
    if f"-D {home / 'postgres'}" in line and "pg_ctl" not in line:
        return "postgres"
    if "redis-server" in command[0]:
        return "redis" if process.cwd() == str(home / "redis") else None
    return _python_target(process, command, home)


def _python_target(process: psutil.Process, command: list[str], home: Path) -> str | None:
    if process.environ().get("CROSSCOPE_HOME") != str(home):
        return None
    if "gunicorn" in command:
        return "web"
    return "worker" if {"celery", "worker"} <= set(command) else None


def kill_one(home: Path, rng: random.Random, kills: Counter[str]) -> str | None:
    """SIGKILL a random process of the target killed least so far; None when it is not up now."""
    target = min(TARGETS, key=lambda name: (kills[name], rng.random()))
    running = processes(home)[target]
    if not running:
        return None
    try:
        rng.choice(running).kill()
    except psutil.NoSuchProcess:
        return None
    return target


def launch(items: int, seed: int) -> int:
    from webapp.accounts.queries import system_user
    from webapp.generation.actions.batches import launch_batch
    from webapp.generation.config import BatchConfig
    from webapp.items.mcq import Dimension

    batch = launch_batch(
        BatchConfig(tuple(Dimension), count=items, use_probe=False),
        name=f"kills {seed}",
        seed=seed,
        by=system_user(),
    )
    return int(batch.pk)


def faults_of(batch_id: int) -> Iterator[str]:
    """Every way in which the batch differs from an undisturbed one, as a sentence."""
    from webapp.core.models import Event
    from webapp.generation.models import Batch, Screening
    from webapp.items.leakage import STRUCTURAL

    batch = Batch.objects.get(pk=batch_id)
    if batch.state != "done":
        yield f"batch {batch_id} is {batch.state}: {batch.error}"
    slots = list(batch.slots.select_related("item"))
    drafts = undisturbed(batch)
    if sorted(slot.number for slot in slots) != sorted(drafts):
        yield f"batch {batch_id} has {len(slots)} slots, not the {len(drafts)} of its plan"
    for slot in slots:
        where = f"batch {batch_id} slot {slot.number}"
        if slot.item is None:
            yield f"{where} has no item: {slot.state} {slot.error}"
            continue
        revisions = list(slot.item.revisions.all())
        if len(revisions) != 1:
            yield f"{where} has {len(revisions)} revisions"
        if (revisions[0].stem, revisions[0].options, revisions[0].key) != drafts.get(slot.number):
            yield f"{where} differs from an undisturbed run"
        if Screening.objects.filter(revision=revisions[0]).count() != len(STRUCTURAL):
            yield f"{where} has a wrong number of screenings"
        made = Event.objects.filter(verb="create_item", object_id=str(slot.item.pk)).count()
        if made != 1:
            yield f"{where} has {made} creation events"


def undisturbed(batch: Any) -> dict[int, tuple[str, list[dict[str, str]], str]]:
    """What the pipeline writes for each slot when nobody kills it: stem, options, key."""
    from webapp.generation.facts import facts_of, uid_of
    from webapp.generation.plan import make_plan
    from webapp.generation.queries import triplets_for
    from workers.pipeline.generate import generate

    facts = {uid_of(triplet): facts_of(triplet, {}) for triplet in triplets_for(batch)}
    config = batch.config
    plan = make_plan(
        list(facts.values()),
        dimensions=config["dimensions"],
        count=config["count"],
        seed=batch.seed,
    )
    written = {}
    for planned in plan.items:
        mcq = generate(planned, facts[planned.triplet]).mcq
        options = [{"id": option.id, "text": option.text} for option in mcq.options]
        written[planned.number] = (mcq.stem, options, mcq.key)
    return written


def orphans() -> Iterator[str]:
    from webapp.items.models import Item

    for item_id in Item.objects.filter(slot=None).values_list("pk", flat=True):
        yield f"item {item_id} belongs to no slot"


def ask_web(port: int) -> str:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/", timeout=5) as response:
            return str(response.status)
    except urllib.error.HTTPError as error:
        return str(error.code)
    except (urllib.error.URLError, OSError):
        return "refused"


def run(*, home: Path, port: int, kills: int, items: int, slides: int, seed: int) -> Report:
    """Kill until `kills` processes are dead, then wait for the work and count it."""
    import django

    report, rng = Report(), random.Random(seed)
    started = time.monotonic()
    with product(home, port):
        django.setup()
        patient(partial(make_captions, slides, seed))
        batches: list[int] = []
        while report.kills.total() < kills:
            if not batches or patient(partial(state_of, batches[-1])) not in ("queued", "running"):
                batches.append(patient(partial(launch, items, seed + len(batches))))
            time.sleep(rng.uniform(*PAUSE_S))
            report.answers[ask_web(port)] += 1
            target = kill_one(home, rng, report.kills)
            if target is not None:
                report.kills[target] += 1
            say(f"{report.kills.total()}/{kills} {target}")
        wait_for(batches)
        say("counting")
        _count(report, batches)
    report.seconds = time.monotonic() - started
    return report


def _count(report: Report, batches: list[int]) -> None:
    from webapp.generation.models import Slot
    from webapp.items.models import Item

    report.batches = len(batches)
    report.planned = patient(Slot.objects.count)
    report.items = patient(Item.objects.count)
    for batch_id in batches:
        report.faults += patient(partial(_list, faults_of, batch_id))
    report.faults += patient(partial(_list, orphans))


def _list(found: Callable[..., Iterator[str]], *arguments: int) -> list[str]:
    return list(found(*arguments))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--items", type=int, default=400, help="asked for in each batch")
    parser.add_argument("--slides", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--port", type=int, default=8199)
    parser.add_argument("--home", type=Path, help="kept afterwards, with its logs")
    arguments = vars(parser.parse_args())
    home = arguments.pop("home")
    with tempfile.TemporaryDirectory(prefix="crosscope-kills-") as folder:
        report = run(home=(home or Path(folder)).resolve(), **arguments)
    print("\n".join(report.lines()))
    return 1 if report.faults else 0


if __name__ == "__main__":
    sys.exit(main())
