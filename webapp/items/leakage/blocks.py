"""What must stay together when questions are divided: patients, and patients tied by twins.

Questions of one patient resemble each other. Questions with one text (twins) have different keys,
so an adversary that has seen one of them knows the other's: the patients of twins form one block.

A text that is asked of many patients without being a twin, its key drawn anew for each, ties
nobody: such texts would tie all patients to each other, and nothing could be divided any more.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from webapp.items.mcq import Mcq
from webapp.items.words import words

FOLDS = 10
MOST_TWINS = 4
"""Patients who share a text as twins; a text of more is asked of all by lot."""


def text_key(texts: Sequence[str]) -> str:
    """The same for questions whose options say the same, in whatever order."""
    return "\n".join(sorted(" ".join(words(text)) for text in texts))


def blocks_of(
    items: Sequence[Mcq], patients: Sequence[str], twin_groups: Sequence[str] | None = None
) -> list[str]:
    """For each question the name of its block, which is that of its first patient.

    Patients are in one block when a twin group is found in both. Where nobody says which questions
    are twins (`twin_groups` is None), those of MOST_TWINS patients at the most who have the same
    stem and options are taken for it, unless that would tie most of all questions together.
    """
    twins = twin_groups if twin_groups is not None else [""] * len(items)
    if not len(items) == len(patients) == len(twins):
        raise ValueError(
            f"{len(items)} questions have {len(patients)} patients and {len(twins)} twin groups; "
            "give one of each for every question."
        )
    if twin_groups is not None:
        return _tied(patients, twins)
    alike, apart = _tied(patients, _likely_twins(items, patients)), _tied(patients, twins)
    return apart if _largest(alike) > max(len(items) / 2, _largest(apart)) else alike


def _likely_twins(items: Sequence[Mcq], patients: Sequence[str]) -> list[str]:
    """By question what its twins share; empty where it is asked of too many patients."""
    texts = [f"{text_key([mcq.stem])}\n{text_key(mcq.texts)}" for mcq in items]
    asked: dict[str, set[str]] = {}
    for text, patient in zip(texts, patients, strict=True):
        asked.setdefault(text, set()).add(patient)
    return [text if len(asked[text]) <= MOST_TWINS else "" for text in texts]


def _tied(patients: Sequence[str], groups: Sequence[str]) -> list[str]:
    tied = _Ties()
    for patient, group in zip(patients, groups, strict=True):
        if group:
            tied.tie(("patient", patient), ("group", group))
    roots = [tied.root(("patient", patient)) for patient in patients]
    names: dict[tuple[str, str], str] = {}
    for root, patient in zip(roots, patients, strict=True):
        names[root] = min(patient, names.get(root, patient))
    return [names[root] for root in roots]


def _largest(blocks: Sequence[str]) -> int:
    return max(Counter(blocks).values(), default=0)


def folds_of(blocks: Sequence[str], *, seed: int, most: int = FOLDS) -> np.ndarray:
    """A fold for each question: whole blocks, the largest first into the emptiest fold.

    There are as many folds as blocks, but `most` at the most.
    """
    sizes = Counter(blocks)
    names = sorted(sizes)
    np.random.default_rng(seed).shuffle(names)
    filled = [0] * min(most, len(names))
    fold: dict[str, int] = {}
    for name in sorted(names, key=lambda one: -sizes[one]):
        fold[name] = filled.index(min(filled))
        filled[fold[name]] += sizes[name]
    return np.array([fold[name] for name in blocks], dtype=int)


class _Ties:
    """Disjoint sets."""

    def __init__(self) -> None:
        self._parent: dict[tuple[str, str], tuple[str, str]] = {}

    def root(self, one: tuple[str, str]) -> tuple[str, str]:
        parent = self._parent.setdefault(one, one)
        while parent != self._parent[parent]:
            self._parent[one] = parent = self._parent[parent]
        return parent

    def tie(self, one: tuple[str, str], other: tuple[str, str]) -> None:
        self._parent[self.root(one)] = self.root(other)
