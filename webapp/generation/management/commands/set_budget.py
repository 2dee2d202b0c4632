from argparse import ArgumentParser
from decimal import Decimal
from typing import Any

from webapp.accounts.management.acting import ActingCommand
from webapp.accounts.models import User
from webapp.core.money import shown_usd
from webapp.generation.actions import batches
from webapp.generation.management.asking import add_batch_argument, dollars
from webapp.generation.queries import batch_to_show
from webapp.generation.states import BatchState


class Command(ActingCommand):
    help = "Set the most that a batch's model calls may cost, with what it has spent already."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_batch_argument(parser)
        parser.add_argument("budget", type=dollars, metavar="USD")
        super().add_arguments(parser)

    def act(self, *_args: Any, by: User, batch: int, budget: Decimal, **_options: Any) -> None:
        found = batch_to_show(batch)
        batches.set_budget(found, budget, by=by)
        spent = shown_usd(found.spent_usd)
        self.stdout.write(f"Batch {batch} may cost {shown_usd(budget)}; {spent} is spent.")
        if found.state == BatchState.PAUSED:
            self.stdout.write(f"It is paused; to go on: manage.py resume_batch {batch}")
