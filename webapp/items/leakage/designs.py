"""The three base probes: which features each reads, and how strongly it is held back.

Penalties were chosen on the 450 published questions; they are small in number and coarse.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from webapp.items.leakage.choice_model import Settings
from webapp.items.leakage.structure_features import structure_features
from webapp.items.leakage.term_features import TermSpace, difference_terms, ngram_terms

_FAR = 4.0
"""Structural features beyond so many standard deviations count as this."""

SETTINGS: Mapping[str, Settings] = {
    "ngram_probe": Settings(penalty=0.25, own=1.4, least=2),
    "structure_probe": Settings(penalty=150.0),
    "difference_probe": Settings(penalty=0.05, least=2),
}
BASES = tuple(SETTINGS)

Asked = tuple[str, Sequence[str]]
"""A stem and its four option texts."""


@dataclass(frozen=True)
class Reader:
    """Turns questions into features; what it learns of a corpus is without labels."""

    ngrams: TermSpace
    differences: TermSpace
    spread: np.ndarray
    """Standard deviation of each structural feature."""

    @classmethod
    def of(cls, questions: Sequence[Asked]) -> "tuple[Reader, dict[str, sparse.csr_array]]":
        """A reader that knows the terms of these questions, and their features."""
        ngrams, differing = _rows(questions, ngram_terms), _rows(questions, difference_terms)
        measured = _structure(questions)
        reader = cls(
            TermSpace.of(ngrams, by_rarity=True),
            TermSpace.of(differing, by_rarity=False),
            measured.std(axis=0),
        )
        return reader, reader._features(ngrams, measured, differing)

    def read(self, questions: Sequence[Asked]) -> dict[str, sparse.csr_array]:
        """The features of other questions."""
        ngrams, differing = _rows(questions, ngram_terms), _rows(questions, difference_terms)
        return self._features(ngrams, _structure(questions), differing)

    def _features(
        self, ngrams: list[list[str]], measured: np.ndarray, differing: list[list[str]]
    ) -> dict[str, sparse.csr_array]:
        return {
            "ngram_probe": self.ngrams.read(ngrams),
            "structure_probe": _bounded(measured, self.spread),
            "difference_probe": self.differences.read(differing),
        }


def _rows(
    questions: Sequence[Asked], terms_of: Callable[[Sequence[str]], list[list[str]]]
) -> list[list[str]]:
    return [row for _, texts in questions for row in terms_of(texts)]


def _structure(questions: Sequence[Asked]) -> np.ndarray:
    measured = structure_features(questions)
    return measured.reshape(-1, measured.shape[2])


def _bounded(measured: np.ndarray, spread: np.ndarray) -> sparse.csr_array:
    scaled = measured / np.where(spread > 0, spread, 1.0)
    return sparse.csr_array(np.clip(scaled, -_FAR, _FAR))
