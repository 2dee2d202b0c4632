from itertools import combinations

import pytest

from webapp.slides.phantom import CANONICAL, NEGATED
from webapp.slides.phantom.captions import caption, grade
from webapp.slides.phantom.layout import make_layout
from webapp.slides.phantom.traits import ATTRIBUTES, draw_triplet, stream


def test_every_value_of_every_attribute_has_one_phrase() -> None:
    expected = {
        f"{scale}.{name}.{value}"
        for scale, attributes in ATTRIBUTES.items()
        for name, values in attributes.items()
        for value in values
    }
    assert set(CANONICAL) == expected
    assert len(set(CANONICAL.values())) == len(CANONICAL)


@pytest.mark.parametrize("scale", ["low", "mid", "high"])
def test_no_phrase_lies_inside_another_of_its_scale(scale: str) -> None:
    phrases = [phrase for name, phrase in CANONICAL.items() if name.startswith(f"{scale}.")]
    assert not [(a, b) for a, b in combinations(phrases, 2) if a in b or b in a]


def test_negated_features_say_absence_and_no_others_do() -> None:
    assert {name for name, phrase in CANONICAL.items() if "an absence of" in phrase} == NEGATED


@pytest.mark.parametrize("seed", range(25))
@pytest.mark.parametrize("scale", ["low", "mid", "high"])
def test_a_caption_states_each_trait_once_and_nothing_else(scale: str, seed: int) -> None:
    layout = make_layout(seed, 0)
    traits = layout.low if scale == "low" else layout.sites[1].traits[scale]
    text = caption(scale, traits, stream(seed, "test"))
    said = {
        name: text.count(phrase)
        for name, phrase in CANONICAL.items()
        if name.startswith(f"{scale}.") and phrase in text
    }
    assert said == {f"{scale}.{name}.{value}": 1 for name, value in traits.items()}
    assert "{" not in text


def test_grade_counts_pleomorphism_and_mitoses() -> None:
    calm = {**draw_triplet(1, 0, 0, "high"), "pleomorphism": "uniform", "mitoses": "absent"}
    assert grade(calm) == "Low-grade"
    assert grade({**calm, "mitoses": "present"}) == "Intermediate-grade"
    assert grade({**calm, "mitoses": "present", "pleomorphism": "marked"}) == "High-grade"
