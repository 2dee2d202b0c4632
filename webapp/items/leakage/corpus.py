"""Questions as the learned probes see them, in an order of their own.

Options stand in the order of their texts and questions in that of their blocks and texts, so that
neither the order of options nor that of a file can show in what a probe learns.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from webapp.items.leakage.blocks import folds_of
from webapp.items.leakage.designs import Asked, Reader
from webapp.items.mcq import OPTION_COUNT, Mcq


def canonical_order(texts: Sequence[str]) -> list[int]:
    """The places of the options, by their texts; equal texts cannot be told apart anyway."""
    return sorted(range(len(texts)), key=lambda place: (texts[place], place))


def as_asked(mcq: Mcq) -> Asked:
    return mcq.stem, tuple(mcq.texts[place] for place in canonical_order(mcq.texts))


@dataclass(frozen=True)
class Corpus:
    """`order` gives, for each question here, its place among those that were handed in."""

    features: dict[str, sparse.csr_array]
    dimensions: np.ndarray
    keys: np.ndarray
    """The key's place in the order of texts."""
    folds: np.ndarray
    order: np.ndarray

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def fold_count(self) -> int:
        return int(self.folds.max()) + 1

    def questions_in(self, *folds: int) -> np.ndarray:
        return np.flatnonzero(np.isin(self.folds, folds))

    def questions_outside(self, *folds: int) -> np.ndarray:
        return np.flatnonzero(~np.isin(self.folds, folds))


def read_corpus(
    items: Sequence[Mcq], blocks: Sequence[str], *, seed: int, most_folds: int
) -> tuple[Corpus, Reader]:
    """
    Raises:
        ValueError: a question has other than four options, or a key that is none of them.
    """
    for mcq in items:
        if len(mcq.options) != OPTION_COUNT or mcq.key not in mcq.option_ids:
            raise ValueError(
                f"A question with {len(mcq.options)} options and the key {mcq.key!r} cannot be "
                "learned from; leave it out."
            )
    asked = [as_asked(mcq) for mcq in items]
    order = sorted(
        range(len(items)),
        key=lambda i: (blocks[i], items[i].dimension, asked[i], items[i].key_option.text),
    )
    reader, features = Reader.of([asked[i] for i in order])
    corpus = Corpus(
        features=features,
        dimensions=np.array([items[i].dimension.value for i in order]),
        keys=np.array([_key_place(items[i]) for i in order], dtype=int),
        folds=folds_of([blocks[i] for i in order], seed=seed, most=most_folds),
        order=np.array(order, dtype=int),
    )
    return corpus, reader


def _key_place(mcq: Mcq) -> int:
    return canonical_order(mcq.texts).index(mcq.option_ids.index(mcq.key))
