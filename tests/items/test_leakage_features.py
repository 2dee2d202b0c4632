"""What the probes read of options."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.items.leakage.structure_features import NAMES, structure_features
from webapp.items.leakage.term_features import TermSpace, difference_terms, ngram_terms
from webapp.items.leakage.wordclasses import WORD_CLASSES, classes_of

TEXTS = st.lists(st.text(alphabet="ab no(),1-", max_size=25), min_size=4, max_size=4)
EDITED = (
    "pale nests and deep septa with wide glands",
    "dark nests and deep septa with wide glands",
    "pale nests and thin septa with wide glands",
    "pale nests and deep septa with long glands",
)


def raw(texts: tuple[str, ...], name: str) -> list[float]:
    """Deviations of one measure."""
    values: list[float] = structure_features([("?", texts)])[0, :, NAMES.index(name)].tolist()
    return values


@given(TEXTS, st.sampled_from(list(permutations(range(4)))))
def test_structure_goes_with_the_option_not_with_its_place(
    texts: list[str], order: tuple[int, ...]
) -> None:
    there = structure_features([("no a", texts)])[0]
    turned = structure_features([("no a", [texts[place] for place in order])])[0]
    assert np.allclose(turned, there[list(order)], atol=1e-9)


@given(TEXTS)
def test_structure_is_finite_and_sums_to_nothing(texts: list[str]) -> None:
    found = structure_features([("a", texts)])
    assert found.shape == (1, 4, 4 * len(NAMES))
    assert np.isfinite(found).all()
    assert np.allclose(found[0, :, : 3 * len(NAMES)].sum(axis=0), 0, atol=1e-6)


def test_the_middle_of_edits_stands_out() -> None:
    for name in ("words_star", "one_place_apart", "consensus"):
        deviations = raw(EDITED, name)
        assert deviations[0] == max(deviations)
        assert deviations.count(deviations[0]) == 1
    assert raw(EDITED, "places_star")[0] == min(raw(EDITED, "places_star")) < 0


def test_the_lone_denial_stands_out() -> None:
    texts = ("nests", "no nests", "cords", "septa")
    assert raw(texts, "lone_negative")[1] == max(raw(texts, "lone_negative")) > 0
    assert set(raw(("nests", "no nests", "no cords", "septa"), "lone_polarity")) == {0.0}


def test_a_question_with_three_options_has_no_structure() -> None:
    with pytest.raises(ValueError, match="3 options"):
        structure_features([("?", ("a", "b", "c"))])
    assert structure_features([]).shape[0] == 0


def test_word_classes_are_told() -> None:
    found = dict(zip(WORD_CLASSES, classes_of("without"), strict=True))
    assert found["negation"] == 1
    assert sum(found.values()) == 1
    assert classes_of("nests").sum() == 0


def test_ngrams_are_runs_of_words() -> None:
    assert ngram_terms(["Pale nests, deep"])[0] == [
        "pale", "nests", "deep", "pale nests", "nests deep", "pale nests deep",
    ]  # fmt: skip


def test_differences_are_signed() -> None:
    first, second, *_ = difference_terms(EDITED)
    assert {"+pale", "+deep"} <= set(first)
    assert "!pale" not in first
    assert {"!dark", "-pale"} <= set(second)
    assert not {term for one in difference_terms(["same"] * 4) for term in one}


def test_rows_have_length_one_and_unknown_terms_count() -> None:
    rows = [["a", "b"], ["a", "b"], ["a", "new"]]
    space = TermSpace.of(rows, by_rarity=False)
    assert set(space.columns) == {"a", "b"}
    lengths = np.sqrt((space.read(rows).toarray() ** 2).sum(axis=1))
    assert lengths == pytest.approx([1, 1, 0.5**0.5])
    assert space.read([[]]).toarray().sum() == 0


def test_rare_terms_weigh_more() -> None:
    rows = [["common", "rare"], ["common", "rare"], ["common"], ["common"]]
    space = TermSpace.of(rows, by_rarity=True)
    weights = {term: space.weights[column] for term, column in space.columns.items()}
    assert weights["common"] < weights["rare"] < space.unknown
