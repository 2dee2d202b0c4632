"""A conditional logit: which of the four options of a question is chosen, from their features.

Each dimension has weights of its own beside the weights that all share (the augmentation of Daumé,
2007), so that a phrase may tell a key in one dimension and a distractor in another. All weights are
drawn to zero by the penalty, and what the training questions do not show keeps the weight 0.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.optimize import minimize

from webapp.items.mcq import OPTION_COUNT


@dataclass(frozen=True)
class Settings:
    penalty: float
    """Half of it times the squared weights is added to the negative log-likelihood."""
    own: float = 1.0
    """How strongly a dimension's own weights count beside the shared ones."""
    least: int = 1
    """Columns with a value in fewer training rows are left out."""
    iterations: int = 100


@dataclass(frozen=True)
class Weights:
    """`shared` for a dimension that training had not; `own` holds the sum of both by dimension."""

    shared: np.ndarray
    own: Mapping[str, np.ndarray]

    def of(self, dimension: str) -> np.ndarray:
        return self.own.get(dimension, self.shared)


def rows_of(questions: np.ndarray) -> np.ndarray:
    """The feature rows of these questions."""
    rows: np.ndarray = (questions[:, None] * OPTION_COUNT + np.arange(OPTION_COUNT)).ravel()
    return rows


def fit_choice(
    features: sparse.csr_array,
    dimensions: np.ndarray,
    keys: np.ndarray,
    questions: np.ndarray,
    settings: Settings,
) -> Weights:
    """Weights learned from the named `questions`.

    `features` has four rows a question; `keys` are the places of the keys, 0 to 3.
    """
    columns = _columns(features[rows_of(questions)], settings.least)
    if not len(columns):  # such as the scores of probes that twins left with nothing to learn
        return Weights(np.zeros(features.shape[1]), {})
    names = sorted(set(dimensions[questions].tolist()))
    parts = [questions[dimensions[questions] == name] for name in names]
    blocks = [features[rows_of(part)][:, columns] for part in parts]
    objective = _Objective(blocks, [keys[part] for part in parts], settings)
    found = minimize(
        objective,
        np.zeros(objective.size),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": settings.iterations},
    )
    shared, own = objective.split(found.x)
    return Weights(
        _spread(shared, columns, features.shape[1]),
        {
            name: _spread(shared + settings.own * one, columns, features.shape[1])
            for name, one in zip(names, own, strict=True)
        },
    )


def score_choice(
    weights: Weights, features: sparse.csr_array, dimensions: np.ndarray, questions: np.ndarray
) -> np.ndarray:
    """Scores of the named questions' options, shape (questions, 4)."""
    scores = np.zeros((len(questions), OPTION_COUNT))
    for name in sorted(set(dimensions[questions].tolist())):
        places = np.flatnonzero(dimensions[questions] == name)
        part = features[rows_of(questions[places])]
        scores[places] = (part @ weights.of(name)).reshape(-1, OPTION_COUNT)
    return scores


def _columns(rows: sparse.csr_array, least: int) -> np.ndarray:
    return np.flatnonzero(np.bincount(rows.indices, minlength=rows.shape[1]) >= least)


def _spread(values: np.ndarray, columns: np.ndarray, width: int) -> np.ndarray:
    full = np.zeros(width)
    full[columns] = values
    return full


class _Objective:
    """Penalised negative log-likelihood and its gradient in one flat vector of weights."""

    def __init__(
        self, blocks: Sequence[sparse.csr_array], keys: Sequence[np.ndarray], settings: Settings
    ) -> None:
        self._blocks, self._settings = blocks, settings
        self._turned = [block.T.tocsr() for block in blocks]
        self._chosen = [np.eye(OPTION_COUNT)[one] for one in keys]
        self._width = blocks[0].shape[1]
        self.size = self._width * (1 + len(blocks))

    def split(self, flat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        weights = flat.reshape(-1, self._width)
        return weights[0], weights[1:]

    def __call__(self, flat: np.ndarray) -> tuple[float, np.ndarray]:
        shared, own = self.split(flat)
        scale, penalty = self._settings.own, self._settings.penalty
        loss = 0.5 * penalty * float(flat @ flat)
        slopes = np.empty((1 + len(own), self._width))
        slopes[0] = 0.0
        for place, (block, turned, chosen) in enumerate(
            zip(self._blocks, self._turned, self._chosen, strict=True)
        ):
            scores = (block @ (shared + scale * own[place])).reshape(-1, OPTION_COUNT)
            logs = log_shares(scores)
            loss -= float((logs * chosen).sum())
            slope = turned @ (np.exp(logs) - chosen).ravel()
            slopes[0] += slope
            slopes[1 + place] = scale * slope
        return loss, slopes.ravel() + penalty * flat


def log_shares(scores: np.ndarray) -> np.ndarray:
    """Log-probabilities of each row's choice."""
    centred = scores - scores.max(axis=1, keepdims=True)
    logs: np.ndarray = centred - np.log(np.exp(centred).sum(axis=1, keepdims=True))
    return logs
