"""How alike two questions are, and that like ones are found."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import OPTION_TEXTS
from webapp.items.likeness import BANDS, NEAR, bands, likeness, shingles

STEM = "Which finding do the three fields of view show together in this tissue?"
word = st.sampled_from(
    ["gland", "stroma", "nuclei", "round", "pale", "crowded", "mitosis", "tall", "ragged", "dense"]
)
text = st.lists(word, max_size=12).map(" ".join)
question = st.tuples(text, st.lists(text, min_size=4, max_size=4))
WORDS = [f"word{number}" for number in range(400)]


@given(question, question)
def test_it_does_not_matter_which_is_asked_first(
    one: tuple[str, list[str]], other: tuple[str, list[str]]
) -> None:
    first, second = shingles(*one), shingles(*other)
    assert likeness(first, second) == likeness(second, first)
    assert 0 <= likeness(first, second) <= 1


@given(question, st.randoms(use_true_random=False))
def test_case_punctuation_and_the_options_order_do_not_matter(
    asked: tuple[str, list[str]], rng: random.Random
) -> None:
    stem, options = asked
    shuffled = rng.sample([f"“{option.upper()}.”" for option in options], len(options))
    first, second = shingles(stem, options), shingles(stem.replace(" ", ",  ") + "?!", shuffled)
    assert first == second
    assert likeness(first, second) == 1
    assert bands(first) == bands(second)


@given(question)
def test_bands_are_so_many_numbers_as_the_database_keeps(asked: tuple[str, list[str]]) -> None:
    found = bands(shingles(*asked))
    assert len(found) in (0, BANDS)
    assert all(-(2**63) <= band < 2**63 for band in found)


def test_bands_stay_what_they_are() -> None:
    """They are stored: another run, another machine must come to the same numbers."""
    assert bands(shingles(STEM, OPTION_TEXTS))[:2] == [
        5968246112632861118,
        3162480091154411326,
    ]


def test_another_subject_is_not_alike() -> None:
    other = shingles("What settles the impression?", ["borne out", "ruled out", "open", "neither"])
    assert likeness(shingles(STEM, OPTION_TEXTS), other) == 0


@pytest.mark.parametrize(("was", "now"), [("tissue", "slide"), ("Which", "What"), ("this ", "")])
def test_a_word_changed_leaves_a_near_duplicate(was: str, now: str) -> None:
    stem = STEM.replace(was, now)
    assert NEAR < likeness(shingles(STEM, OPTION_TEXTS), shingles(stem, OPTION_TEXTS)) < 1


def planted(rng: random.Random) -> tuple[list[list[str]], list[list[str]]]:
    """A question's five texts, and the same with a few words replaced."""
    asked = [rng.choices(WORDS, k=rng.randint(6, 18)) for _ in range(5)]
    changed = [list(text) for text in asked]
    for _ in range(rng.randint(1, 3)):
        text = rng.choice(changed)
        text[rng.randrange(len(text))] = rng.choice(WORDS)
    return asked, changed


def as_shingles(texts: list[list[str]]) -> frozenset[tuple[str, ...]]:
    stem, *options = [" ".join(text) for text in texts]
    return shingles(stem, options)


def test_bands_find_near_duplicates_and_leave_others_alone() -> None:
    rng = random.Random(11)
    near = found = strangers = 0
    before: frozenset[int] = frozenset()
    for _ in range(1500):
        one, other = (as_shingles(texts) for texts in planted(rng))
        share = set(bands(one)) & set(bands(other))
        if likeness(one, other) >= NEAR:
            near += 1
            found += bool(share)
        strangers += bool(before & set(bands(one)))
        before = frozenset(bands(other))
    assert near > 500
    assert found >= 0.95 * near
    assert strangers == 0
