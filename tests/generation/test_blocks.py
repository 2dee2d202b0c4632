"""Every patient is in one block of two to four, now and in later batches."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.generation.blocks import LARGEST, blocks_of

PATIENTS = st.dictionaries(
    st.sampled_from([f"p{number}" for number in range(30)]), st.sampled_from(["lung", "skin", ""])
)


def organs_of(count: int) -> dict[str, str]:
    return {f"p{number:03}": ("lung", "skin")[number % 2] for number in range(count)}


@given(PATIENTS, st.integers())
def test_blocks_are_of_two_to_four_and_leave_out_one_patient_at_most(
    organs: dict[str, str], seed: int
) -> None:
    blocks = blocks_of(organs, seed=seed)
    placed = [patient for block in blocks for patient in block]
    assert len(set(placed)) == len(placed)
    assert set(placed) <= set(organs)
    assert all(2 <= len(block) <= LARGEST for block in blocks)
    assert len(organs) - len(placed) == (1 if len(organs) == 1 else 0)


@pytest.mark.parametrize(("count", "sizes"), [(8, [4, 4]), (5, [2, 3]), (7, [3, 4]), (6, [2, 4])])
def test_blocks_are_as_large_as_can_be(count: int, sizes: list[int]) -> None:
    assert sorted(map(len, blocks_of(organs_of(count), seed=1))) == sizes


def test_patients_of_one_organ_come_together() -> None:
    organs = organs_of(40)
    blocks = blocks_of(organs, seed=3)
    assert all(len({organs[patient] for patient in block}) == 1 for block in blocks)


def test_the_seed_decides_and_the_order_of_patients_does_not() -> None:
    organs = organs_of(20)
    turned = dict(reversed(organs.items()))
    assert blocks_of(organs, seed=1) == blocks_of(turned, seed=1)
    assert blocks_of(organs, seed=1) != blocks_of(organs, seed=2)


@given(PATIENTS, PATIENTS, st.integers(0, 9), st.integers(0, 9))
def test_a_later_batch_keeps_the_blocks_of_an_earlier_one(
    earlier: dict[str, str], later: dict[str, str], seed: int, other: int
) -> None:
    old = blocks_of(earlier, seed=seed)
    new = blocks_of(later, seed=other, tied=old)
    joined: Counter[int] = Counter()
    for block in old:
        touched = [each for each in new if set(each) & set(block)]
        assert len(touched) <= 1
        for each in touched:
            joined[new.index(each)] += 1
            assert set(block) & set(later) <= set(each)
            assert len(set(each) | set(block)) <= LARGEST
    assert all(count == 1 for count in joined.values())


def test_a_lone_newcomer_joins_a_block_that_has_room() -> None:
    assert blocks_of({"a": "", "b": "", "c": ""}, seed=1, tied=[("a", "b")]) == (("a", "b", "c"),)


def test_sets_that_share_a_patient_are_one_block() -> None:
    tied = [("a", "b"), ("c", "d"), ("b", "c")]
    assert blocks_of(dict.fromkeys("abcd", ""), seed=1, tied=tied) == (("a", "b", "c", "d"),)
