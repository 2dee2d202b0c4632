"""A rationale is edited by letters and stored by option ids."""

from hypothesis import given
from hypothesis import strategies as st

from webapp.items.mcq import token
from webapp.items.rationale import for_editing, from_editing

ORDER = ("k1x9qa", "p0d2mm", "z7h3tt", "b5n8wq")
WORDS = st.text(st.characters(exclude_characters="{}", exclude_categories=["Cs"]), max_size=20)


def test_ids_become_letters_and_letters_ids() -> None:
    stored = f"Only {token('z7h3tt')} fits; {token('k1x9qa')} does not."
    assert for_editing(stored, ORDER) == "Only {{C}} fits; {{A}} does not."
    assert from_editing("Only {{C}} fits; {{ A }} does not.", ORDER) == stored


def test_other_braces_are_left_alone() -> None:
    assert from_editing("{{E}} {A} {{a}} {{option:x}}", ORDER) == "{{E}} {A} {{a}} {{option:x}}"


@given(st.lists(st.one_of(WORDS, st.sampled_from(ORDER).map(token)), max_size=8))
def test_editing_without_a_change_changes_nothing(parts: list[str]) -> None:
    stored = "".join(parts)
    assert from_editing(for_editing(stored, ORDER), ORDER) == stored
