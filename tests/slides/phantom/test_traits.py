from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.slides.phantom.traits import (
    ATTRIBUTES,
    ORGANS,
    SITES,
    draw_low,
    draw_organ,
    draw_triplet,
)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_every_low_value_is_drawn_equally_often_in_four_slides(seed: int) -> None:
    drawn = [draw_low(seed, slide) for slide in range(4)]
    for name, values in ATTRIBUTES["low"].items():
        counts = Counter(traits[name] for traits in drawn)
        assert counts == dict.fromkeys(values, 4 // len(values))


@given(st.integers(0, 2**32 - 1), st.sampled_from(["mid", "high"]))
@settings(max_examples=30, deadline=None)
def test_every_triplet_value_is_drawn_equally_often_in_three_slides(seed: int, scale: str) -> None:
    drawn = [draw_triplet(seed, slide, site, scale) for slide in range(3) for site in range(SITES)]
    for name, values in ATTRIBUTES[scale].items():
        counts = Counter(traits[name] for traits in drawn)
        assert counts == dict.fromkeys(values, 12 // len(values))


def test_organs_take_turns() -> None:
    assert {draw_organ(5, slide) for slide in range(6)} == set(ORGANS)


def test_a_draw_depends_on_seed_and_place_only() -> None:
    assert draw_triplet(3, 2, 1, "high") == draw_triplet(3, 2, 1, "high")
    assert [draw_low(3, n) for n in range(8)] != [draw_low(4, n) for n in range(8)]


@pytest.mark.parametrize("scale", ["low", "mid", "high"])
def test_attributes_tell_nothing_about_each_other(scale: str) -> None:
    """Over many draws every pair of values meets about as often as chance has it."""
    drawn = [
        draw_low(seed, slide) if scale == "low" else draw_triplet(seed, slide, slide % SITES, scale)
        for seed in range(250)
        for slide in range(4)
    ]
    for first, second in combinations(ATTRIBUTES[scale], 2):
        pairs = Counter((traits[first], traits[second]) for traits in drawn)
        cells = len(ATTRIBUTES[scale][first]) * len(ATTRIBUTES[scale][second])
        expected = len(drawn) / cells
        excess = np.array([pairs[pair] - expected for pair in pairs]) / np.sqrt(expected)
        assert len(pairs) == cells
        assert np.abs(excess).max() < 4.5
