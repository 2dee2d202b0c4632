"""Options as bags of terms: what they say, and what each says that the others do not."""

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from scipy import sparse

from webapp.items.mcq import OPTION_COUNT
from webapp.items.words import words

LONGEST_NGRAM = 3
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


class Vocabulary:
    """Terms by column number. A frozen one passes over terms that it does not know."""

    def __init__(self, terms: Sequence[str] = ()) -> None:
        self.columns = {term: column for column, term in enumerate(terms)}

    def __len__(self) -> int:
        return len(self.columns)

    def counts(self, rows: Sequence[Sequence[str]], *, learn: bool) -> sparse.csr_array:
        """Term counts of each row; `learn` gives unknown terms new columns."""
        indices: list[int] = []
        values: list[int] = []
        ends = [0]
        for row in rows:
            for term, times in Counter(row).items():
                column = self.columns.get(term)
                if column is None:
                    if not learn:
                        continue
                    column = self.columns.setdefault(term, len(self.columns))
                indices.append(column)
                values.append(times)
            ends.append(len(indices))
        data = np.array(values, dtype=float)
        shape = (len(rows), len(self.columns))
        return sparse.csr_array((data, np.array(indices, dtype=np.int32), ends), shape=shape)


def inverse_document_frequency(counts: sparse.csr_array) -> np.ndarray:
    """Smoothed, one weight for each column."""
    rows, columns = counts.shape
    occurs = np.bincount(counts.indices, minlength=columns)
    return np.asarray(np.log((1 + rows) / (1 + occurs)) + 1)


def tf_idf(counts: sparse.csr_array, idf: np.ndarray) -> sparse.csr_array:
    """Sublinear term frequency times idf, each row of length 1."""
    weighted = counts.copy()
    weighted.data = (1 + np.log(counts.data)) * idf[counts.indices]
    return _scaled(weighted, np.sqrt(weighted.multiply(weighted).sum(axis=1)))


def evened(counts: sparse.csr_array) -> sparse.csr_array:
    """Presence, each row of length 1: an option that differs in much is not thereby ahead."""
    present = counts.copy()
    present.data = np.ones_like(counts.data)
    return _scaled(present, np.sqrt(np.diff(present.indptr).astype(float)))


def _scaled(matrix: sparse.csr_array, lengths: np.ndarray) -> sparse.csr_array:
    safe = np.where(lengths > 0, lengths, 1.0)
    matrix.data = matrix.data / np.repeat(safe, np.diff(matrix.indptr))
    return matrix
