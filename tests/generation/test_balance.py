"""The report counts what it is given, flags what is uneven, and what is planned is even."""

import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tests.generation.made_facts import made_facts
from webapp.generation.balance import (
    Use,
    balance_of,
    binomial_p,
    discoveries,
    even_places_p,
    use_of,
)
from webapp.generation.catalog import TripletFacts
from webapp.generation.config import Scheme
from webapp.generation.plan import make_plan
from webapp.generation.planned import PlannedItem

ALL = "ABCDE"


@pytest.fixture(scope="module")
def facts() -> list[TripletFacts]:
    """Of each attribute the first value is twice as common as all others."""
    return made_facts(240, seed=1, common=0.67, each_patient=3)


def planned(facts: list[TripletFacts], scheme: Scheme, count: int = 1_000) -> list[PlannedItem]:
    plan = make_plan(facts, dimensions=ALL, count=count, seed=3, scheme=scheme, free_share=0.5)
    assert len(plan.items) == count
    return list(plan.items)


@pytest.mark.parametrize("scheme", Scheme)
def test_what_is_planned_is_even(facts: list[TripletFacts], scheme: Scheme) -> None:
    balance = balance_of(map(use_of, planned(facts, scheme)))
    assert balance.questions == 1_000
    assert not balance.letters_flagged
    assert balance.flagged == ()
    assert [one.count for one in balance.dimensions] == [200] * 5
    assert [abs(one.count - 500) <= 12 for one in balance.pools] == [True, True]
    assert [one.name for one in balance.schemes] == [scheme.value]
    used = [one for one in balance.phrases if one.right + one.wrong >= 40]
    assert len(used) > 30
    assert all(0.25 < one.share < 0.75 for one in used)


def test_of_twins_every_phrase_is_right_as_often_as_wrong(facts: list[TripletFacts]) -> None:
    balance = balance_of(map(use_of, planned(facts, Scheme.TWINS)))
    assert all(one.right == one.wrong for one in balance.phrases)


def test_templates_share_their_dimension(facts: list[TripletFacts]) -> None:
    balance = balance_of(map(use_of, planned(facts, Scheme.FACTORIAL)))
    by_dimension: dict[str, list[int]] = {}
    for one in balance.templates:
        by_dimension.setdefault(one.name[0], []).append(one.count)
    for name in "ABCD":
        assert max(by_dimension[name]) - min(by_dimension[name]) <= 4


def test_a_phrase_that_is_always_right_is_flagged_and_so_is_one_that_never_is() -> None:
    even = [(f"x{n % 2}", f"x{1 - n % 2}") for n in range(40)]
    uses = [Use(0, "A", right=("good", right), wrong=("bad", wrong)) for right, wrong in even]
    balance = balance_of(uses)
    assert {one.finding for one in balance.flagged} == {"good", "bad"}
    assert {one.finding: one.share for one in balance.flagged} == {"good": 1.0, "bad": 0.0}


def test_keys_that_are_mostly_a_are_flagged() -> None:
    assert balance_of([Use(0, "A")] * 20 + [Use(1, "A")] * 5).letters_flagged
    assert not balance_of([Use(n % 4, "A") for n in range(40)]).letters_flagged


def test_an_impression_counts_by_its_outcome() -> None:
    item = PlannedItem(
        number=1,
        triplet="t",
        dimension="B",
        template="impression",
        first_true="mid.stroma.loose",
        first_false="mid.stroma.desmoplastic",
        second_true="high.mitoses.present",
        second_false="high.mitoses.absent",
        key_place=2,
        seed=7,
        balanced=True,
        claim="mid.stroma.desmoplastic",
    )
    use = use_of(item)
    assert use.wrong == ("high.mitoses.absent", "mid.stroma.desmoplastic?")
    assert use.right == ("high.mitoses.present",)
    assert use_of(item, key_place=3).key_place == 3


def test_questions_without_a_plan_count_for_letters_and_dimensions_alone() -> None:
    balance = balance_of([Use(1, "C"), Use(2, "C", "fixed", "twins", "C/map", ("a",), ("b",))])
    assert [(one.name, one.count) for one in balance.dimensions] == [("C", 2)]
    assert [(one.name, one.count, one.share) for one in balance.pools] == [("fixed", 1, 1.0)]


def test_nothing_is_even() -> None:
    balance = balance_of([])
    assert (balance.questions, balance.letters, balance.phrases) == (0, (), ())
    assert not balance.letters_flagged


def test_it_is_plain_json(facts: list[TripletFacts]) -> None:
    balance = balance_of(map(use_of, planned(facts, Scheme.TWINS, 20)))
    told = json.loads(json.dumps(balance.as_json()))
    assert told["questions"] == 20
    assert set(told["phrases"][0]) == {
        "finding", "right", "wrong", "share", "ci95", "p", "flagged"
    }  # fmt: skip


@given(st.integers(0, 3_000), st.integers(0, 3_000))
def test_the_binomial_test_is_exact(right: int, wrong: int) -> None:
    if right + wrong:
        expected = stats.binomtest(right, right + wrong).pvalue
        assert binomial_p(right, wrong) == pytest.approx(expected, rel=1e-6, abs=1e-12)
    assert binomial_p(right, wrong) == binomial_p(wrong, right)


@given(st.lists(st.integers(0, 500), min_size=4, max_size=4).filter(any))
def test_places_are_tested_by_chi_square(counts: list[int]) -> None:
    assert even_places_p(counts) == pytest.approx(stats.chisquare(counts).pvalue, abs=1e-9)


@given(st.dictionaries(st.text(max_size=3), st.floats(0, 1), max_size=30))
def test_discoveries_are_those_of_benjamini_and_hochberg(p: dict[str, float]) -> None:
    if p:
        adjusted = dict(zip(p, stats.false_discovery_control(list(p.values())), strict=True))
        clear = {name: value for name, value in adjusted.items() if abs(value - 0.05) > 1e-9}
        found = discoveries(p)
        assert all((name in found) is bool(value <= 0.05) for name, value in clear.items())
    assert Counter(discoveries({"a": 0.001, "b": 0.9})) == {"a": 1}
