import pytest
from django.core.management import CommandError

from tests.commands import run, run_json
from tests.factories import make_item
from webapp.accounts.models import User
from webapp.core.models import Event
from webapp.generation.actions.constraints import Taught, learn_constraints
from webapp.generation.made import Learned
from webapp.generation.models import Constraint

pytestmark = pytest.mark.django_db

TEXT = "Keep all four options within two words of the same length."


def test_a_constraint_is_written_revised_retired_and_restored(cleo: User) -> None:
    run("write_constraint", "B", "length", TEXT, "--as", "cleo")
    made = Constraint.objects.get()
    assert (made.dimension, made.kind, made.current.text) == ("B", "length", TEXT)
    assert "is at version 2" in run("revise_constraint", made.pk, "Write equally long options.")
    run("retire_constraint", made.pk)
    (row,) = run_json("list_constraints", "--state", "retired")
    assert (row["version"], row["text"]) == (2, "Write equally long options.")
    run("restore_constraint", made.pk)
    assert run_json("list_constraints", "--state", "retired") == []
    verbs = Event.objects.order_by("id").values_list("verb", "actor_name")
    assert list(verbs) == [
        ("write_constraint", "cleo"),
        ("revise_constraint", "system"),
        ("retire_constraint", "system"),
        ("restore_constraint", "system"),
    ]


def test_a_version_that_is_not_the_newest_is_not_revised() -> None:
    run("write_constraint", "B", "length", TEXT)
    made = Constraint.objects.get()
    run("revise_constraint", made.pk, "Write equally long options.")
    with pytest.raises(CommandError, match="is at version 2 and you edited version 1"):
        run("revise_constraint", made.pk, "Write short options.", "--parent", 1)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("write_constraint", "B", "length", " "), "is empty"),
        (("write_constraint", "B", "length", "x" * 301), "shorten it"),
        (("write_constraint", "F", "length", TEXT), "invalid choice: 'F'"),
        (("write_constraint", "B", "colour", TEXT), "invalid choice: 'colour'"),
        (("revise_constraint", 999, TEXT), "no constraint 999"),
        (("retire_constraint", 999), "no constraint 999"),
        (("restore_constraint", 999), "no constraint 999"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(words: tuple[object, ...], told: str) -> None:
    with pytest.raises(CommandError, match=told):
        run(*words)  # type: ignore[arg-type]
    assert not Constraint.objects.exists()


def test_constraints_are_listed_with_the_leaks_that_taught_them(cleo: User) -> None:
    for _ in range(2):
        lesson = Learned("length", TEXT, "longest", "The key is longest.")
        learn_constraints([Taught(make_item(dimension="C").current, lesson)], by=cleo)
    run("write_constraint", "A", "other", "Ask about what is seen.")
    (row,) = run_json("list_constraints", "--origin", "learned", "--dimension", "C")
    assert (row["kind"], row["lessons"], row["text"]) == ("length", 2, TEXT)
    told = run("list_constraints")
    assert TEXT in told
    assert "Ask about what is seen." in told


def test_a_list_needs_a_fixed_number_of_queries(django_assert_max_num_queries: object) -> None:
    for text in ("Write plainly.", "Avoid negation.", "Name one organ.", "Ask about the stroma."):
        run("write_constraint", "A", "other", text)
    assert callable(django_assert_max_num_queries)
    with django_assert_max_num_queries(3):
        run("list_constraints", "--json")
