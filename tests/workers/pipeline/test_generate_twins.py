"""Twins are word for word the same and differ in all that could tell one's key from another's."""

from collections import defaultdict

import pytest

from tests.generation.made_facts import made_facts
from webapp.generation.catalog import TripletFacts
from webapp.generation.config import Scheme
from webapp.generation.plan import make_plan
from webapp.items.lint import lint
from webapp.items.mcq import Mcq
from workers.pipeline.generate import generate


@pytest.fixture(scope="module")
def groups() -> list[list[Mcq]]:
    """Made of patients with all scales, of some without, and of pairs as well as fours."""
    facts = [
        *made_facts(12, seed=4, each_patient=3),
        *(elsewhere(one) for one in made_facts(9, seed=6, each_patient=3, scales=("low", "mid"))),
    ]
    by_uid = {one.uid: one for one in facts}
    plan = make_plan(facts, dimensions="ABCDE", count=3_000, seed=2, scheme=Scheme.TWINS)
    found = defaultdict(list)
    for item in plan.items:
        found[item.twin_group].append(generate(item, by_uid[item.triplet]).mcq)
    return list(found.values())


def elsewhere(one: TripletFacts) -> TripletFacts:
    return TripletFacts(
        f"x{one.uid}", f"x{one.patient}", "skin", one.summary, one.captions, one.features
    )


def test_their_stems_and_options_are_word_for_word_the_same(groups: list[list[Mcq]]) -> None:
    assert {len(group) for group in groups} == {2, 4}
    for group in groups:
        assert len({(one.stem, frozenset(one.texts), one.scales) for one in group}) == 1


def test_no_two_have_the_same_key(groups: list[list[Mcq]]) -> None:
    for group in groups:
        assert len({one.key_option.text for one in group}) == len(group)


def test_each_has_its_own_option_ids_and_rationale(groups: list[list[Mcq]]) -> None:
    for group in groups:
        assert len({uid for one in group for uid in one.option_ids}) == 4 * len(group)
        assert len({one.rationale for one in group}) == len(group)


def test_their_options_stand_in_orders_of_their_own(groups: list[list[Mcq]]) -> None:
    same = [len({one.texts for one in group}) == 1 for group in groups]
    assert sum(same) < len(groups) / 5


def test_no_twin_has_a_lint_finding(groups: list[list[Mcq]]) -> None:
    found = {finding.rule for group in groups for one in group for finding in lint(one)}
    assert found <= {"missing_scale"}
