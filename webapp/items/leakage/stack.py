"""What the base probes' scores together say of the options."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from webapp.items.leakage.choice_model import Settings, Weights, fit_choice, score_choice
from webapp.items.leakage.corpus import Corpus
from webapp.items.leakage.designs import BASES
from webapp.items.mcq import OPTION_COUNT

SETTINGS = Settings(penalty=30.0)


@dataclass(frozen=True)
class Stack:
    """`spreads` are the standard deviations of the scores that it was trained on, by base."""

    weights: Weights
    spreads: Mapping[str, float]

    def scores(self, by_base: Mapping[str, np.ndarray], dimensions: np.ndarray) -> np.ndarray:
        """Shape (questions, 4), as are the scores of each base."""
        features = _side_by_side(by_base, self.spreads)
        return score_choice(self.weights, features, dimensions, np.arange(len(dimensions)))


def fit_stack(corpus: Corpus, by_base: Mapping[str, np.ndarray], train: np.ndarray) -> Stack:
    """Trained on the named questions; `by_base` has scores for the whole corpus."""
    spreads = {base: float(centred(by_base[base][train]).std()) or 1.0 for base in BASES}
    features = _side_by_side(by_base, spreads)
    return Stack(fit_choice(features, corpus.dimensions, corpus.keys, train, SETTINGS), spreads)


def even_stack(by_base: Mapping[str, np.ndarray]) -> Stack:
    """Where nothing is left to train a stack on, all base probes count alike."""
    spreads = {base: float(centred(by_base[base]).std()) or 1.0 for base in BASES}
    return Stack(Weights(np.ones(len(BASES)), {}), spreads)


def _side_by_side(
    by_base: Mapping[str, np.ndarray], spreads: Mapping[str, float]
) -> sparse.csr_array:
    columns = [(centred(by_base[base]) / spreads[base]).reshape(-1) for base in BASES]
    return sparse.csr_array(np.stack(columns, axis=1))


def centred(scores: np.ndarray) -> np.ndarray:
    """Less each question's mean, which says nothing of its options."""
    return np.asarray(scores - scores.mean(axis=1, keepdims=True))


def no_scores(corpus: Corpus) -> dict[str, np.ndarray]:
    return {base: np.zeros((len(corpus), OPTION_COUNT)) for base in BASES}
