"""Options as bags of terms: what they say, and what each says that the others do not."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import log, sqrt

import numpy as np
from scipy import sparse

from webapp.items.mcq import OPTION_COUNT
from webapp.items.words import words

LONGEST_NGRAM = 3
LEAST_ROWS = 2
"""A term that stands in fewer options of a corpus gets no column."""
_PREFIX = 4
"""Letters of a word's beginning that stand for its family: hyper-, kera-, lymp-."""


def ngram_terms(texts: Sequence[str]) -> list[list[str]]:
    """Runs of one to three words of each option, repeated as often as they occur."""
    return [
        [term for size in range(1, LONGEST_NGRAM + 1) for term in _runs(words(text), size)]
        for text in texts
    ]


def difference_terms(texts: Sequence[str]) -> list[list[str]]:
    """What sets each option apart, as signed terms.

    `+` it has and not all others have; `!` only it has; `-` all others have and it lacks; `=` two
    others have and it lacks. Terms are words, pairs of words, first and last word, and word
    beginnings.
    """
    found = [_difference_units(text) for text in texts]
    counts = Counter(term for one in found for term in one)
    return [sorted(_signed(one, counts)) for one in found]


def _signed(terms: frozenset[str], counts: Counter[str]) -> Iterator[str]:
    for term, times in counts.items():
        if term in terms:
            if times < OPTION_COUNT:
                yield f"+{term}"
            if times == 1:
                yield f"!{term}"
        elif times >= OPTION_COUNT - 2:
            yield f"-{term}" if times == OPTION_COUNT - 1 else f"={term}"


def _difference_units(text: str) -> frozenset[str]:
    tokens = words(text)
    ends = (f"^{tokens[0]}", f"{tokens[-1]}$") if tokens else ()
    beginnings = (f"{word[:_PREFIX]}*" for word in tokens if len(word) > _PREFIX + 1)
    return frozenset([*tokens, *_runs(tokens, 2), *ends, *beginnings])


def _runs(tokens: Sequence[str], size: int) -> Iterator[str]:
    if size == 1:
        yield from tokens
        return
    for at in range(len(tokens) - size + 1):
        yield " ".join(tokens[at : at + size])


@dataclass(frozen=True)
class TermSpace:
    """Terms that have a column, and how much each counts; a term without one counts `unknown`.

    The latter has no place in a row, but takes part in its length: rows of new questions, with
    their new terms, are so of one kind with those that were learned from.
    """

    columns: dict[str, int]
    weights: np.ndarray
    unknown: float

    @classmethod
    def of(cls, rows: Sequence[Sequence[str]], *, by_rarity: bool) -> "TermSpace":
        """The terms of a corpus, weighted by inverse document frequency or all alike."""
        counts = Counter(term for row in rows for term in set(row))
        kept = sorted(term for term, times in counts.items() if times >= LEAST_ROWS)
        columns = {term: column for column, term in enumerate(kept)}
        if not by_rarity:
            return cls(columns, np.ones(len(kept)), 1.0)
        occurs = np.array([counts[term] for term in kept], dtype=float)
        return cls(columns, np.log((1 + len(rows)) / (1 + occurs)) + 1, log(1 + len(rows)) + 1)

    @cached_property
    def _listed(self) -> list[float]:
        listed: list[float] = self.weights.tolist()
        return listed

    def read(self, rows: Sequence[Sequence[str]]) -> sparse.csr_array:
        """Sublinear term frequencies times the weights, each row of length 1."""
        indices: list[int] = []
        values: list[float] = []
        ends = [0]
        weights = self._listed
        for row in rows:
            first, squared = len(values), 0.0
            for term, times in Counter(row).items():
                column = self.columns.get(term)
                value = (1 + log(times)) * (self.unknown if column is None else weights[column])
                squared += value * value
                if column is not None:
                    indices.append(column)
                    values.append(value)
            length = sqrt(squared) or 1.0
            values[first:] = [value / length for value in values[first:]]
            ends.append(len(indices))
        return sparse.csr_array(
            (np.array(values, dtype=float), np.array(indices, dtype=np.int32), ends),
            shape=(len(rows), len(weights)),
        )
