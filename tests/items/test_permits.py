"""A permit shows that its holder has answered one revision blind, for a while."""

import pytest
from django.core import signing

from webapp.items.permits import MAX_AGE_S, SALT, permits_reveal, reveal_permit


def test_it_permits_one_person_one_revision() -> None:
    permit = reveal_permit(3, 7)
    assert permits_reveal(permit, 3, 7)
    assert not permits_reveal(permit, 4, 7)
    assert not permits_reveal(permit, 3, 8)


@pytest.mark.parametrize("forged", ["", "x", "[3, 7]", "a:b:c", "\x00", "é" * 1000])
def test_a_forged_one_permits_nothing(forged: str) -> None:
    assert not permits_reveal(forged, 3, 7)


def test_a_changed_one_permits_nothing() -> None:
    permit = reveal_permit(3, 7)
    assert not permits_reveal(permit[:-1] + ("a" if permit[-1] != "a" else "b"), 3, 7)


def test_a_signature_for_something_else_permits_nothing() -> None:
    assert not permits_reveal(signing.dumps([3, 7], salt="other"), 3, 7)
    assert not permits_reveal(signing.dumps("3,7", salt=SALT), 3, 7)


def test_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    permit = reveal_permit(3, 7)
    monkeypatch.setattr("time.time", lambda now=__import__("time").time(): now + MAX_AGE_S + 5)
    assert not permits_reveal(permit, 3, 7)
