from argparse import ArgumentParser
from typing import Any

from webapp.accounts.management.acting import ActingCommand
from webapp.accounts.models import User
from webapp.generation.actions import constraints
from webapp.generation.queries import constraint_to_show


class Command(ActingCommand):
    help = "Give a constraint a new wording; batches launched before keep the one they had."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("constraint", type=int, metavar="CONSTRAINT", help="its number")
        parser.add_argument("text", metavar="TEXT")
        parser.add_argument(
            "--parent",
            type=int,
            dest="parent_number",
            metavar="N",
            help="the version you have read; refused when there is a newer one",
        )
        super().add_arguments(parser)

    def act(
        self,
        *_args: Any,
        by: User,
        constraint: int,
        text: str,
        parent_number: int | None,
        **_options: Any,
    ) -> None:
        found = constraint_to_show(constraint)
        parent = found.current.number if parent_number is None else parent_number
        made = constraints.revise_constraint(found, text=text, parent_number=parent, by=by)
        self.stdout.write(f"Constraint {constraint} is at version {made.number}.")
