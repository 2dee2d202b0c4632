"""What is divided by: patients, and patients tied by twins."""

from dataclasses import replace

import numpy as np
from scipy import sparse

from tests.factories import make_mcq
from webapp.items.leakage import blocks_of, fit_probe
from webapp.items.leakage.choice_model import Settings, fit_choice, score_choice
from webapp.items.mcq import Mcq


def asked(stem: str, count: int = 4) -> list[Mcq]:
    return [make_mcq(stem=stem, seed=number, key=number % 4) for number in range(count)]


def own_texts(count: int) -> list[Mcq]:
    return [
        make_mcq(texts=(f"a {n} b", f"c {n} d", f"e {n} f", f"g {n} h"), seed=n, key=n % 4)
        for n in range(count)
    ]


def test_patients_of_a_twin_group_are_one_block() -> None:
    blocks = blocks_of(own_texts(5), ["p3", "p1", "p2", "p1", "p4"], ["t", "", "u", "u", "t"])
    assert blocks == ["p3", "p1", "p1", "p1", "p3"]


def test_a_text_that_is_no_twin_ties_nobody() -> None:
    assert blocks_of(asked("What?"), ["a", "b", "c", "d"], [""] * 4) == ["a", "b", "c", "d"]


def test_where_nobody_knows_the_twins_equal_texts_are_taken_for_them() -> None:
    items = [*asked("What?", 2), *own_texts(6)]
    assert blocks_of(items, list("abcdefgh")) == list("aacdefgh")


def test_another_stem_makes_another_text() -> None:
    items = [*asked("What?", 1), *asked("Which?", 1), *own_texts(6)]
    assert blocks_of(items, list("abcdefgh")) == list("abcdefgh")


def test_a_text_of_more_patients_than_twins_can_be_ties_nobody() -> None:
    items = [*asked("What?", 5), *own_texts(15)]
    assert blocks_of(items, list("abcdefghijklmnopqrst")) == list("abcdefghijklmnopqrst")


def test_texts_that_would_tie_most_questions_tie_none() -> None:
    items = [*asked("What?", 4), *asked("Which?", 4), *own_texts(4)]
    assert blocks_of(items, list("abcdaefghijk")) == list("abcdaefghijk")


def test_questions_of_one_patient_stay_one_block() -> None:
    assert blocks_of(asked("What?"), ["a"] * 4) == ["a"] * 4


def test_of_a_text_that_every_probe_knows_none_says_anything() -> None:
    items = [replace(one, stem="Again?") for _ in range(30) for one in asked("What?")]
    patients = [f"p{number // 4}" for number in range(len(items))]
    probe = fit_probe(items, patients, [""] * len(items))
    assert probe.scores(items[0], "p0") == (0.25,) * 4
    assert probe.scores(items[0], "nobody") == (0.25,) * 4


def test_where_nothing_differs_nothing_is_learned() -> None:
    nothing = sparse.csr_array((40, 3))
    dimensions, questions = np.array(["A"] * 10), np.arange(10)
    weights = fit_choice(nothing, dimensions, np.zeros(10, dtype=int), questions, Settings(1.0))
    assert not weights.of("A").any()
    assert not score_choice(weights, nothing, dimensions, questions).any()
