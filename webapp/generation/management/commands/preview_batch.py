import random
from argparse import ArgumentParser
from typing import Any

from webapp.accounts.management.acting import TellingCommand
from webapp.core.errors import BadInput
from webapp.core.management.printing import print_table, to_json
from webapp.core.money import shown_usd
from webapp.generation.actions.batches import MAX_SEED, check_config
from webapp.generation.dry_run import MOST_PLANNED, SHOWN, DryRun, as_json, dry_run
from webapp.generation.management.asking import (
    add_config_arguments,
    add_json_argument,
    config_from,
)
from webapp.generation.plan import PlanError
from webapp.generation.preview import in_all


class Command(TellingCommand):
    help = (
        "Tell what launch_batch would begin with, from the same options: the first questions of "
        "the plan in words, what cannot be planned, and what it may cost. Nothing is stored, and "
        "no model is called."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_config_arguments(parser)
        parser.add_argument(
            "--show", type=int, default=SHOWN, metavar="K", help=f"questions (default {SHOWN})"
        )
        add_json_argument(parser)

    def work(self, *_args: Any, show: int, seed: int | None, json: bool, **options: Any) -> None:
        config = config_from(options)
        check_config(config)
        if not 0 <= show <= MOST_PLANNED:
            raise BadInput(f"Show 0 to {MOST_PLANNED} questions.")
        drawn = random.SystemRandom().randrange(MAX_SEED) if seed is None else seed
        try:
            run = dry_run(config, seed=drawn, shown=show)
        except PlanError as error:
            raise BadInput(str(error)) from error
        if json:
            self.stdout.write(to_json({"seed": drawn, **as_json(run, keys=True)}))
        else:
            self._tell(run, drawn)

    def _tell(self, run: DryRun, seed: int) -> None:
        drawn = f"{run.read:,} of {run.triplets:,} triplets" if run.is_sample else "all triplets"
        self.stdout.write(f"{run.planned:,} questions planned over {drawn}, seed {seed}.")
        for note in run.notes:
            self.stdout.write(f"  {note}")
        if run.costs:
            self._tell_costs(run)
        for one in run.items:
            planned = one.planned
            twin = ", twin" if planned.twin_group else ""
            uneven = "" if planned.balanced else ", uneven"
            self.stdout.write(
                f"\n{planned.number}. {planned.dimension}, {planned.pool}{twin}{uneven}: "
                f"{planned.triplet}\n{one.stem}"
            )
            for text, is_key in one.options:
                self.stdout.write(f"  {'*' if is_key else '-'} {text}")

    def _tell_costs(self, run: DryRun) -> None:
        expected, most = in_all(run.costs)
        self.stdout.write(
            f"{shown_usd(expected)} is expected, and {shown_usd(most)} would do whatever happens:"
        )
        rows = (
            (one.stage, one.model, f"{one.calls:,}", shown_usd(one.usd), shown_usd(one.most_usd))
            for one in run.costs
        )
        print_table(self.stdout, ("Stage", "Model", "#Calls", "#Expected", "#At most"), rows)
