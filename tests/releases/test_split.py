"""No patient and no twin group in two splits, whatever the data."""

import random
from collections import Counter, defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.generation.made_facts import made_facts
from webapp.generation.config import Scheme
from webapp.generation.plan import make_plan
from webapp.releases.split import (
    RATIOS,
    SPLITS,
    SplitError,
    SplitItem,
    empty_split_notes,
    empty_splits,
    split_by_patient,
)


def items_of(patients: int, per_patient: int, *, organs: int = 1) -> list[SplitItem]:
    return [
        SplitItem(f"{patient}-{number}", f"p{patient}", "ABCDE"[number % 5], f"o{patient % organs}")
        for patient in range(patients)
        for number in range(per_patient)
    ]


@st.composite
def any_items(draw: st.DrawFn) -> list[SplitItem]:
    count = draw(st.integers(0, 60))
    return [
        SplitItem(
            uid=f"i{number}",
            patient=draw(st.sampled_from([f"p{n}" for n in range(12)])),
            dimension=draw(st.sampled_from("ABCDE")),
            organ=draw(st.sampled_from(["lung", "skin", ""])),
            twin_group=draw(st.sampled_from(["", "", "", "t1", "t2"])),
        )
        for number in range(count)
    ]


@given(any_items(), st.integers())
def test_patients_and_twins_stay_together(items: list[SplitItem], seed: int) -> None:
    assignment = split_by_patient(items, seed)
    assert set(assignment) == {item.uid for item in items}
    by_patient, by_twin = defaultdict(set), defaultdict(set)
    for item in items:
        by_patient[item.patient].add(assignment[item.uid])
        if item.twin_group:
            by_twin[item.twin_group].add(assignment[item.uid])
    assert all(len(splits) == 1 for splits in by_patient.values())
    assert all(len(splits) == 1 for splits in by_twin.values())


@given(any_items(), st.integers(0, 5), st.randoms(use_true_random=False))
def test_the_order_of_the_items_does_not_matter(
    items: list[SplitItem], seed: int, rng: random.Random
) -> None:
    shuffled = rng.sample(items, len(items))
    assert split_by_patient(shuffled, seed) == split_by_patient(items, seed)


@given(any_items())
def test_an_empty_split_is_named_just_when_it_is_empty(items: list[SplitItem]) -> None:
    assignment = split_by_patient(items, 1)
    assert set(empty_splits(assignment)) == set(SPLITS) - set(assignment.values())
    assert len(empty_split_notes(items, assignment)) == len(empty_splits(assignment))


@pytest.mark.parametrize(
    ("patients", "filled"),
    [(0, set()), (1, {"train"}), (2, {"train", "test"}), (3, set(SPLITS)), (4, set(SPLITS))],
)
def test_few_patients_fill_the_largest_splits(patients: int, filled: set[str]) -> None:
    assert set(split_by_patient(items_of(patients, 5), 1).values()) == filled


def test_an_empty_split_is_explained_with_the_numbers() -> None:
    items = items_of(2, 5)
    notes = empty_split_notes(items, split_by_patient(items, 1))
    assert notes == (
        "The val split is empty: 2 patients cannot fill 3 splits; approve items of more patients.",
    )
    twins = [SplitItem(f"i{n}", f"p{n}", "A", "lung", "t") for n in range(5)]
    notes = empty_split_notes(twins, split_by_patient(twins, 1))
    assert len(notes) == 2
    assert "5 patients in 1 inseparable group cannot" in notes[0]


@given(st.integers(20, 60), st.integers(1, 12), st.integers())
def test_ratios_are_met_to_within_one_patient(patients: int, each: int, seed: int) -> None:
    items = items_of(patients, each)
    counts = Counter(split_by_patient(items, seed).values())
    for split, ratio in zip(SPLITS, RATIOS, strict=True):
        assert abs(counts[split] - ratio * len(items)) <= each


