"""Turns: frames come one after the other, and within a frame its texts, the least used first."""

import random
from collections.abc import Callable, Iterable, Sequence
from heapq import heapify, heappop, heappush
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")
_Turn = tuple[int, float, int]
"""Uses, a lot between equals, and a place in a list."""


class Rota(Generic[T]):
    """An attempt answers None for what does not fit; that is then left out for good, so that the
    cost of all turns is small: give only attempts that, once in vain, stay in vain.
    """

    def __init__(self, frames: Iterable[Sequence[T]], rng: random.Random) -> None:
        self._frames = [_Turns(found, rng) for found in frames if found]
        self._turns = _turns(len(self._frames), rng)

    def take(self, attempt: Callable[[T], R | None]) -> R | None:
        """What an attempt makes of the next that fits; None when nothing does any more."""
        while self._turns:
            uses, lot, place = heappop(self._turns)
            found = self._frames[place].take(attempt)
            if found is not None:
                heappush(self._turns, (uses + 1, lot, place))
                return found
        return None


class _Turns(Generic[T]):
    def __init__(self, found: Sequence[T], rng: random.Random) -> None:
        self._found = found
        self._turns = _turns(len(found), rng)

    def take(self, attempt: Callable[[T], R | None]) -> R | None:
        while self._turns:
            uses, lot, place = heappop(self._turns)
            found = attempt(self._found[place])
            if found is not None:
                heappush(self._turns, (uses + 1, lot, place))
                return found
        return None


def _turns(count: int, rng: random.Random) -> list[_Turn]:
    turns = [(0, rng.random(), place) for place in range(count)]
    heapify(turns)
    return turns
