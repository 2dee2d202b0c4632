"""Constraints are learned once, worded in versions, retired and restored."""

import pytest

from tests.factories import make_item, make_user
from webapp.accounts.models import User
from webapp.accounts.roles import Role
from webapp.core.errors import BadInput, Conflict, NotAllowed, NotAMove
from webapp.core.models import Event
from webapp.generation.actions.constraints import (
    Taught,
    learn_constraints,
    restore_constraint,
    retire_constraint,
    revise_constraint,
    write_constraint,
)
from webapp.generation.made import Learned
from webapp.generation.models import Constraint, Lesson
from webapp.items.mcq import Dimension

pytestmark = pytest.mark.django_db

TEXT = "Let every option share one finding with two others."


def leak(text: str = TEXT, *, kind: str = "similarity") -> Taught:
    return Taught(make_item().current, Learned(kind, text, "centroid", "It is most like the rest."))


def test_a_leak_teaches_a_constraint_of_its_dimension(cleo: User) -> None:
    taught = leak()
    learn_constraints([taught], by=cleo)
    made = Constraint.objects.get()
    assert (made.dimension, made.kind, made.origin) == (
        taught.revision.item.dimension,
        "similarity",
        "learned",
    )
    assert made.current.text == TEXT
    assert Lesson.objects.get().revision == taught.revision
    assert Event.objects.filter(verb="learn_constraint").count() == 1


@pytest.mark.parametrize(
    ("again", "constraints"),
    [(TEXT, 1), (TEXT.upper() + "!", 1), ("Keep all options equally long.", 2)],
)
def test_the_same_is_learned_once(cleo: User, again: str, constraints: int) -> None:
    learn_constraints([leak()], by=cleo)
    learn_constraints([leak(again), leak(again)], by=cleo)
    assert Constraint.objects.count() == constraints
    assert Lesson.objects.count() == 3


def test_another_kind_is_another_constraint(cleo: User) -> None:
    learn_constraints([leak(), leak(kind="length")], by=cleo)
    assert Constraint.objects.count() == 2


def test_a_retired_one_stays_retired_when_it_is_taught_again(cleo: User) -> None:
    learn_constraints([leak()], by=cleo)
    retire_constraint(Constraint.objects.get(), by=cleo)
    learn_constraints([leak()], by=cleo)
    assert Constraint.objects.get().state == "retired"
    assert Lesson.objects.count() == 2


def test_an_edit_is_a_new_version(cleo: User) -> None:
    made = write_constraint(dimension=Dimension.B, kind="length", text=TEXT, by=cleo)
    revise_constraint(made, text="  Write options of\none length. ", parent_number=1, by=cleo)
    assert [version.text for version in made.versions.all()] == [
        TEXT,
        "Write options of one length.",
    ]
    with pytest.raises(Conflict, match="at version 2 and you edited version 1"):
        revise_constraint(made, text="Other.", parent_number=1, by=cleo)
    with pytest.raises(BadInput, match="Nothing was changed"):
        revise_constraint(made, text="Write options of one length.", parent_number=2, by=cleo)


@pytest.mark.parametrize(
    ("text", "fault"), [(" ", "is empty"), ("x" * 301, "has 301 characters"), ("a\x00", "control")]
)
def test_an_unusable_text_is_refused(cleo: User, text: str, fault: str) -> None:
    with pytest.raises(BadInput, match=fault):
        write_constraint(dimension=Dimension.A, kind="other", text=text, by=cleo)
    assert not Constraint.objects.exists()


def test_what_is_said_already_is_not_written_again(cleo: User) -> None:
    write_constraint(dimension=Dimension.A, kind="other", text=TEXT, by=cleo)
    with pytest.raises(BadInput, match="says the same already"):
        write_constraint(dimension=Dimension.A, kind="other", text=TEXT.lower(), by=cleo)


def test_retire_and_restore(cleo: User) -> None:
    made = write_constraint(dimension=Dimension.A, kind="other", text=TEXT, by=cleo)
    retire_constraint(made, by=cleo)
    with pytest.raises(NotAMove):
        retire_constraint(made, by=cleo)
    restore_constraint(made, by=cleo)
    assert Constraint.objects.get().state == "active"


def test_pathologists_may_not() -> None:
    with pytest.raises(NotAllowed):
        write_constraint(
            dimension=Dimension.A, kind="other", text=TEXT, by=make_user(Role.PATHOLOGIST)
        )
