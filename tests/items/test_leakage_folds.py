"""Blocks stay together when questions are divided into folds."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.items.leaks import fair, question_set
from tests.items.questions import question
from webapp.items.leakage.blocks import blocks_of, folds_of, text_key

NAMES = st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=40)


def test_ties_go_on_over_several_patients() -> None:
    items, _ = question_set(fair, count=6, patients=6)
    blocks = blocks_of(items, ["a", "b", "b", "c", "c", "d"], ["1", "1", "2", "2", "3", "3"])
    assert set(blocks) == {"a"}


def test_a_patient_for_each_question_is_required() -> None:
    with pytest.raises(ValueError, match="1 questions have 0 patients"):
        blocks_of([question()], [])


def test_the_text_key_knows_neither_order_nor_case() -> None:
    assert text_key(["Pale nests.", "Cords"]) == text_key(["cords", "pale nests"])
    assert text_key(["a", "b"]) != text_key(["a b"])


@given(NAMES, st.integers(0, 5), st.integers(1, 6))
def test_no_block_is_divided_and_every_fold_has_one(
    blocks: list[str], seed: int, most: int
) -> None:
    folds = folds_of(blocks, seed=seed, most=most)
    for name in set(blocks):
        assert len({fold for fold, block in zip(folds, blocks, strict=True) if block == name}) == 1
    assert set(folds) == set(range(min(most, len(set(blocks)))))


def test_folds_are_of_like_size() -> None:
    blocks = [f"p{n % 20}" for n in range(400)]
    sizes = Counter(folds_of(blocks, seed=1, most=10).tolist())
    assert set(sizes.values()) == {40}
