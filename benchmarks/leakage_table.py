"""What text alone gives away: questions of each option scheme, beside the published ones.

    python -m benchmarks.leakage_table [--questions 2000] [--patients 240] [--seeds 1]
                                       [--published val.json]

Tried are all adversaries of webapp.items.leakage, cross-validated by block of patients, and those
of benchmarks.counting. Intervals are two-sided and hold for all adversaries of a set together
(95 %, Bonferroni). Exits with 1 when chance lies outside one of ours.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist

from rich.console import Console
from rich.table import Table

from benchmarks.audit_speed import published
from benchmarks.counting import counting_adversaries
from benchmarks.phantom_questions import Asked, ask, phantom_facts
from webapp.generation.config import Scheme
from webapp.items.leakage import CHANCE, Family, run_family
from webapp.items.leakage.stats import accuracy, cluster_bootstrap, wilson

ERROR = 0.05
"""The chance that any adversary of a set lies outside its interval although nothing leaks."""
ROUNDS = 4_000


@dataclass(frozen=True)
class Row:
    """An adversary's accuracy with its interval, corrected for the number of adversaries."""

    adversary: str
    accuracy: float
    low: float
    high: float

    @property
    def covers_chance(self) -> bool:
        return self.low <= CHANCE <= self.high


def try_all(asked: Asked, *, seed: int = 0, jobs: int = 1) -> list[Row]:
    """Every adversary on questions of ours."""
    family = run_family(asked.items, asked.patients, asked.twin_groups, seed=seed, jobs=jobs)
    return rows_of(family, counting_adversaries(asked.plans, family.blocks))


def rows_of(family: Family, others: Mapping[str, Sequence[float]] | None = None) -> list[Row]:
    right = {**family.right, **(others or {})}
    untried = [name for name, found in right.items() if found is None]
    if untried:
        raise ValueError(f"{untried[0]} could not be tried: {' '.join(family.notes)}")
    level = 1 - ERROR / len(right)
    return [_row(name, found or (), family.blocks, level) for name, found in right.items()]


def _row(name: str, right: Sequence[float], blocks: Sequence[str], level: float) -> Row:
    """The outer bounds of Wilson's interval and of a bootstrap over blocks."""
    mean = accuracy(right)
    z = NormalDist().inv_cdf((1 + level) / 2)
    by_item = wilson(mean * len(right), len(right), z)
    by_block = cluster_bootstrap(right, blocks, seed=0, rounds=ROUNDS, level=level)
    return Row(name, mean, min(by_item[0], by_block[0]), max(by_item[1], by_block[1]))


def show(title: str, rows: Sequence[Row], console: Console) -> None:
    table = Table(title=title, title_justify="left")
    table.add_column("adversary")
    for head in ("accuracy", "interval"):
        table.add_column(head, justify="right")
    table.add_column("")
    for row in rows:
        interval = f"{100 * row.low:.1f} to {100 * row.high:.1f}"
        verdict = "" if row.covers_chance else "apart from chance"
        table.add_row(row.adversary, f"{100 * row.accuracy:.1f} %", interval, verdict)
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--questions", type=int, default=2_000)
    parser.add_argument("--patients", type=int, default=240)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--published", type=Path, help="questions in the published JSON")
    parser.add_argument("--jobs", type=int, default=2)
    wanted = parser.parse_args()
    console = Console(width=100)
    if wanted.published:
        found = published(wanted.published)
        items, slides = [mcq for _, mcq in found], [slide for slide, _ in found]
        rows = rows_of(run_family(items, slides, jobs=wanted.jobs))
        show(f"{len(items):,} published questions, {len(set(slides))} slides", rows, console)
    facts = phantom_facts(wanted.patients)
    apart = 0
    for seed in wanted.seeds:
        for scheme in Scheme:
            asked = ask(facts, scheme, count=wanted.questions, seed=seed)
            rows = try_all(asked, jobs=wanted.jobs)
            apart += sum(not row.covers_chance for row in rows)
            groups = f"{len(asked.items):,} questions, {wanted.patients} patients, seed {seed}"
            show(f"{scheme.value}: {groups}", rows, console)
    sys.exit(1 if apart else 0)


if __name__ == "__main__":
    main()
