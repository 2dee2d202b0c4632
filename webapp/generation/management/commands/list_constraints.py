from argparse import ArgumentParser
from typing import Any

from webapp.accounts.management.acting import TellingCommand
from webapp.core.management.printing import print_table, to_json
from webapp.generation.kinds import ConstraintKind
from webapp.generation.management.asking import add_json_argument
from webapp.generation.models import Constraint
from webapp.generation.queries import filtered_constraints
from webapp.generation.queries.plain import constraint_row
from webapp.generation.states import ConstraintState
from webapp.items.mcq import Dimension

HEADS = ("#Id", "Dim", "Kind", "State", "Origin", "#Version", "#Lessons", "Text")


class Command(TellingCommand):
    help = "List the constraints on how questions are written, and how many leaks taught each."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dimension", choices=[one.value for one in Dimension], default="")
        parser.add_argument("--kind", choices=[one.value for one in ConstraintKind], default="")
        parser.add_argument("--state", choices=ConstraintState.values, default="")
        parser.add_argument("--origin", choices=Constraint.Origin.values, default="")
        add_json_argument(parser)

    def work(self, *_args: Any, json: bool, **options: Any) -> None:
        names = ("dimension", "kind", "state", "origin")
        found = filtered_constraints(**{name: options[name] for name in names})
        rows = [constraint_row(constraint) for constraint in found]
        if json:
            self.stdout.write(to_json(rows))
        else:
            columns = ("id", "dimension", "kind", "state", "origin", "version", "lessons", "text")
            print_table(self.stdout, HEADS, ([row[name] for name in columns] for row in rows))
