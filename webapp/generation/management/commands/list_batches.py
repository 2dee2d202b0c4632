from argparse import ArgumentParser
from typing import Any

from webapp.accounts.management.acting import TellingCommand
from webapp.core.management.printing import print_table, to_json
from webapp.core.money import shown_usd
from webapp.generation.management.asking import add_json_argument
from webapp.generation.models import Batch
from webapp.generation.queries import filtered_batches
from webapp.generation.queries.plain import batch_row
from webapp.generation.states import BatchState

HEADS = ("#Batch", "Name", "State", "#Planned", "#Ready", "#Leaky", "#Failed", "#Spent", "Why")


class Command(TellingCommand):
    help = "List batches, newest first: how far they are and what they spent."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--state", action="append", choices=BatchState.values, default=[])
        parser.add_argument("--limit", type=int, default=50, metavar="N", help="default: 50")
        add_json_argument(parser)

    def work(self, *_args: Any, state: list[str], limit: int, json: bool, **_options: Any) -> None:
        found = filtered_batches(states=state)[: max(limit, 0)]
        if json:
            self.stdout.write(to_json([batch_row(batch) for batch in found]))
        else:
            print_table(self.stdout, HEADS, (_cells(batch) for batch in found))


def _cells(batch: Batch) -> tuple[object, ...]:
    row = batch_row(batch)
    counts = (row[name] for name in ("total", "ready", "leaky", "failed"))
    spent = f"{shown_usd(batch.spent_usd)} of {shown_usd(batch.budget_usd)}"
    told = spent if batch.budget_usd else ""
    return (batch.pk, batch.name, batch.state, *counts, told, batch.error)
