"""A text knows which of its options can be true, not which is."""

from annotation_configs.load import vocabulary
from tests.generation.made_facts import made_facts
from webapp.generation.slots import evidence, slots
from webapp.generation.texts import Cell, Shelf, drawable, texts, tier

WORDS = vocabulary()


def shelf_of(dimension: str, count: int = 30) -> Shelf:
    known = {one.uid: evidence(one, WORDS) for one in made_facts(count, seed=2)}
    return Shelf({uid: slots(dimension, one, WORDS) for uid, one in known.items()}, WORDS)


def cells(*places: tuple[bool, bool]) -> tuple[Cell, ...]:
    return tuple(Cell(place, {}) for place in places)


def test_a_text_is_the_same_whichever_of_its_options_is_true() -> None:
    shelf = shelf_of("A")
    slot = shelf.left("t0000")[0]
    for text in texts(slot, claims=False, vocabulary=WORDS):
        for cell in shelf.cells(text):
            other = next(iter(cell.slots.values()))
            assert text in set(texts(other, claims=False, vocabulary=WORDS))


def test_the_slots_of_a_cell_make_its_option_true() -> None:
    shelf = shelf_of("A")
    for text in texts(shelf.left("t0000")[0], claims=False, vocabulary=WORDS):
        for cell in shelf.cells(text):
            for slot in cell.slots.values():
                assert slot.first == text.first[not cell.place[0]]
                assert slot.second == text.second[not cell.place[1]]


def test_an_impression_is_borne_out_by_its_value_and_ruled_out_by_every_other() -> None:
    shelf = shelf_of("B")
    for slot in shelf.left("t0000"):
        for text in texts(slot, claims=True, vocabulary=WORDS):
            for cell in shelf.cells(text):
                for each in cell.slots.values():
                    assert (each.first == text.claim) is cell.place[0]


def test_what_is_taken_is_not_offered_again() -> None:
    shelf = shelf_of("A", count=1)
    slot = shelf.left("t0000")[0]
    shelf.take("t0000", slot)
    assert slot not in shelf.left("t0000")
    assert not any(shelf.cells(text) for text in texts(slot, claims=False, vocabulary=WORDS))


def test_tiers_go_from_silent_to_telling() -> None:
    assert tier(cells((True, True), (True, False), (False, True), (False, False))) == 0
    assert tier(cells((True, True), (False, False))) == 1
    assert tier(cells((True, True), (True, False))) == 2
    assert tier(cells((True, True))) == 3


def test_of_three_cells_only_the_opposite_two_are_drawn() -> None:
    three = cells((True, True), (True, False), (False, False))
    assert {cell.place for cell in drawable(three)} == {(True, True), (False, False)}


def test_all_four_cells_are_drawn() -> None:
    four = cells((True, True), (True, False), (False, True), (False, False))
    assert drawable(four) == four
