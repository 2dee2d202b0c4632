"""Adversaries that know the plan and count, beside those that read.

They know which texts share findings, and of all other blocks of patients every key. A majority
adversary takes the option (or the phrases) that were right most often there, as a phrase prior
would have it; a minority one those that were right least often, as a plan would that evens the
count.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from itertools import product
from math import log

from webapp.generation.planned import PlannedItem

_TIE = 1e-9
Said = tuple[str, str]
"""The two findings of an option, the key's first."""
Score = Callable[[Said], float]


def counting_adversaries(
    plans: Sequence[PlannedItem], blocks: Sequence[str]
) -> dict[str, tuple[float, ...]]:
    """By adversary the chance that it hits the key of each question, ties drawn by lot."""
    options = [_options(plan) for plan in plans]
    texts = [(plan.dimension, frozenset(said)) for plan, said in zip(plans, options, strict=True)]
    keyed = list(zip(texts, options, blocks, strict=True))
    right = _Elsewhere((block, (text, said[0])) for text, said, block in keyed)
    good = _Elsewhere((block, one) for _, said, block in keyed for one in said[0])
    bad = _Elsewhere((block, one) for _, said, block in keyed for one in said[-1])
    by_text = [
        [float(right.count(block, (text, one))) for one in said] for text, said, block in keyed
    ]
    by_phrase = [
        [
            sum(_odds(good.count(block, each), bad.count(block, each)) for each in one)
            for one in said
        ]
        for _, said, block in keyed
    ]
    scores = {"text": by_text, "phrase": by_phrase}
    return {
        f"{name}_{side}": tuple(_chance([sign * one for one in each]) for each in found)
        for name, found in scores.items()
        for side, sign in (("majority", 1), ("minority", -1))
    }


class _Elsewhere:
    """How often something is found outside a block."""

    def __init__(self, found: Iterable[tuple[str, Hashable]]) -> None:
        self._inside: Counter[tuple[str, Hashable]] = Counter(found)
        self._everywhere: Counter[Hashable] = Counter()
        for (_, what), count in self._inside.items():
            self._everywhere[what] += count

    def count(self, block: str, what: Hashable) -> int:
        return self._everywhere[what] - self._inside[block, what]


def _options(plan: PlannedItem) -> list[Said]:
    """The key first, the option that shares nothing with it last."""
    first = (plan.first_true, plan.first_false)
    if plan.claim:
        outcomes = f"{plan.claim} borne out", f"{plan.claim} ruled out"
        first = outcomes if plan.claim == plan.first_true else outcomes[::-1]
    return list(product(first, (plan.second_true, plan.second_false)))


def _odds(right: int, wrong: int) -> float:
    return log((right + 1) / (wrong + 1))


def _chance(scores: Sequence[float]) -> float:
    best = max(scores)
    tied = sum(one >= best - _TIE for one in scores)
    return (scores[0] >= best - _TIE) / tied
