"""Letters are even, stable, and no shuffle makes a rationale lie."""

import random
from collections import Counter
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.items.questions import CLEAN
from webapp.items.lettering import (
    LETTERS,
    LetteringError,
    balanced_letterings,
    letter,
    letter_of,
    render_rationale,
)
from webapp.items.mcq import new_option_ids, token

IDS = ("aaa", "bbb", "ccc", "ddd")
Revision = tuple[str, tuple[str, ...], str]


def revisions(count: int, seed: int, key_first: bool = False) -> list[Revision]:
    rng = random.Random(seed)
    made = []
    for number in range(count):
        ids = new_option_ids(rng)
        made.append((f"item-{number}", ids, ids[0] if key_first else rng.choice(ids)))
    return made


def test_a_lettering_is_the_same_on_every_machine() -> None:
    assert letter(IDS, "item-1") == ("aaa", "ccc", "bbb", "ddd")
    assert letter(CLEAN.options, 5) == letter(CLEAN.option_ids, 5)


@given(st.text(max_size=8))
def test_a_lettering_does_not_depend_on_how_the_options_are_stored(seed: str) -> None:
    assert len({letter(stored, seed) for stored in permutations(IDS)}) == 1


def test_every_option_meets_every_letter() -> None:
    firsts = Counter(letter(IDS, seed)[0] for seed in range(4000))
    assert set(firsts) == set(IDS)
    assert all(900 < count < 1100 for count in firsts.values())


@pytest.mark.parametrize("ids", [(), ("a", "a"), ("a", "b", "c", "d", "e")])
def test_options_that_cannot_be_lettered_are_refused(ids: tuple[str, ...]) -> None:
    with pytest.raises(LetteringError, match="cannot be lettered"):
        letter(ids, 1)


@given(st.integers(0, 60), st.integers(), st.booleans())
def test_key_letters_are_even_whatever_the_authors_did(
    count: int, seed: int, key_first: bool
) -> None:
    made = revisions(count, seed, key_first)
    orders = balanced_letterings(made, seed)
    counts = Counter(letter_of(orders[uid], key) for uid, _, key in made)
    filled = [counts[one] for one in LETTERS]
    assert max(filled) - min(filled) <= 1
    assert all(sorted(orders[uid]) == sorted(ids) for uid, ids, _ in made)


@given(st.randoms(use_true_random=False))
def test_balanced_letterings_do_not_depend_on_the_order_of_items(rng: random.Random) -> None:
    made = revisions(23, 7)
    shuffled = [(uid, tuple(rng.sample(ids, 4)), key) for uid, ids, key in made]
    rng.shuffle(shuffled)
    assert balanced_letterings(shuffled, "r1") == balanced_letterings(made, "r1")


def test_balancing_moves_few_items_so_that_the_seed_tells_no_key() -> None:
    made = revisions(400, 3)
    orders = balanced_letterings(made, "r1")
    moved = sum(orders[uid] != letter(ids, f"r1:{uid}") for uid, ids, _ in made)
    assert moved < 40


def test_a_key_that_is_no_option_and_a_repeated_item_are_refused() -> None:
    with pytest.raises(LetteringError, match="item-1 has a key"):
        balanced_letterings([("item-1", IDS, "zzz")], 1)
    with pytest.raises(LetteringError, match="item-1 is given twice"):
        balanced_letterings([("item-1", IDS, "aaa"), ("item-1", IDS, "bbb")], 1)


@pytest.mark.parametrize(
    ("text", "rendered"),
    [
        ("{{option:bbb}} is right.", "Option B is right."),
        (
            "Only {{option:bbb}} fits. {{ option:aaa }} does not.",
            "Only option B fits. Option A does not.",
        ),
        ("As option {{option:ccc}} says", "As option C says"),
        ("Option {{option:ccc}} says", "Option C says"),
        ("Cells\n{{option:ddd}}", "Cells\nOption D"),
        ("(see {{option:ddd}})", "(see option D)"),
        ("no token, {braces} {{other}}", "no token, {braces} {{other}}"),
        ("", ""),
    ],
)
def test_tokens_become_letters(text: str, rendered: str) -> None:
    assert render_rationale(text, IDS) == rendered


@given(st.integers(0, 500), st.sampled_from(IDS))
def test_a_rendered_rationale_follows_its_option_through_every_shuffle(
    seed: int, named: str
) -> None:
    order = letter(IDS, seed)
    shown = render_rationale(f"It is {token(named)}.", order)
    assert order[LETTERS.index(shown[-2])] == named


def test_an_unknown_option_is_refused() -> None:
    with pytest.raises(LetteringError, match="zzz"):
        render_rationale("{{option:zzz}}", IDS)
