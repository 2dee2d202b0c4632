from argparse import ArgumentParser
from typing import Any

from webapp.accounts.management.acting import ActingCommand
from webapp.accounts.models import User
from webapp.generation.actions import batches
from webapp.generation.management.asking import add_batch_argument
from webapp.generation.queries import batch_to_show


class Command(ActingCommand):
    help = (
        "Go on with a batch that is paused, cancelled, failed or done: questions not made yet are "
        "made, and failed ones are tried again. Wait for it with await_batches."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_batch_argument(parser)
        parser.add_argument(
            "--cause",
            default="",
            metavar="SENTENCE",
            help="of the failed questions, try only those again that failed for this, as "
            "show_batch tells it",
        )
        super().add_arguments(parser)

    def act(self, *_args: Any, by: User, batch: int, cause: str, **_options: Any) -> None:
        found = batch_to_show(batch)
        if cause:
            retried = batches.retry_slots(found, cause, by=by)
            self.stdout.write(f"Batch {batch} is queued again; {retried:,} questions are retried.")
        else:
            batches.resume_batch(found, by=by)
            self.stdout.write(f"Batch {batch} is queued again.")
