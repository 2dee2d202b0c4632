"""How an adversary is asked and what its guess is worth."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from webapp.items.mcq import Mcq

TIE_TOLERANCE = 1e-9


class Adversary(Protocol):
    """Scores the options from their text alone; the highest score is its guess."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str:
        """Changes whenever the same question could get other scores."""
        ...

    def choose(self, stem: str, options: Sequence[str]) -> tuple[float, ...]:
        """One score from 0 to 1 for each option; never dependent on the options' order."""
        ...


@dataclass(frozen=True)
class Guess:
    """`correct` is the probability that the guess is the key when ties are drawn by lot."""

    option_id: str
    correct: float
    confidence: float
    """How far the best score lies above the second, 0 (a tie) to 1."""


def guess(adversary: Adversary, mcq: Mcq) -> Guess:
    """Ask one adversary. Of tied options the one with the smallest id is named: ids are random."""
    scores = dict(zip(mcq.option_ids, adversary.choose(mcq.stem, mcq.texts), strict=True))
    best = max(scores.values())
    tied = sorted(uid for uid, score in scores.items() if score >= best - TIE_TOLERANCE)
    second = sorted(scores.values())[-2] if len(scores) > 1 else 0.0
    return Guess(
        option_id=tied[0],
        correct=1 / len(tied) if mcq.key in tied else 0.0,
        confidence=0.0 if len(tied) > 1 else min(1.0, max(0.0, best - second)),
    )
