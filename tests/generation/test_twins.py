"""Twins have one text, different patients of one block, and each option true as often as any."""

import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import pytest

from annotation_configs.load import vocabulary
from tests.generation.made_facts import made_facts
from webapp.generation.blocks import blocks_of
from webapp.generation.catalog import TripletFacts
from webapp.generation.config import Scheme
from webapp.generation.plan import Plan, make_plan
from webapp.generation.planned import PlannedItem
from webapp.generation.slots import evidence
from webapp.generation.twins import different

ALL = "ABCDE"
Groups = Mapping[str, Sequence[PlannedItem]]


def twins_of(facts: Sequence[TripletFacts], count: int, seed: int = 11) -> Plan:
    return make_plan(facts, dimensions=ALL, count=count, seed=seed, scheme=Scheme.TWINS)


def by_group(items: Sequence[PlannedItem]) -> Groups:
    groups = defaultdict(list)
    for item in items:
        groups[item.twin_group].append(item)
    return groups


def trues(item: PlannedItem) -> tuple[str, str]:
    return item.first_true, item.second_true


@pytest.fixture(scope="module")
def facts() -> list[TripletFacts]:
    return made_facts(64, seed=5, each_patient=4)


@pytest.fixture(scope="module")
def groups(facts: list[TripletFacts]) -> Groups:
    return by_group(twins_of(facts, 400).items)


@pytest.fixture(scope="module")
def few() -> Groups:
    """All that six patients have to offer, so pairs too."""
    return by_group(twins_of(made_facts(24, seed=4, each_patient=4), 10_000).items)


def test_fours_come_first(groups: Groups) -> None:
    assert Counter(map(len, groups.values())) == {4: 100}


def test_pairs_come_after_the_fours(few: Groups) -> None:
    for name in ALL:
        sizes = [len(group) for group in few.values() if group[0].dimension == name]
        assert set(sizes) == {2, 4}
        assert sizes == sorted(sizes, reverse=True)


def test_twins_share_all_that_their_text_is_made_of(groups: Groups, few: Groups) -> None:
    for group in [*groups.values(), *few.values()]:
        shared = {
            (
                one.dimension,
                one.template,
                one.claim,
                one.subject,
                one.pool,
                one.text_seed,
                frozenset((one.first_true, one.first_false)),
                frozenset((one.second_true, one.second_false)),
            )
            for one in group
        }
        assert len(shared) == 1
        assert [one.number for one in group] == list(
            range(group[0].number, group[0].number + len(group))
        )


def test_another_option_is_true_of_each(groups: Groups, few: Groups) -> None:
    for group in [*groups.values(), *few.values()]:
        assert len({trues(one) for one in group}) == len(group)


def test_each_knows_which_cells_are_keys_of_the_group(groups: Groups, few: Groups) -> None:
    for members in (*groups.values(), *few.values()):
        cells = [(True, True), (True, False), (False, True), (False, False)]
        for one in members:
            keys = {cells[int(number)] for number in one.group_keys}
            others = {
                tuple(x == y for x, y in zip(trues(one), trues(other), strict=True))
                for other in members
                if one.dimension != "B"
            }
            assert (True, True) in keys
            assert others <= keys
            assert len(keys) in (2, 4)


def test_each_finding_is_true_as_often_as_false(few: Groups) -> None:
    for group in few.values():
        right = Counter(uid for one in group for uid in (one.first_true, one.second_true))
        wrong = Counter(uid for one in group for uid in (one.first_false, one.second_false))
        assert right == wrong


def test_the_first_two_share_no_finding(groups: Groups) -> None:
    for one, other, *_ in groups.values():
        assert not set(trues(one)) & set(trues(other))


def test_twins_are_of_different_patients_of_one_block(
    facts: list[TripletFacts], groups: Groups
) -> None:
    patients = {one.uid: one.patient for one in facts}
    blocks = blocks_of({one.patient: one.organ for one in facts}, seed=11)
    for group in groups.values():
        asked = {patients[one.triplet] for one in group}
        assert len(asked) == len(group)
        assert any(asked <= set(block) for block in blocks)


def test_what_is_true_is_true_and_what_is_false_is_nowhere(
    facts: list[TripletFacts], groups: Groups
) -> None:
    known = {one.uid: evidence(one, vocabulary()) for one in facts}
    for item in [one for group in groups.values() for one in group]:
        there = {one.id for one in known[item.triplet].features}
        assert {item.first_true, item.second_true} <= there
        assert not item.subject or item.subject in there
        for false in (item.first_false, item.second_false):
            assert tuple(false.split(".")[1:]) not in known[item.triplet].mentioned


def test_no_question_is_asked_twice(few: Groups) -> None:
    asked = Counter(
        (one.triplet, one.dimension, *trues(one)) for group in few.values() for one in group
    )
    assert set(asked.values()) == {1}


def test_triplets_that_lack_a_scale_are_twins_of_their_like() -> None:
    whole = made_facts(16, seed=1, each_patient=2)
    part = [
        TripletFacts(
            f"{one.uid}-part", one.patient, "colon", one.summary, one.captions, one.features
        )
        for one in made_facts(16, seed=2, each_patient=2, scales=("low", "mid"))
    ]
    found = by_group(twins_of([*whole, *part], 400).items)
    partial = {one.uid for one in part}
    for group in found.values():
        assert len({one.triplet in partial for one in group}) == 1


