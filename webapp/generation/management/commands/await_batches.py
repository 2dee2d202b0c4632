import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet
from rich.console import Console
from rich.progress import Progress

from webapp.generation.models import Batch
from webapp.generation.queries import progress_of
from webapp.generation.states import BatchState

POLL_S = 0.3


class Command(BaseCommand):
    help = "Wait until no batch is queued or running, with a progress bar."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--timeout", type=float, default=600.0, help="seconds")

    def handle(self, *, timeout: float, **_options: Any) -> None:
        end = time.monotonic() + timeout
        with Progress(console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("Making questions", total=None)
            while unfinished := list(_unfinished()):
                if time.monotonic() > end:
                    raise CommandError(f"{len(unfinished)} batches are still at work; wait longer.")
                progress = [progress_of(batch) for batch in unfinished]
                done, total = sum(p.done for p in progress), sum(p.total for p in progress)
                bar.update(task, completed=done, total=total or None)
                time.sleep(POLL_S)


def _unfinished() -> QuerySet[Batch]:
    return Batch.objects.filter(state__in=(BatchState.QUEUED, BatchState.RUNNING))
