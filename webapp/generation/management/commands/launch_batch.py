from argparse import ArgumentParser
from decimal import Decimal
from typing import Any

from django.core.management.base import CommandError

from webapp.accounts.management.acting import ActingCommand
from webapp.accounts.models import User
from webapp.core.management.printing import to_json
from webapp.generation.actions import batches
from webapp.generation.management.asking import add_config_arguments, config_from, dollars
from webapp.generation.management.watching import only, tell_ends, wait_for
from webapp.generation.models import Batch
from webapp.generation.queries import batch_to_show
from webapp.generation.queries.plain import batch_whole

INTERRUPTED = 130


class Command(ActingCommand):
    help = (
        "Launch a batch: COUNT questions about slides with captions. Workers make them; without "
        "--wait the command ends at once. Constraints in use now go with the batch. Ctrl-C while "
        "waiting leaves the batch at work."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_config_arguments(parser)
        parser.add_argument("--name", default="", help="default: named by its date")
        parser.add_argument(
            "--budget",
            type=dollars,
            default=Decimal(0),
            metavar="USD",
            help="the most that its model calls may cost; needed where a model has a price",
        )
        parser.add_argument("--wait", action="store_true", help="until it has ended, with a bar")
        parser.add_argument("--timeout", type=float, metavar="S", help="wait so many seconds only")
        parser.add_argument(
            "--cancel-on-interrupt", action="store_true", help="Ctrl-C cancels the batch"
        )
        parser.add_argument("--json", action="store_true", help="tell the batch as JSON")
        super().add_arguments(parser)

    def act(self, *_args: Any, by: User, **options: Any) -> None:
        batch = batches.launch_batch(
            config_from(options),
            name=options["name"],
            seed=options["seed"],
            budget_usd=options["budget"],
            by=by,
        )
        if not options["json"]:
            self.stdout.write(f"Batch {batch.pk} “{batch.name}” is queued, seed {batch.seed}.")
        ended = self._wait(batch, by, options) if options["wait"] else []
        if options["json"]:
            self.stdout.write(to_json(batch_whole(batch_to_show(batch.pk))))
        tell_ends(ended, None if options["json"] else self.stdout)

    def _wait(self, batch: Batch, by: User, options: dict[str, Any]) -> list[Batch]:
        try:
            return wait_for(only([batch.pk]), timeout_s=options["timeout"])
        except KeyboardInterrupt:
            if options["cancel_on_interrupt"]:
                batches.cancel_batch(batch_to_show(batch.pk), by=by)
                raise CommandError(
                    f"Batch {batch.pk} is cancelled; what is made stays.", returncode=INTERRUPTED
                ) from None
            raise CommandError(
                f"Batch {batch.pk} goes on without you. To wait again: manage.py await_batches "
                f"{batch.pk}; to stop it: manage.py cancel_batch {batch.pk}",
                returncode=INTERRUPTED,
            ) from None
