"""Patients who share texts stay in one block, whichever batch asks next."""

import pytest

from tests.generation.conftest import Launch
from webapp.generation.models import Slot
from webapp.generation.queries import tied_patients
from webapp.slides.models import Triplet

pytestmark = pytest.mark.django_db


def test_without_twins_nobody_is_tied(triplets: list[Triplet], launch: Launch) -> None:
    Slot.objects.create(batch=launch(), number=1, triplet=triplets[0], dimension="A", plan={})
    assert tied_patients() == []


def test_the_patients_of_each_text_are_tied(triplets: list[Triplet], launch: Launch) -> None:
    p0, p4, p8, p12 = (triplets[at].slide.patient.key for at in (0, 4, 8, 12))
    for group, asked in {"a": (0, 4), "b": (5, 1), "c": (8, 4, 0, 12)}.items():
        batch = launch()
        for number, at in enumerate(asked):
            Slot.objects.create(
                batch=batch,
                number=number,
                triplet=triplets[at],
                dimension="A",
                twin_group=group,
                plan={},
            )
    assert set(tied_patients()) == {frozenset((p0, p4)), frozenset((p0, p4, p8, p12))}
    assert len(tied_patients()) == 2
