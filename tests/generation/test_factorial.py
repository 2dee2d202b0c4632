"""Two independent attributes crossed: no option is nearest to all others."""

import pytest

from annotation_configs.load import vocabulary
from webapp.generation.catalog import Feature, features_of
from webapp.generation.factorial import (
    CELLS,
    Axis,
    FactorialError,
    cross,
    independent,
    well_shaped,
)


def of(uid: str) -> Feature:
    return features_of(vocabulary())[uid]


def test_each_option_shares_a_part_with_two_others_and_none_with_the_fourth() -> None:
    options = cross(lambda true: f"a{true}", lambda true: f"b{true}")
    assert len(set(options)) == len(CELLS)
    for option in options:
        shared = sorted(len(set(option) & set(other)) for other in options if other != option)
        assert shared == [0, 1, 1]


def test_the_key_comes_first() -> None:
    assert cross(str, str)[0] == ("True", "True")


@pytest.mark.parametrize("other", ["high.mitoses.present", "high.apoptosis.absent"])
def test_the_ends_of_an_axis_exclude_each_other(other: str) -> None:
    with pytest.raises(FactorialError, match="do not exclude each other"):
        Axis(of("high.mitoses.present"), of(other))


def test_attributes_of_one_family_are_not_crossed() -> None:
    chromatin = of("high.chromatin.dense")
    assert not independent(chromatin, of("high.nucleoli.prominent"), vocabulary())
    assert not independent(chromatin, chromatin, vocabulary())
    assert independent(chromatin, of("low.border.pushing"), vocabulary())


def test_a_grade_is_not_crossed_with_what_it_is_made_of() -> None:
    assert not independent(of("summary.grade.high"), of("high.mitoses.present"), vocabulary())


SQUARE = ("Red and round", "Red and oblong", "Blue and round", "Blue and oblong")


def test_a_square_of_short_phrases_is_well_shaped() -> None:
    assert well_shaped(SQUARE)


@pytest.mark.parametrize(
    "fourth",
    [
        "Blue and round and oblong",
        "oblong and Blue, this one with a very long tail",
        "Red and round",
    ],
)
def test_an_option_that_stands_out_is_refused(fourth: str) -> None:
    assert not well_shaped((*SQUARE[:3], fourth))
