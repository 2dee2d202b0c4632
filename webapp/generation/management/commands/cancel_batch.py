from argparse import ArgumentParser
from typing import Any

from webapp.accounts.management.acting import ActingCommand
from webapp.accounts.models import User
from webapp.generation.actions import batches
from webapp.generation.management.asking import add_batch_argument
from webapp.generation.queries import batch_to_show


class Command(ActingCommand):
    help = "Stop a batch after the questions at work; what is made stays, and resume_batch goes on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_batch_argument(parser)
        super().add_arguments(parser)

    def act(self, *_args: Any, by: User, batch: int, **_options: Any) -> None:
        batches.cancel_batch(batch_to_show(batch), by=by)
        self.stdout.write(f"Batch {batch} is cancelled; what is made stays.")
