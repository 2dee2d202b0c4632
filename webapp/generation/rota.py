"""Turns: frames come one after the other, and within a frame its texts, the least used first."""

import random
from collections.abc import Callable, Iterable, Sequence
from heapq import heapify, heappop, heappush
from typing import Generic, TypeVar

T = TypeVar("T")
_Turn = tuple[int, float, int]
"""Uses, a lot between equals, and a place in a list."""


class Rota(Generic[T]):
    """What does not fit when its turn comes is left out for good, so all costs in all are small:
    give it only what, once unfit, stays unfit.
    """

    def __init__(self, frames: Iterable[Sequence[T]], rng: random.Random) -> None:
        self._frames = [_Turns(found, rng) for found in frames if found]
        self._turns = _turns(len(self._frames), rng)

    def take(self, fits: Callable[[T], bool]) -> T | None:
        """The next that fits; None when nothing does any more."""
        while self._turns:
            uses, lot, place = heappop(self._turns)
            found = self._frames[place].take(fits)
            if found is not None:
                heappush(self._turns, (uses + 1, lot, place))
                return found
        return None


class _Turns(Generic[T]):
    def __init__(self, found: Sequence[T], rng: random.Random) -> None:
        self._found = found
        self._turns = _turns(len(found), rng)

    def take(self, fits: Callable[[T], bool]) -> T | None:
        while self._turns:
            uses, lot, place = heappop(self._turns)
            if fits(self._found[place]):
                heappush(self._turns, (uses + 1, lot, place))
                return self._found[place]
        return None


def _turns(count: int, rng: random.Random) -> list[_Turn]:
    turns = [(0, rng.random(), place) for place in range(count)]
    heapify(turns)
    return turns
