"""The three base probes: which features each reads, and how strongly it is held back.

Penalties were chosen on the 450 published questions; they are small in number and coarse.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from webapp.items.leakage.choice_model import Settings
from webapp.items.leakage.structure_features import structure_features
from webapp.items.leakage.term_features import (
    Vocabulary,
    difference_terms,
    evened,
    inverse_document_frequency,
    ngram_terms,
    tf_idf,
)

_FAR = 4.0
"""Structural features beyond so many standard deviations count as this."""

SETTINGS: Mapping[str, Settings] = {
    "ngram_probe": Settings(penalty=0.25, own=1.4, least=2),
    "structure_probe": Settings(penalty=100.0),
    "difference_probe": Settings(penalty=0.05, least=2),
}
BASES = tuple(SETTINGS)
STACKER = Settings(penalty=10.0)

Asked = tuple[str, Sequence[str]]
"""A stem and its four option texts."""


@dataclass
class Reader:
    """Turns questions into features; what it learns of a corpus is without labels."""

    ngrams: Vocabulary
    idf: np.ndarray
    differences: Vocabulary
    spread: np.ndarray
    """Standard deviation of each structural feature."""

    @classmethod
    def of(cls, questions: Sequence[Asked]) -> "tuple[Reader, dict[str, sparse.csr_array]]":
        """A reader that knows the terms of these questions, and their features."""
        ngrams, differences = Vocabulary(), Vocabulary()
        counted = ngrams.counts(_rows(questions, ngram_terms), learn=True)
        idf = inverse_document_frequency(counted)
        differing = differences.counts(_rows(questions, difference_terms), learn=True)
        measured = _structure(questions)
        spread = measured.std(axis=0)
        features: dict[str, sparse.csr_array] = {
            "ngram_probe": tf_idf(counted, idf),
            "structure_probe": _bounded(measured, spread),
            "difference_probe": evened(differing),
        }
        return cls(ngrams, idf, differences, spread), features

    def read(self, questions: Sequence[Asked]) -> dict[str, sparse.csr_array]:
        """The features of other questions; unknown terms do not count."""
        counted = self.ngrams.counts(_rows(questions, ngram_terms), learn=False)
        differing = self.differences.counts(_rows(questions, difference_terms), learn=False)
        return {
            "ngram_probe": tf_idf(counted, self.idf),
            "structure_probe": _bounded(_structure(questions), self.spread),
            "difference_probe": evened(differing),
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
