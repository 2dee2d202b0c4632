"""The gate: off chance either way is a leak, and wide intervals tell nothing."""

import random
from dataclasses import replace

import numpy as np
import pytest

from tests.items.questions import question
from webapp.items.leakage import Family, Gate, judge
from webapp.items.leakage.gate import WIDENED, corrected_interval
from webapp.items.mcq import Dimension


def family(**right: list[float]) -> Family:
    """Adversaries that were right so often, five questions a patient, dimensions in turn."""
    count = len(next(iter(right.values())))
    items = tuple(question(dimension=Dimension("ABCDE"[n % 5])) for n in range(count))
    return Family(
        items=items,
        blocks=tuple(f"p{n // 5}" for n in range(count)),
        right={name: tuple(values) for name, values in right.items()},
        versions=dict.fromkeys(right, "1"),
    )


def judged(found: Family) -> Gate:
    return judge(found, found.reports())


def draws(share: float, count: int, seed: int = 1) -> list[float]:
    """Exactly this share of hits, spread at random."""
    hits = [1.0] * round(share * count) + [0.0] * (count - round(share * count))
    random.Random(seed).shuffle(hits)
    return hits


def test_many_questions_at_chance_pass() -> None:
    gate = judged(family(centroid=draws(0.25, 2000), longest=draws(0.26, 2000)))
    assert gate["verdict"] == "passes"
    assert gate["tried"] == 2


@pytest.mark.parametrize("share", [0.32, 0.18])
def test_off_chance_leaks_above_and_below(share: float) -> None:
    gate = judged(family(centroid=draws(0.25, 2000), longest=draws(share, 2000)))
    assert gate["verdict"] == "leaks"
    assert gate["adversaries"]["longest"]["verdict"] == "leaks"
    assert gate["adversaries"]["centroid"]["verdict"] == "passes"


def test_few_questions_tell_nothing() -> None:
    gate = judged(family(centroid=draws(0.28, 300)))
    assert gate["verdict"] == "too few to tell"
    half_width = gate["adversaries"]["centroid"]["half_width"]
    assert half_width is not None
    assert half_width > 0.03


def test_a_leak_of_one_dimension_is_a_leak() -> None:
    right = draws(0.25, 2000)
    for place in range(0, 2000, 5):
        right[place] = float(place % 2 == 0)
    gate = judged(family(centroid=right))
    assert gate["verdict"] == "leaks"
    assert gate["adversaries"]["centroid"]["leaking_dimensions"] == ["A"]


def test_an_adversary_that_was_not_tried_leaves_it_open() -> None:
    found = family(centroid=draws(0.25, 2000))
    right = {**found.right, "ngram_probe": None}
    found = replace(found, right=right, versions=dict.fromkeys(right, "1"))
    assert judged(found)["verdict"] == "too few to tell"


def test_more_adversaries_and_learned_ones_widen_the_interval() -> None:
    right = draws(0.25, 1000)
    alone = judged(family(centroid=right))["adversaries"]["centroid"]["family_ci"]
    many = judged(family(centroid=right, longest=right, shortest=right))
    among = many["adversaries"]["centroid"]["family_ci"]
    learned = judged(family(ngram_probe=right))["adversaries"]["ngram_probe"]["family_ci"]
    assert alone is not None
    assert among is not None
    assert learned is not None
    assert among[0] < alone[0] < alone[1] < among[1]
    widths = [high - low for low, high in (alone, learned)]
    assert widths[1] / widths[0] == pytest.approx(WIDENED, abs=0.02)


def test_patients_that_are_alike_widen_the_interval() -> None:
    right = np.array([1.0] * 50 + [0.0] * 150)
    alike = corrected_interval(right, [f"p{n // 10}" for n in range(200)], 0.95)
    mixed = corrected_interval(right, [f"p{n % 20}" for n in range(200)], 0.95)
    assert alike[1] - alike[0] > 1.5 * (mixed[1] - mixed[0])
    alone = corrected_interval(right, ["one"] * 200, 0.95)
    assert alone == pytest.approx((0.195, 0.314), abs=0.002)


def test_a_family_without_questions_is_not_judged() -> None:
    empty = Family((), (), {"centroid": ()}, {"centroid": "1"})
    assert judged(empty)["verdict"] == "too few to tell"
