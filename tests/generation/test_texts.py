"""A text knows which of its options can be true, not which is."""

import pytest

from annotation_configs.load import vocabulary
from tests.generation.made_facts import made_facts
from webapp.generation.catalog import Feature
from webapp.generation.factorial import well_shaped
from webapp.generation.slots import Evidence, Slot, evidence, slots
from webapp.generation.texts import Candidate, Shelf, drawable, texts, tier
from webapp.generation.wording import options

WORDS = vocabulary()
YY, YN, NY, NN = (True, True), (True, False), (False, True), (False, False)


def known_of(count: int) -> list[Evidence]:
    return [evidence(one, WORDS) for one in made_facts(count, seed=2)]


def candidates(dimension: str, count: int = 30) -> list[Candidate]:
    shelf = Shelf(claims=dimension == "B", vocabulary=WORDS)
    for number, one in enumerate(known_of(count)):
        shelf.lay(number, slots(dimension, one, WORDS))
    return [found for frame in shelf.frames() for found in frame]


def pairs(dimension: str, known: Evidence) -> set[tuple[Feature, Feature]]:
    return {(one.first, one.second) for one in slots(dimension, known, WORDS)}


def test_a_text_is_the_same_whichever_of_its_options_is_true() -> None:
    for found in candidates("A"):
        for cell in found.cells:
            first, second = cell.firsts[0], found.text.second[not cell.place[1]]
            assert found.text in set(texts(Slot(first, second), claims=False, vocabulary=WORDS))


def test_no_text_stands_on_the_shelf_twice() -> None:
    found = [one.text for one in candidates("A")]
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("dimension", "ACDE")
def test_the_triplets_of_a_cell_make_its_option_true(dimension: str) -> None:
    known = known_of(30)
    for found in candidates(dimension):
        for cell in found.cells:
            true = found.text.first[not cell.place[0]], found.text.second[not cell.place[1]]
            assert all(true in pairs(dimension, known[each]) for each in cell.piles[0])


def test_an_impression_is_borne_out_by_its_value_and_ruled_out_by_every_other() -> None:
    for found in candidates("B"):
        for cell in found.cells:
            assert all((first == found.text.claim) is cell.place[0] for first in cell.firsts)


def test_what_is_taken_is_not_offered_again() -> None:
    found = next(one for one in candidates("A") if len(one.cells[0]) > 1)
    cell, before = found.cells[0], len(found.cells[0])
    triplet, _ = cell.take(0)
    assert triplet not in [cell.triplet(at) for at in range(len(cell))]
    assert len(cell) == before - 1
    with pytest.raises(IndexError):
        cell.triplet(len(cell))


def test_what_is_taken_is_gone_for_every_text_that_it_made_true() -> None:
    found = candidates("A")
    for one in found:
        for cell in one.cells:
            while len(cell):
                cell.take(0)
    assert {one.tier() for one in found} == {5}


def test_a_text_is_used_no_more_often_than_its_rarest_option() -> None:
    found = next(one for one in candidates("A") if one.tier() == 0)
    assert found.most == min(len(cell) for cell in found.cells)
    found.uses = found.most
    assert found.tier() == 1


@pytest.mark.parametrize("dimension", "ABCDE")
def test_templates_of_a_text_shape_its_options_well(dimension: str) -> None:
    seen = 0
    for found in candidates(dimension, count=8):
        for template in found.text.templates(dimension, WORDS):
            slot = Slot(found.text.first[1], found.text.second[0])
            question = found.text.question(dimension, template, (False, True), slot, None)
            assert well_shaped(options(question, WORDS))
            seen += 1
    assert seen


def test_tiers_go_from_silent_to_telling() -> None:
    assert tier([YY, YN, NY, NN]) == 0
    assert tier([YY, YN, NY, NN], uncounted=False) == 1
    assert tier([YY, NN]) == tier([YY, NN, YN]) == 2
    assert tier([YY, YN]) == 3
    assert tier([YY]) == 4
    assert tier([]) == 5


def test_of_three_places_only_the_opposite_two_are_drawn() -> None:
    assert set(drawable([YY, YN, NN])) == {YY, NN}


def test_all_four_places_are_drawn() -> None:
    assert drawable([YY, YN, NY, NN]) == (YY, YN, NY, NN)


def test_an_option_that_nobody_makes_true_any_more_is_not_drawn() -> None:
    found = next(one for one in candidates("A") if one.tier() == 0)
    spent = next(cell for cell in found.cells if cell.place == YN)
    while len(spent):
        spent.take(0)
    assert {cell.place for cell in found.drawable()} == {YY, NN}
