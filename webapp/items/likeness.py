"""How alike two questions are, and how to find the like ones among many without comparing all.

A pure island. A question is the set of its shingles: runs of three words of the stem and of each
option, without case or punctuation, in no order of the options. The likeness of two questions is
the overlap of their sets (Jaccard), 0 to 1.

MinHash (Broder 1997) turns a set into numbers, any of which two sets share with the probability of
their likeness. They are kept in bands (Leskovec, Rajaraman and Ullman, Mining of Massive Datasets,
ch. 3): two questions of likeness s share a band with probability 1 - (1 - s^6)^20, which is 0.997
at 0.8 and 0.27 at 0.5. So whoever shares no band need not be compared.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from hashlib import blake2b
from typing import Any

import numpy as np

from webapp.items.words import words

NEAR = 0.8
"""From this likeness on, two questions are near-duplicates."""

BANDS, ROWS = 20, 6
SHINGLE = 3
_SEED = 20_240_229
_BYTES = 8

Hashes = np.ndarray[Any, np.dtype[np.uint64]]


def shingles(stem: str, options: Sequence[str]) -> frozenset[tuple[str, ...]]:
    """What a question is compared by. A text shorter than a shingle is one shingle."""
    return frozenset(run for text in (stem, *options) for run in _runs(words(text)))


def likeness(one: frozenset[tuple[str, ...]], other: frozenset[tuple[str, ...]]) -> float:
    """The part of all shingles of both that both have; two questions without words are equal."""
    union = len(one | other)
    return len(one & other) / union if union else 1.0


def bands(found: frozenset[tuple[str, ...]]) -> list[int]:
    """What like questions share: BANDS signed 64-bit numbers, the same on every machine."""
    if not found:
        return []
    hashed = np.array([_hash(" ".join(run).encode()) for run in found], dtype=np.uint64)
    factors, terms = _permutations()
    least: Hashes = (hashed[:, None] * factors + terms).min(axis=0)
    return [
        _hash(bytes([band]) + row.tobytes(), signed=True)
        for band, row in enumerate(least.reshape(BANDS, ROWS).astype("<u8"))
    ]


def _runs(text: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if not text:
        return
    for start in range(max(1, len(text) - SHINGLE + 1)):
        yield text[start : start + SHINGLE]


def _hash(data: bytes, *, signed: bool = False) -> int:
    return int.from_bytes(blake2b(data, digest_size=_BYTES).digest(), "little", signed=signed)


@cache
def _permutations() -> tuple[Hashes, Hashes]:
    """Of the 64-bit numbers: an odd factor and a term each."""
    rng = np.random.Generator(np.random.PCG64(_SEED))
    drawn = rng.integers(0, 2**64, (2, BANDS * ROWS), dtype=np.uint64)
    return drawn[0] | np.uint64(1), drawn[1]
