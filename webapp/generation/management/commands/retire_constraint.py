from argparse import ArgumentParser
from typing import Any

from webapp.accounts.management.acting import ActingCommand
from webapp.accounts.models import User
from webapp.generation.actions import constraints
from webapp.generation.queries import constraint_to_show


class Command(ActingCommand):
    help = "Leave a constraint out of batches launched from now on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("constraint", type=int, metavar="CONSTRAINT", help="its number")
        super().add_arguments(parser)

    def act(self, *_args: Any, by: User, constraint: int, **_options: Any) -> None:
        constraints.retire_constraint(constraint_to_show(constraint), by=by)
        self.stdout.write(f"Constraint {constraint} is retired; leaks do not revive it.")
