"""A triplet offers only what its facts bear out."""

import pytest

from annotation_configs.load import vocabulary
from tests.generation.made_facts import made_facts
from webapp.generation.slots import Slot, evidence, slots

WORDS = vocabulary()
RANK = {"low": 0, "mid": 1, "high": 2}
FULL = evidence(made_facts(1, seed=1)[0], WORDS)


def offered(dimension: str) -> tuple[Slot, ...]:
    found = slots(dimension, FULL, WORDS)
    assert found
    return found


@pytest.mark.parametrize("dimension", "ABCDE")
def test_a_full_triplet_offers_independent_pairs_each_once(dimension: str) -> None:
    found = offered(dimension)
    assert len({slot.attributes for slot in found}) == len(found)
    for slot in found:
        first, second = (WORDS.attribute(name) for name in slot.attributes)
        assert not first.depends_on(second)


@pytest.mark.parametrize("dimension", "AC")
def test_findings_come_from_two_scales_the_broader_first(dimension: str) -> None:
    assert all(RANK[one.first.scale] < RANK[one.second.scale] for one in offered(dimension))


def test_an_impression_is_settled_by_closer_views() -> None:
    assert all("low" not in (one.first.scale, one.second.scale) for one in offered("B"))


def test_places_are_two() -> None:
    for slot in offered("C"):
        sites = {WORDS.attribute(name).site for name in slot.attributes}
        assert len(sites) == 2
        assert "" not in sites


def test_an_explanation_is_closer_than_what_it_explains_and_of_a_kind_that_explains_it() -> None:
    for slot in offered("D"):
        for subject in slot.subjects:
            attribute = WORDS.attribute(subject.attribute)
            kinds = {WORDS.attribute(name).family for name in slot.attributes}
            assert kinds & attribute.explained_by
            assert RANK[subject.scale] < min(RANK[slot.first.scale], RANK[slot.second.scale])
            assert not subject.negative


def test_a_diagnosis_rests_on_readings() -> None:
    assert all(one.first.reading and one.second.reading for one in offered("E"))


def test_an_entity_comes_first() -> None:
    assert not any(WORDS.attribute(one.second.attribute).head for one in offered("E"))


@pytest.mark.parametrize("dimension", "ABCDE")
def test_one_scale_offers_nothing(dimension: str) -> None:
    lone = evidence(made_facts(1, seed=1, scales=("low",))[0], WORDS)
    assert slots(dimension, lone, WORDS) == ()


@pytest.mark.parametrize("dimension", "ABCDE")
def test_a_missing_scale_is_never_asked_about(dimension: str) -> None:
    known = evidence(made_facts(1, seed=1, scales=("low", "mid"))[0], WORDS)
    for slot in slots(dimension, known, WORDS):
        assert "high" not in {slot.first.scale, slot.second.scale}
