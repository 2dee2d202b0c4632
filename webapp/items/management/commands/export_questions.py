import json
from argparse import ArgumentParser
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from webapp.items.queries import items_with_everything
from webapp.items.question_export import published_rows
from webapp.items.states import ItemState


class Command(BaseCommand):
    help = "Write items as published Scale-VQA JSON (all of them, or those in the given states)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("out", type=Path, metavar="OUT.json")
        parser.add_argument("--state", action="append", choices=ItemState.values, default=[])
        parser.add_argument("--origin", choices=("generated", "published"))

    def handle(self, *args: Any, **options: Any) -> None:
        items = items_with_everything()
        if options["state"]:
            items = items.filter(state__in=options["state"])
        if options["origin"]:
            items = items.filter(origin=options["origin"])
        rows = list(published_rows(items))
        out: Path = options["out"]
        partial = out.with_name(f".{out.name}.partial")
        try:
            partial.write_text(json.dumps(rows, ensure_ascii=False, indent=2) + "\n", "utf-8")
            partial.replace(out)
        except OSError as error:
            with suppress(OSError):
                partial.unlink()
            raise CommandError(f"{out} cannot be written: {error.strerror}.") from error
        self.stdout.write(f"{len(rows)} questions written to {out}")
