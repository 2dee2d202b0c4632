"""Findings in a text are found, and the short cut misses none."""

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation_configs.load import vocabulary
from tests.generation.made_facts import made_facts
from workers.pipeline.lexicon import attributes_named, needed, phrases_named

WORDS = vocabulary()
PATTERNS = sorted(
    {
        (attribute.name, source)
        for attribute in WORDS.attributes
        for value in attribute.values
        for source in (*value.match, *value.negated)
    }
)
CAPTIONS = [text for one in made_facts(20, seed=3) for text in one.captions.values()]
SCRAPS = (
    "brisk mitotic activity", "tumour-infiltrating lymphocytes", "clear retraction spaces",
    "tumor cells with round nuclei", "a dense inflammatory infiltrate", "haemosiderin pigment",
    "the septum runs straight", "well circumscribed", "no necrosis", "glands",
)  # fmt: skip


def slowly(text: str) -> set[str]:
    return {name for name, source in PATTERNS if re.search(source, text.lower())}


@pytest.mark.parametrize("attribute", WORDS.attributes, ids=lambda one: one.name)
def test_every_phrase_and_reading_is_found(attribute: object) -> None:
    for value in attribute.values:  # type: ignore[attr-defined]
        for phrase in filter(None, (value.phrase, value.reading)):
            assert attribute.name in attributes_named(  # type: ignore[attr-defined]
                f"It shows {phrase.upper()}, no doubt.", WORDS
            )


@given(st.integers(0, 2**32))
def test_the_short_cut_misses_nothing_that_the_patterns_find(seed: int) -> None:
    rng = random.Random(seed)
    text = " ".join([rng.choice(CAPTIONS)[:200], *rng.sample(SCRAPS, 4)])
    assert slowly(text) <= attributes_named(text, WORDS)


def test_plain_words_are_no_findings() -> None:
    text = "Which pair of findings do the 10x, 40x and 200x views show in this tissue?"
    assert attributes_named(text, WORDS) == frozenset()


def test_phrases_are_told_by_value() -> None:
    found = phrases_named("There is an absence of mitotic figures.", WORDS)
    values = {value.name for value in WORDS.attribute("mitoses").values}
    assert {attribute for attribute, _ in found} <= {"mitoses"}
    assert {value for _, value in found} <= values


@pytest.mark.parametrize(
    ("source", "pieces"),
    [
        ("necrosis", {"necrosis"}),
        (r"\bmitos(i|e)s\b", {"mitos"}),
        ("(torn|frayed) edge", {" edge"}),
        ("(torn|frayed) (edge|rim)x?", {"torn", "frayed"}),
        ("ab|cdefg", set()),
        ("(a (very )?long|short)", set()),
        ("tumou?rs", {"tumo"}),
        ("(dark )?round", {"round"}),
        ("(dark)*", set()),
        (r"cells[^.;]{0,20} left", {"cells"}),
    ],
)
def test_what_a_pattern_cannot_do_without(source: str, pieces: set[str]) -> None:
    assert needed(source) == pieces
