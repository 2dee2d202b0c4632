"""Texts from outside are bounded and free of characters that harm."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.contract.text import MAX_TEXT_CHARS, refused_character, short, text_fault


@pytest.mark.parametrize("char", ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\u202e", "\ud800"])
def test_control_direction_and_surrogate_characters_are_refused(char: str) -> None:
    fault = text_fault(f"ab{char}c")
    assert fault is not None
    assert f"U+{ord(char):04X} at position 3" in fault


@pytest.mark.parametrize("text", ["", "tab\tand\r\nlines", "µm × 10⁻³", "核分裂", "<b>bold</b>"])
def test_ordinary_text_is_kept(text: str) -> None:
    assert text_fault(text) is None


def test_the_limit_is_inclusive_and_named() -> None:
    assert text_fault("x" * MAX_TEXT_CHARS) is None
    fault = text_fault("x" * (MAX_TEXT_CHARS + 1))
    assert fault is not None
    assert "20,001" in fault
    assert "20,000" in fault


@given(st.text())
def test_accepted_text_can_be_stored_and_sent(text: str) -> None:
    if refused_character(text) is None:
        assert "\x00" not in text
        assert text.encode().decode() == text


@given(st.text() | st.integers() | st.lists(st.text()))
def test_a_quoted_value_is_short_and_printable(value: object) -> None:
    assert len(short(value)) <= 60
    assert short(value).isprintable()
