"""Word diffs: what both versions say, what went and what came."""

from hypothesis import given
from hypothesis import strategies as st

from webapp.items.worddiff import MOST_PIECES, Piece, diff

texts = st.text(alphabet="ab ,.'é\n", max_size=40)


@given(texts, texts)
def test_both_texts_can_be_read_from_it(old: str, new: str) -> None:
    pieces = diff(old, new)
    assert "".join(piece.text for piece in pieces if piece.kind != "added") == old
    assert "".join(piece.text for piece in pieces if piece.kind != "removed") == new


@given(texts)
def test_an_unchanged_text_is_one_piece(text: str) -> None:
    assert diff(text, text) == ((Piece("same", text),) if text else ())


def test_words_are_whole() -> None:
    assert diff("round dark nuclei", "rounded dark nuclei") == (
        Piece("removed", "round"),
        Piece("added", "rounded"),
        Piece("same", " dark nuclei"),
    )


def test_texts_with_little_in_common_stand_one_after_the_other() -> None:
    old, new = "Which finding is seen, and where?", "What settles the impression, and how?"
    assert diff(old, new) == (Piece("removed", old), Piece("added", new))


def test_a_phrase_that_was_replaced_reads_as_one() -> None:
    assert diff("Crowded glands, no mitoses.", "Crowded glands, many cells.") == (
        Piece("same", "Crowded glands, "),
        Piece("removed", "no mitoses"),
        Piece("added", "many cells"),
        Piece("same", "."),
    )


def test_very_long_texts_are_not_compared() -> None:
    old, new = "a " * MOST_PIECES, "b " * MOST_PIECES
    assert diff(old, new) == (Piece("removed", old), Piece("added", new))