@pytest.mark.parametrize("count", [1, 2, 3, 6, 7, 10, 399])
def test_a_smaller_plan_is_the_beginning_of_a_larger_one(
    facts: list[TripletFacts], groups: Groups, count: int
) -> None:
    plan = twins_of(facts, count)
    items = [one for group in groups.values() for one in group]
    assert list(plan.items) == items[: count // 2 * 2]
    assert any("twins come in twos and fours" in note for note in plan.notes) is (count % 2 == 1)


def test_the_order_of_the_facts_makes_no_difference(
    facts: list[TripletFacts], groups: Groups
) -> None:
    shuffled = random.Random(0).sample(facts, len(facts))
    assert by_group(twins_of(shuffled, 400).items) == groups


def test_places_of_keys_are_drawn_one_by_one(groups: Groups) -> None:
    """In fours drawn without each other all four places come up in 3 of 32 groups."""
    patterns = [len({one.key_place for one in group}) for group in groups.values()]
    assert 0 < patterns.count(4) < 25
    places = Counter(one.key_place for group in groups.values() for one in group)
    assert all(70 < places[place] < 130 for place in range(4))


def words_of(item: PlannedItem) -> tuple[object, ...]:
    """What stands in the stem and in the options."""
    first = [item.claim] if item.claim else sorted((item.first_true, item.first_false))
    second = sorted((item.second_true, item.second_false))
    return (item.dimension, item.template, *first, *second, item.subject.rpartition(".")[0])


def test_the_words_of_one_block_are_not_used_for_another_while_there_are_new_ones(
    groups: Groups,
) -> None:
    words = Counter(words_of(group[0]) for group in groups.values())
    assert set(words.values()) == {1}


def test_dimensions_keep_step_though_one_runs_out_of_fours() -> None:
    """Four patients of two triplets each have the same appearance to be explained only rarely."""
    items = twins_of(made_facts(8, seed=2, each_patient=2), 100).items
    assert Counter(item.dimension for item in items) == dict.fromkeys(ALL, 20)
    sizes = Counter((group[0].dimension, len(group)) for group in by_group(items).values())
    assert sizes["D", 2] > sizes["D", 4]
    assert all(sizes[name, 2] == 0 for name in "ABCE")


def test_which_two_options_a_pair_has_is_drawn_by_lot(few: Groups) -> None:
    """First and second by the names of the findings, which the text shows."""
    ways: Counter[bool] = Counter()
    for group in few.values():
        if len(group) == 2 and group[0].dimension != "B":
            one = group[0]
            ways[(one.first_true < one.first_false) is (one.second_true < one.second_false)] += 1
    assert ways.total() > 100
    assert 0.4 < ways[True] / ways.total() < 0.6


def test_findings_that_always_go_together_make_pairs_that_are_noted() -> None:
    facts = made_facts(400, seed=1, attributes=("border", "mitoses"), each_patient=1)
    agreeing = [one for one in facts if _agrees(one)]
    plan = make_plan(agreeing, dimensions="A", count=20, seed=1, scheme=Scheme.TWINS)
    assert len(plan.items) == 20
    assert not any(item.balanced for item in plan.items)
    assert any("20 of 20 questions use findings" in note for note in plan.notes)


def _agrees(one: TripletFacts) -> bool:
    found = {each.id for features in one.features.values() for each in features}
    return ("low.border.pushing" in found) is ("high.mitoses.absent" in found)


def test_texts_without_twins_are_not_used_and_counted() -> None:
    facts = made_facts(12, seed=1, common=1.0, each_patient=2)
    plan = twins_of(facts, 50)
    assert all(
        len({trues(one) for one in group}) == len(group) for group in by_group(plan.items).values()
    )
    assert any("texts have no twins" in note for note in plan.notes)


def test_one_patient_has_no_twin() -> None:
    plan = twins_of(made_facts(3, seed=1, each_patient=3), 10)
    assert plan.items == ()
    assert any(
        note.startswith("3 of 3 triplets are of a patient who is alone") for note in plan.notes
    )


def test_groups_have_their_share_of_free_questions(facts: list[TripletFacts]) -> None:
    plan = make_plan(facts, dimensions=ALL, count=400, seed=3, scheme=Scheme.TWINS, free_share=0.5)
    free = Counter(item.dimension for item in plan.items if item.pool == "free")
    assert all(abs(free[name] - 40) <= 4 for name in ALL)


def test_patients_tied_before_stay_in_one_block(facts: list[TripletFacts]) -> None:
    patients = {one.uid: one.patient for one in facts}
    first = twins_of(facts[:40], 100, seed=1)
    tied = [{patients[one.triplet] for one in group} for group in by_group(first.items).values()]
    second = make_plan(facts, dimensions=ALL, count=200, seed=2, scheme=Scheme.TWINS, tied=tied)
    tied += [{patients[one.triplet] for one in group} for group in by_group(second.items).values()]
    blocks = blocks_of({one.patient: "" for one in facts}, seed=0, tied=tied)
    assert all(len(block) <= 4 for block in blocks)


def test_different_finds_a_way_where_there_is_one() -> None:
    assert different(["ab", "a", "c"]) == ["b", "a", "c"]
    assert different(["a", "a"]) is None
    assert different(["a", ""]) is None
    assert different([]) == []