def test_twins_of_several_batches_chain_no_blocks_and_the_ratios_hold() -> None:
    facts = made_facts(240, seed=3, each_patient=2)
    known = {one.uid: one for one in facts}
    items: list[SplitItem] = []
    tied: list[set[str]] = []
    for batch, asked in enumerate((facts[:150], facts, facts[60:])):
        plan = make_plan(
            asked, dimensions="ABCDE", count=400, seed=batch, scheme=Scheme.TWINS, tied=tied
        )
        for one in plan.items:
            uid, patient = f"{batch}-{one.number}", known[one.triplet].patient
            items.append(SplitItem(uid, patient, one.dimension, "colon", one.twin_group))
        tied = [set(group) for group in patients_by_group(items).values()]
    assert len(items) == 1_200
    assignment = split_by_patient(items, 1)
    for group in patients_by_group(items).values():
        assert 2 <= len(group) <= 4
    assert max(block_sizes(items)) <= 4
    counts = Counter(assignment.values())
    for split, ratio in zip(SPLITS, RATIOS, strict=True):
        assert counts[split] / len(items) == pytest.approx(ratio, abs=0.02)


def patients_by_group(items: list[SplitItem]) -> dict[str, set[str]]:
    groups = defaultdict(set)
    for item in items:
        groups[item.twin_group].add(item.patient)
    return groups


def block_sizes(items: list[SplitItem]) -> list[int]:
    """How many patients hang together, whatever the split made of it."""
    blocks: list[set[str]] = []
    for group in patients_by_group(items).values():
        apart = [block for block in blocks if not block & group]
        blocks = [*apart, group.union(*(block for block in blocks if block & group))]
    return list(map(len, blocks))


@given(st.integers(0, 1000))
def test_uneven_patients_still_approach_the_ratios_and_organs(seed: int) -> None:
    rng = random.Random(seed)
    items = [
        SplitItem(f"{patient}-{n}", f"p{patient}", rng.choice("ABCDE"), f"o{patient % 4}")
        for patient in range(60)
        for n in range(rng.randint(1, 30))
    ]
    assignment = split_by_patient(items, seed)
    counts = Counter(assignment.values())
    for split, ratio in zip(SPLITS, RATIOS, strict=True):
        assert counts[split] / len(items) == pytest.approx(ratio, abs=0.03)
    organs = Counter((assignment[item.uid], item.organ) for item in items)
    total = Counter(item.organ for item in items)
    for organ, count in total.items():
        assert organs["train", organ] / count == pytest.approx(0.7, abs=0.15)


def test_another_seed_gives_another_split() -> None:
    items = items_of(30, 4)
    assert split_by_patient(items, 1) != split_by_patient(items, 2)
    assert split_by_patient(items, 1) == split_by_patient(items, 1)


def test_a_ratio_of_nothing_leaves_a_split_out() -> None:
    assignment = split_by_patient(items_of(10, 2), 1, ratios=(0.8, 0.0, 0.2))
    assert set(assignment.values()) == {"train", "test"}
    assert empty_splits(assignment, (0.8, 0.0, 0.2)) == ()


@pytest.mark.parametrize(
    "ratios", [(0.7, 0.3), (0.7, 0.1, 0.1), (1.2, -0.4, 0.2), (float("nan"), 0.5, 0.5)]
)
def test_ratios_that_are_none_are_refused(ratios: tuple[float, ...]) -> None:
    with pytest.raises(SplitError, match="Ratios"):
        split_by_patient([], 1, ratios)


def test_an_item_given_twice_or_without_patient_is_refused() -> None:
    with pytest.raises(SplitError, match="i1 is given twice"):
        split_by_patient([SplitItem("i1", "p", "A", "")] * 2, 1)
    with pytest.raises(SplitError, match="i1 has no patient"):
        split_by_patient([SplitItem("i1", "", "A", "")], 1)
