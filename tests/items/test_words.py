"""One tokenisation for all."""

from hypothesis import given
from hypothesis import strategies as st

from webapp.items.words import overlap, words


def test_words_are_folded_and_stripped_of_punctuation() -> None:
    assert words("Low-grade NUCLEI, (Paget's) 10x; µm—ﬁne") == (
        *("low", "grade", "nuclei", "paget's", "10x", "μm", "fine"),
    )
    assert words(" ,;— ") == ()


BAGS = st.frozensets(st.sampled_from("abcdef"))


@given(BAGS, BAGS)
def test_overlap_is_symmetric_and_full_for_equals(
    one: frozenset[str], other: frozenset[str]
) -> None:
    assert overlap(one, other) == overlap(other, one)
    assert 0 <= overlap(one, other) <= 1
    assert (overlap(one, other) == 1) == (one == other)
