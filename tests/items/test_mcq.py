"""A question is valid or the wrong field is named."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.items.questions import CLEAN, question
from webapp.items.mcq import TOKEN, Dimension, McqError, Option, new_option_ids, token, validate


def test_a_clean_question_is_valid() -> None:
    validate(CLEAN)
    assert CLEAN.key_option.text == "Long cords with clear cytoplasm"
    assert CLEAN.texts[0] == "Round nests with clear cytoplasm"


def test_dimensions_have_the_names_of_the_field() -> None:
    assert [dimension.title for dimension in Dimension] == [
        "Correspondence",
        "Confirmation",
        "Localization",
        "Explanation",
        "Diagnosis",
    ]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"stem": " "}, "stem"),
        ({"stem": "a\x00"}, "stem"),
        ({"stem": "x" * 20_001}, "stem"),
        ({"rationale": "\u202eturned"}, "rationale"),
        ({"rationale": "See {{option:nobody}}."}, "rationale"),
        ({"options": CLEAN.options[:3]}, "options"),
        ({"options": (*CLEAN.options[:3], CLEAN.options[0])}, "options"),
        ({"options": (*CLEAN.options[:3], Option("a b", "x"))}, "id of option 4"),
        ({"options": (*CLEAN.options[:3], Option("ab", ""))}, "text of option 4"),
        ({"key": "A"}, "key"),
        ({"scales": frozenset({"10x"})}, "scales"),
    ],
)
def test_an_invalid_question_names_its_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(McqError) as caught:
        validate(question(**changes))
    assert caught.value.field == field
    assert str(caught.value).startswith(f"The {field} ")


def test_equal_options_are_valid_so_that_published_items_can_be_kept() -> None:
    validate(
        question(options=tuple(Option(f"o{n}", "same") for n in range(4)), key="o1", rationale="")
    )


def test_a_missing_key_is_named_when_asked_for() -> None:
    with pytest.raises(McqError, match="names no option"):
        _ = question(key="nobody").key_option


@given(st.integers(), st.integers(1, 8))
def test_option_ids_are_distinct_reproducible_and_fit_their_token(seed: int, count: int) -> None:
    ids = new_option_ids(random.Random(seed), count)
    assert ids == new_option_ids(random.Random(seed), count)
    assert len(set(ids)) == count
    assert all(TOKEN.fullmatch(token(option_id)) for option_id in ids)
