"""Intervals are known values, seeded, and honest about few patients."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.items.leakage.stats import (
    accuracy,
    cluster_bootstrap,
    covers_chance,
    estimate,
    wilson,
)

OUTCOMES = st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), min_size=1, max_size=40)


def test_wilson_gives_the_textbook_values() -> None:
    assert wilson(5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-4)
    assert wilson(0, 10) == pytest.approx((0.0, 0.2775), abs=1e-4)
    assert wilson(10, 10) == pytest.approx((0.7225, 1.0), abs=1e-4)


def test_wilson_needs_a_question() -> None:
    with pytest.raises(ValueError, match="at least one"):
        wilson(0, 0)


def test_the_bootstrap_of_single_item_groups_is_about_the_normal_interval() -> None:
    correct = [1.0] * 100 + [0.0] * 300
    low, high = cluster_bootstrap(correct, [str(n) for n in range(400)], seed=1)
    assert (low, high) == pytest.approx((0.2075, 0.2925), abs=0.006)


def test_whole_groups_are_drawn() -> None:
    correct = [1.0] * 50 + [0.0] * 50
    alike = cluster_bootstrap(correct, ["p1"] * 50 + ["p2"] * 50, seed=1)
    mixed = cluster_bootstrap(correct, [f"p{n % 50}" for n in range(100)], seed=1)
    assert alike == (0.0, 1.0)
    assert mixed == pytest.approx((0.5, 0.5))


def test_a_large_bootstrap_is_drawn_in_pieces() -> None:
    rng = random.Random(5)
    correct = [float(rng.random() < 0.25) for _ in range(3000)]
    low, high = cluster_bootstrap(correct, [str(n) for n in range(3000)], seed=3)
    assert high - low == pytest.approx(0.031, abs=0.003)


@given(OUTCOMES, st.integers(1, 5), st.integers(0, 2**31))
def test_an_estimate_is_reproducible_and_contains_its_mean(
    correct: list[float], groups: int, seed: int
) -> None:
    names = [f"p{place % groups}" for place in range(len(correct))]
    one = estimate(correct, names, seed=seed)
    assert one == estimate(correct, names, seed=seed)
    assert one["ci95"] is not None
    low, high = one["ci95"]
    assert 0 <= low <= accuracy(correct) + 1e-4
    assert accuracy(correct) - 1e-4 <= high <= 1
    assert high > low


def test_one_patient_or_all_right_gives_no_false_certainty() -> None:
    one = estimate([1.0] * 10, ["p1"] * 10, seed=0)
    assert one["ci95"] == [0.7225, 1.0]


@pytest.mark.parametrize(
    ("interval", "covered"), [((0.2, 0.3), True), ((0.26, 0.4), False), ((0.0, 0.2), False)]
)
def test_below_chance_is_a_leak_as_well(interval: tuple[float, float], covered: bool) -> None:
    assert covers_chance(interval) is covered
