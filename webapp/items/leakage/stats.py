"""How often an adversary is right, and how sure that is.

Questions of one patient resemble each other, so an interval that took them for independent
would be too narrow. Two 95 % intervals are computed: Wilson's over questions, and a bootstrap
that draws whole patients. Reports give the outer bounds of both: with few patients the bootstrap
collapses (one patient, or all guesses right, would give a width of zero).
"""

from collections.abc import Sequence
from typing import TypedDict

import numpy as np

from webapp.items.leakage.adversary import Adversary, guess
from webapp.items.leakage.structural import STRUCTURAL
from webapp.items.mcq import OPTION_COUNT, Mcq

CHANCE = 1 / OPTION_COUNT
ROUNDS = 2_000
_Z95 = 1.959963984540054
_DRAWS_AT_ONCE = 2_000_000
_DIGITS = 4


class Estimate(TypedDict):
    """Accuracy from 0 to 1 with its 95 % interval; both None when there is no question."""

    accuracy: float | None
    ci95: list[float] | None
    n: int


class AdversaryReport(Estimate):
    version: str
    groups: int
    by_dimension: dict[str, Estimate]


def accuracy(correct: Sequence[float]) -> float:
    """Mean probability of being right, ties drawn by lot."""
    return float(np.mean(np.asarray(correct, dtype=float)))


def wilson(successes: float, n: int, z: float = _Z95) -> tuple[float, float]:
    """Wilson's score interval for a proportion; split ties may make `successes` fractional."""
    if n <= 0:
        raise ValueError("An interval needs at least one question.")
    share = successes / n
    spread = z * float(np.sqrt(share * (1 - share) / n + z * z / (4 * n * n)))
    centre, scale = share + z * z / (2 * n), 1 + z * z / n
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)


def cluster_bootstrap(
    correct: Sequence[float],
    groups: Sequence[str],
    *,
    seed: int,
    rounds: int = ROUNDS,
    level: float = 0.95,
) -> tuple[float, float]:
    """The interval of the mean when whole groups are drawn with replacement."""
    names, codes = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
    sums = np.bincount(codes, weights=np.asarray(correct, dtype=float))
    sizes = np.bincount(codes).astype(float)
    rng = np.random.default_rng(seed)
    means: list[np.ndarray] = []
    chunk = max(1, _DRAWS_AT_ONCE // len(names))
    for start in range(0, rounds, chunk):
        drawn = rng.integers(0, len(names), (min(chunk, rounds - start), len(names)))
        means.append(sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1))
    tail = (1 - level) / 2
    low, high = np.quantile(np.concatenate(means), [tail, 1 - tail])
    return float(low), float(high)


def estimate(correct: Sequence[float], groups: Sequence[str], *, seed: int) -> Estimate:
    """Accuracy with the outer bounds of both intervals."""
    if not correct:
        return Estimate(accuracy=None, ci95=None, n=0)
    mean = accuracy(correct)
    over_items = wilson(mean * len(correct), len(correct))
    over_groups = cluster_bootstrap(correct, groups, seed=seed)
    low, high = min(over_items[0], over_groups[0]), max(over_items[1], over_groups[1])
    return Estimate(accuracy=_round(mean), ci95=[_round(low), _round(high)], n=len(correct))


def structural_report(
    items: Sequence[Mcq],
    groups: Sequence[str],
    *,
    seed: int = 0,
    adversaries: Sequence[Adversary] = STRUCTURAL,
) -> dict[str, AdversaryReport]:
    """Each adversary over all questions and by dimension; `groups` names each one's patient.

    Plain values for JSON, rounded so that the order of the questions does not show.
    """
    if len(items) != len(groups):
        raise ValueError(f"{len(items)} questions have {len(groups)} groups; give one for each.")
    return {one.name: _adversary_report(one, items, groups, seed) for one in adversaries}


def _adversary_report(
    adversary: Adversary, items: Sequence[Mcq], groups: Sequence[str], seed: int
) -> AdversaryReport:
    right = [guess(adversary, item).correct for item in items]
    return report_of(right, items, groups, version=adversary.version, seed=seed)


def report_of(
    right: Sequence[float],
    items: Sequence[Mcq],
    groups: Sequence[str],
    *,
    version: str,
    seed: int,
) -> AdversaryReport:
    """How often an adversary was right; `right` holds its chance of it for each question."""
    by_dimension: dict[str, Estimate] = {}
    for dimension in sorted({item.dimension.value for item in items}):
        places = [i for i, item in enumerate(items) if item.dimension == dimension]
        by_dimension[dimension] = estimate(
            [right[i] for i in places], [groups[i] for i in places], seed=seed
        )
    return AdversaryReport(
        **estimate(right, groups, seed=seed),
        version=version,
        groups=len(set(groups)),
        by_dimension=by_dimension,
    )


def covers_chance(interval: Sequence[float], chance: float = CHANCE) -> bool:
    """Whether guessing blindly stays possible; far below chance is a leak as well."""
    return interval[0] <= chance <= interval[1]


def _round(value: float) -> float:
    return round(value, _DIGITS)
