"""`manage.py make_phantom OUT_DIR --seed 7 --count 4`: phantom slides with captions and truth."""

import os
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn

from webapp.slides.phantom import DEFAULT_SIZE_PX, PhantomError, make_phantoms


class Command(BaseCommand):
    help = "Write procedural H&E slides with known findings, their captions.jsonl and truth."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("out_dir", type=Path)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--count", type=int, default=4, help="slides, each its own patient")
        parser.add_argument(
            "--size-px",
            type=int,
            default=DEFAULT_SIZE_PX,
            help="side of a slide; it always covers 4.608 mm, so fewer pixels are coarser ones",
        )

        parser.add_argument(
            "--jobs",
            type=int,
            default=min(2, os.cpu_count() or 1),
            help="slides drawn at once, 0.7 GB of memory each at the default size",
        )

    def handle(
        self, *, out_dir: Path, seed: int, count: int, size_px: int, jobs: int, **_options: object
    ) -> None:
        columns = ("Phantom slides", BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=Console(stderr=True)) as bar:
            task = bar.add_task("slides", total=count)
            try:
                paths = make_phantoms(
                    out_dir,
                    seed=seed,
                    count=count,
                    size_px=size_px,
                    jobs=jobs,
                    progress=lambda done, _total: bar.update(task, completed=done),
                )
            except PhantomError as error:
                raise CommandError(str(error)) from error
        self.stdout.write(f"{len(paths)} slides and their captions are in {out_dir}.")
