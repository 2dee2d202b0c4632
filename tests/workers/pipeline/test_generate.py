"""Stage 3: a plan becomes a clean question, true to the facts, the same every time."""

import json
from dataclasses import replace

import pytest

from tests.generation.made_facts import made_facts
from webapp.generation.catalog import TripletFacts
from webapp.generation.plan import PlanError, PlannedItem, plan_batch
from webapp.items.lint import lint
from webapp.items.mcq import Mcq, token
from workers.pipeline.generate import Draft, GenerateError, generate


@pytest.fixture(scope="module")
def facts() -> dict[str, TripletFacts]:
    return {one.uid: one for one in made_facts(30, seed=8)}


@pytest.fixture(scope="module")
def items(facts: dict[str, TripletFacts]) -> tuple[PlannedItem, ...]:
    return plan_batch(list(facts.values()), dimensions="ABCDE", count=150, seed=2)


@pytest.fixture(scope="module")
def drafts(facts: dict[str, TripletFacts], items: tuple[PlannedItem, ...]) -> list[Draft]:
    return [generate(item, facts[item.triplet]) for item in items]


def test_no_question_has_a_lint_finding(drafts: list[Draft]) -> None:
    assert [finding for draft in drafts for finding in lint(draft.mcq)] == []


def test_the_key_stands_where_the_plan_put_it(
    drafts: list[Draft], items: tuple[PlannedItem, ...]
) -> None:
    for draft, item in zip(drafts, items, strict=True):
        assert draft.mcq.option_ids.index(draft.mcq.key) == item.key_place


def test_the_rationale_speaks_of_every_option_by_token(drafts: list[Draft]) -> None:
    for draft in drafts:
        for option in draft.mcq.options:
            right = f"{token(option.id)} is right" in draft.mcq.rationale
            assert right is (option.id == draft.mcq.key)
            assert right or f"{token(option.id)} is wrong" in draft.mcq.rationale


def test_the_rationale_names_finding_and_scale(
    drafts: list[Draft], items: tuple[PlannedItem, ...], facts: dict[str, TripletFacts]
) -> None:
    for draft, item in zip(drafts, items, strict=True):
        for true in (item.first_true, item.second_true):
            scale = true.split(".")[0]
            label = {"low": "the 10x view shows", "mid": "the 40x view shows"}.get(scale)
            if label:
                assert label in draft.mcq.rationale
            found = [one for one in facts[item.triplet].features.get(scale, ()) if one.id == true]
            assert all(one.phrase in draft.mcq.rationale for one in found)


def test_it_is_the_same_every_time(
    facts: dict[str, TripletFacts], items: tuple[PlannedItem, ...], drafts: list[Draft]
) -> None:
    assert [generate(item, facts[item.triplet]) for item in items] == drafts


def test_option_ids_are_those_of_no_other_question(drafts: list[Draft]) -> None:
    ids = [uid for draft in drafts for uid in draft.mcq.option_ids]
    assert len(set(ids)) == len(ids)


def test_the_provenance_says_what_made_it(
    drafts: list[Draft], items: tuple[PlannedItem, ...]
) -> None:
    stored = json.loads(json.dumps(drafts[0].provenance))
    assert stored["generator"] == "factorial"
    assert stored["plan"] == items[0].as_json()
    assert {"version", "vocabulary", "seed", "template"} <= set(stored)


def test_a_missing_scale_is_kept_missing() -> None:
    known = made_facts(6, seed=9, scales=("low", "mid"))
    items = plan_batch(known, dimensions="ABCDE", count=20, seed=1)
    by_uid = {one.uid: one for one in known}
    made: list[Mcq] = [generate(item, by_uid[item.triplet]).mcq for item in items]
    assert made
    for mcq in made:
        assert mcq.scales == {"low", "mid"}
        assert "200x" not in mcq.stem + mcq.rationale


def test_facts_of_another_triplet_are_refused(
    facts: dict[str, TripletFacts], items: tuple[PlannedItem, ...]
) -> None:
    other = next(one for uid, one in facts.items() if uid != items[0].triplet)
    with pytest.raises(GenerateError, match="The plan is for"):
        generate(items[0], other)


def test_a_finding_that_is_gone_is_refused(
    facts: dict[str, TripletFacts], items: tuple[PlannedItem, ...]
) -> None:
    changed = replace(facts[items[0].triplet], features={})
    with pytest.raises(GenerateError, match="do not show"):
        generate(items[0], changed)


def test_a_false_finding_that_is_there_is_refused(
    facts: dict[str, TripletFacts], items: tuple[PlannedItem, ...]
) -> None:
    item = items[0]
    lie = replace(
        item,
        first_true=item.first_false,
        first_false=item.first_true,
    )
    with pytest.raises(GenerateError):
        generate(lie, facts[item.triplet])


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"template": "gone"}, "no template 'gone'"),
        ({"first_true": "low.gone.now"}, "no 'low.gone.now' any more"),
        ({"first_false": "high.mitoses.present"}, "do not exclude each other"),
    ],
)
def test_a_plan_that_outlived_its_words_is_refused(
    facts: dict[str, TripletFacts],
    items: tuple[PlannedItem, ...],
    change: dict[str, str],
    fault: str,
) -> None:
    item = next(one for one in items if one.dimension == "A" and "mitoses" not in one.first_true)
    stored = {**item.as_json(), **change}
    with pytest.raises(PlanError, match=fault):
        generate(PlannedItem.from_json(stored), facts[item.triplet])
