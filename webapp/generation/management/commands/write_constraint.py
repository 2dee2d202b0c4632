from argparse import ArgumentParser
from typing import Any

from webapp.accounts.management.acting import ActingCommand
from webapp.accounts.models import User
from webapp.generation.actions import constraints
from webapp.generation.kinds import ConstraintKind
from webapp.items.mcq import Dimension


class Command(ActingCommand):
    help = "Write a constraint for the questions of one dimension; batches launched later keep it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("dimension", choices=[one.value for one in Dimension])
        parser.add_argument("kind", choices=[one.value for one in ConstraintKind])
        parser.add_argument("text", metavar="TEXT", help="one sentence that names no single item")
        super().add_arguments(parser)

    def act(
        self, *_args: Any, by: User, dimension: str, kind: str, text: str, **_options: Any
    ) -> None:
        made = constraints.write_constraint(
            dimension=Dimension(dimension), kind=kind, text=text, by=by
        )
        self.stdout.write(f"Constraint {made.pk} is written, and in use.")
