"""Waiting for batches at the prompt, with a bar that tells what they make and what they cost."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.core.management.base import CommandError, OutputWrapper
from django.db.models import Q, QuerySet
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from webapp.core.money import shown_usd
from webapp.generation.models import Batch
from webapp.generation.queries import progress_of
from webapp.generation.states import BatchState

POLL_S = 0.3
UNTOUCHED_S = 20.0
MOST_PAUSES = 3
"""So often in a row a batch may have found a provider down; then somebody should look."""

AT_WORK = (BatchState.QUEUED, BatchState.RUNNING)


def unfinished_batches() -> QuerySet[Batch]:
    """At work, or paused."""
    return Batch.objects.filter(state__in=(*AT_WORK, BatchState.PAUSED)).order_by("pk")


def goes_on_alone(batch: Batch) -> bool:
    """At work, or in a pause that ends by itself and is not the last of many."""
    if batch.state == BatchState.PAUSED:
        return batch.resume_at is not None and batch.pauses <= MOST_PAUSES
    return batch.state in AT_WORK


def wait_for(batches: QuerySet[Batch], *, timeout_s: float | None = None) -> list[Batch]:
    """Until none of these goes on alone; all that were there meanwhile, as they are at the end.

    Raises:
        CommandError: the time is over; the batches go on.
    """
    started = time.monotonic()
    seen: set[int] = set()
    with _bar() as bar:
        task = bar.add_task("", total=None, told="")
        while True:
            now = list(batches.all())
            seen.update(batch.pk for batch in now)
            active = [batch for batch in now if goes_on_alone(batch)]
            if not active:
                break
            waited = time.monotonic() - started
            if timeout_s is not None and waited > timeout_s:
                raise CommandError(
                    f"{_names(active)} not ready after {timeout_s:g} s; wait longer, "
                    "or look at the batch's page."
                )
            tally = Tally.of(Batch.objects.filter(pk__in=seen))
            bar.update(
                task,
                description=_at_what(active, waited),
                completed=tally.done,
                total=tally.total or None,
                told=str(tally),
            )
            time.sleep(POLL_S)
    return list(Batch.objects.filter(pk__in=seen).order_by("pk"))


@dataclass(frozen=True)
class Tally:
    """What some batches made and spent together."""

    total: int = 0
    ready: int = 0
    leaky: int = 0
    failed: int = 0
    spent_usd: Decimal = Decimal(0)
    budget_usd: Decimal = Decimal(0)

    @classmethod
    def of(cls, batches: Iterable[Batch]) -> "Tally":
        sums = {"total": 0, "ready": 0, "leaky": 0, "failed": 0}
        spent = budget = Decimal(0)
        for batch in batches:
            progress = progress_of(batch)
            for name in sums:
                sums[name] += getattr(progress, name)
            spent, budget = spent + batch.spent_usd, budget + batch.budget_usd
        return cls(**sums, spent_usd=spent, budget_usd=budget)

    @property
    def done(self) -> int:
        return self.ready + self.leaky + self.failed

    def __str__(self) -> str:
        made = f"{self.ready} ready, {self.leaky} leaky, {self.failed} failed"
        if not self.budget_usd:
            return made
        return f"{made}; {shown_usd(self.spent_usd)} of {shown_usd(self.budget_usd)} spent"


def tell_ends(ended: Sequence[Batch], out: OutputWrapper | None = None) -> None:
    """A line for each batch, where there is somewhere to write it.

    Raises:
        CommandError: one was not done; the sentence says why and what to do.
    """
    faults = []
    for batch in ended:
        if out is not None:
            out.write(f"Batch {batch.pk} “{batch.name}” is {batch.state}: {Tally.of([batch])}.")
            out.write("".join(f"  {note}\n" for note in batch.notes), ending="")
        if batch.state != BatchState.DONE:
            faults.append(_fault(batch))
    if faults:
        raise CommandError("\n".join(faults))


def _fault(batch: Batch) -> str:
    told = f"Batch {batch.pk} is {batch.state}. {batch.error}".rstrip()
    if batch.state == BatchState.PAUSED and batch.resume_at is not None:
        told += f" It tries again at {batch.resume_at:%H:%M} UTC."
    return f"{told} To go on: manage.py resume_batch {batch.pk}"


def _at_what(active: Sequence[Batch], waited: float) -> str:
    paused = [batch for batch in active if batch.state == BatchState.PAUSED]
    if paused:
        return f"Batch {paused[0].pk} is paused: {paused[0].error}"
    if waited > UNTOUCHED_S and all(batch.started_at is None for batch in active):
        return "No worker has come for it yet; `make demo` starts one"
    stages = {batch.progress.get("stage", "") for batch in active if batch.progress}
    return f"{_names(active)} {', '.join(sorted(filter(None, stages)))}".rstrip()


def _names(batches: Sequence[Batch]) -> str:
    if len(batches) == 1:
        return f"Batch {batches[0].pk}"
    return f"{len(batches)} batches"


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TextColumn("{task.fields[told]}", markup=False),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )


def only(ids: Sequence[int]) -> QuerySet[Batch]:
    """These batches, or all that are unfinished when none is named."""
    return Batch.objects.filter(Q(pk__in=ids)).order_by("pk") if ids else unfinished_batches()
