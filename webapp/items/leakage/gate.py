"""Whether a set of questions may be released: no adversary of the family is told from chance.

Judged two-sided, as an adversary that is too often wrong is inverted by a reader. Each adversary is
one more try to find a difference by luck, so the intervals that condemn are widened for their
number (Bonferroni), and again for that of the dimensions. So far out the bootstrap of a few blocks
has no draws left: these intervals come from the variance between blocks, with Student's t.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, TypedDict

import numpy as np
from scipy import stats as distributions

from webapp.items.leakage.family import LEARNED, Family
from webapp.items.leakage.stats import AdversaryReport, covers_chance, wilson

LEVEL = 0.95
WIDENED = 1.25
"""Cross-validated scores vary more than as many independent ones, as each fold's probe was trained
on the others (Nadeau and Bengio, 2003): where the keys of the 450 published questions are drawn by
lot, over 56 drawings 1.08 to 1.25 times as much."""
HALF_WIDTH = 0.03
"""An interval this much to either side is narrow enough to speak of chance: about 800 questions."""

Verdict = Literal["passes", "leaks", "too few to tell"]


class Judged(TypedDict):
    """`family_ci` is the interval widened for the number of adversaries."""

    verdict: Verdict
    family_ci: list[float] | None
    half_width: float | None
    leaking_dimensions: list[str]


class Gate(TypedDict):
    """`adversaries` are those that could be tried; `notes` say why others could not."""

    verdict: Verdict
    tried: int
    adversaries: dict[str, Judged]
    notes: list[str]


def judge(family: Family, reports: Mapping[str, AdversaryReport]) -> Gate:
    """`reports` are the family's. It leaks when one adversary is off chance, passes when each
    interval is narrow and covers chance, and otherwise there is too little to tell.
    """
    tried = {name: right for name, right in family.right.items() if right is not None}
    judged = {
        name: _judge_one(family, name, np.array(right), reports[name], len(tried))
        for name, right in tried.items()
    }
    verdicts = {one["verdict"] for one in judged.values()}
    untried = len(tried) < len(family.right)
    verdict: Verdict = "passes"
    if "leaks" in verdicts:
        verdict = "leaks"
    elif untried or not tried or "too few to tell" in verdicts:
        verdict = "too few to tell"
    return Gate(verdict=verdict, tried=len(tried), adversaries=judged, notes=list(family.notes))


def _judge_one(
    family: Family, name: str, right: np.ndarray, report: AdversaryReport, tried: int
) -> Judged:
    if report["ci95"] is None:
        return Judged(
            verdict="too few to tell", family_ci=None, half_width=None, leaking_dimensions=[]
        )
    blocks = np.array(family.blocks)
    level = 1 - (1 - LEVEL) / tried
    widened = WIDENED if name in LEARNED else 1.0
    interval = corrected_interval(right, blocks, level, widened)
    leaking = _leaking_dimensions(family, right, blocks, level, widened)
    half_width = (report["ci95"][1] - report["ci95"][0]) / 2
    verdict: Verdict = "passes" if half_width <= HALF_WIDTH else "too few to tell"
    if leaking or not covers_chance(interval):
        verdict = "leaks"
    return Judged(
        verdict=verdict,
        family_ci=[round(bound, 4) for bound in interval],
        half_width=round(half_width, 4),
        leaking_dimensions=leaking,
    )


def _leaking_dimensions(
    family: Family, right: np.ndarray, blocks: np.ndarray, level: float, widened: float
) -> list[str]:
    """Dimensions in which the adversary is off chance, their number allowed for as well."""
    of_item = np.array([item.dimension.value for item in family.items])
    names = sorted(set(of_item.tolist()))
    level = 1 - (1 - level) / len(names)
    return [
        name
        for name in names
        if not covers_chance(
            corrected_interval(right[of_item == name], blocks[of_item == name], level, widened)
        )
    ]


def corrected_interval(
    right: np.ndarray, blocks: Sequence[str] | np.ndarray, level: float, widened: float = 1.0
) -> tuple[float, float]:
    """The outer bounds of Wilson's interval and of Student's over blocks, for a mean at a level.

    With one block there is no variance between blocks, and Wilson's alone is given.
    """
    mean, count = float(right.mean()), len(right)
    low, high = wilson(
        mean * count, count, widened * float(distributions.norm.ppf((1 + level) / 2))
    )
    names, codes = np.unique(np.asarray(blocks), return_inverse=True)
    if len(names) > 1:
        off = np.bincount(codes, weights=right - mean)
        error = float(np.sqrt((off**2).sum() * len(names) / (len(names) - 1))) / count
        reach = widened * float(distributions.t.ppf((1 + level) / 2, len(names) - 1)) * error
        low, high = min(low, mean - reach), max(high, mean + reach)
    return max(0.0, low), min(1.0, high)
