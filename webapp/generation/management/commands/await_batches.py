from argparse import ArgumentParser
from typing import Any

from webapp.accounts.management.acting import TellingCommand
from webapp.generation.management.watching import only, tell_ends, wait_for
from webapp.generation.queries import batch_to_show


class Command(TellingCommand):
    help = (
        "Wait until the batches have ended, with a bar that tells what they made and spent. "
        "A batch whose pause only a person can end is not waited for: the command fails with its "
        "reason, as it does for one that failed or was cancelled meanwhile."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "batches", nargs="*", type=int, metavar="BATCH", help="none: all that are unfinished"
        )
        parser.add_argument(
            "--timeout", type=float, default=600.0, metavar="S", help="seconds; 600 if not given"
        )

    def work(
        self, *_args: Any, timeout: float, batches: list[int] | None = None, **_options: Any
    ) -> None:
        named = [batch_to_show(number).pk for number in batches or ()]
        ended = wait_for(only(named), timeout_s=timeout)
        if not ended:
            self.stdout.write("No batch is at work.")
        tell_ends(ended, self.stdout)
