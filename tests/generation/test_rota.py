"""Turns are even, and what does not fit is asked once."""

import random
from collections import Counter

from webapp.generation.rota import Rota

FRAMES = ["ab", "cdef", "", "g"]


def test_frames_take_turns_and_so_do_their_texts() -> None:
    rota = Rota(FRAMES, random.Random(1))
    taken = [rota.take(lambda one: one) for _ in range(24)]
    assert Counter(taken) == {"a": 4, "b": 4, "c": 2, "d": 2, "e": 2, "f": 2, "g": 8}


def test_what_does_not_fit_is_asked_once() -> None:
    asked: Counter[str] = Counter()

    def fitting(one: str) -> str | None:
        asked[one] += 1
        return one if one in "ae" else None

    rota = Rota(FRAMES, random.Random(1))
    taken = Counter(rota.take(fitting) for _ in range(20))
    assert taken == {"a": 10, "e": 10}
    assert all(asked[one] == 1 for one in "bcdfg" if asked[one])


def test_when_nothing_fits_there_is_nothing() -> None:
    rota = Rota(FRAMES, random.Random(1))
    assert rota.take(lambda _: None) is None
    assert rota.take(lambda one: one) is None
    assert Rota([], random.Random(1)).take(lambda one: one) is None
