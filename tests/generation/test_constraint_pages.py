"""The constraint library: list, page, writing, editing, retiring."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.factories import make_item, make_user
from tests.generation.made_calls import make_call
from webapp.accounts.models import User
from webapp.accounts.roles import Role
from webapp.generation.actions.constraints import (
    Taught,
    learn_constraints,
    revise_constraint,
    write_constraint,
)
from webapp.generation.made import Learned
from webapp.generation.models import Batch, Constraint
from webapp.generation.states import ConstraintState
from webapp.items.mcq import Dimension

pytestmark = pytest.mark.django_db

LENGTH = "Keep the four options equally long."
ECHO = "Let the stem repeat no word of an option."
LIBRARY = "/batches/constraints/"


@pytest.fixture
def curator(client: Client, cleo: User) -> Client:
    client.force_login(cleo)
    return client


@pytest.fixture
def constraint(cleo: User) -> Constraint:
    """Learned from one item of dimension B."""
    item = make_item(dimension="B", stem="Which finding gave it away?")
    lesson = Learned("length", LENGTH, "gemini", "It is by far the longest.", make_call().pk)
    learn_constraints([Taught(item.current, lesson)], by=cleo)
    return Constraint.objects.get()


def text_of(client: Client, address: str, **query: str) -> str:
    answer = client.get(address, query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_library_is_narrowed(curator: Client, cleo: User, constraint: Constraint) -> None:
    write_constraint(dimension=Dimension.E, kind="stem_echo", text=ECHO, by=cleo)
    for query in (
        {"dimension": "B"},
        {"kind": "length"},
        {"origin": "learned"},
        {"q": "EQUALLY"},
    ):
        text = text_of(curator, LIBRARY, **query)
        assert LENGTH in text
        assert ECHO not in text
    assert "No constraint here" in text_of(curator, LIBRARY, state="retired")


@pytest.mark.parametrize("name", ["dimension", "kind", "origin", "state", "q", "page"])
@pytest.mark.parametrize("value", ["nonsense", "9" * 40, "<b>", "🙂"])
def test_odd_filters_never_fail(
    curator: Client, constraint: Constraint, name: str, value: str
) -> None:
    text_of(curator, LIBRARY, **{name: value})


def test_an_empty_library_says_what_it_is_for(curator: Client) -> None:
    assert "No constraints yet" in text_of(curator, LIBRARY)


def test_lessons_and_batches_are_counted(
    curator: Client, cleo: User, constraint: Constraint
) -> None:
    first = constraint.current
    second = revise_constraint(constraint, text=LENGTH[:-1], parent_number=1, by=cleo)
    for ids in ([first.pk], [first.pk, second.pk], []):
        Batch.objects.create(name="Told", config={"constraints": ids}, seed=1, created_by=cleo)
    ((row, _kind, uses),) = curator.get(LIBRARY).context["rows"]
    assert (row.lesson_count, uses) == (1, 2)
    assert text_of(curator, f"{LIBRARY}{constraint.pk}/").count(">Told</a>") == 2


def test_the_library_costs_the_same_for_any_number(curator: Client, cleo: User) -> None:
    def cost(words: list[str]) -> int:
        for word in words:
            text = f"{word} {word} {word}."
            write_constraint(dimension=Dimension.A, kind="length", text=text, by=cleo)
        with CaptureQueriesContext(connection) as captured:
            text_of(curator, LIBRARY)
        return len(captured)

    few = cost(["one", "two"])
    assert cost([f"word{number}" for number in range(20)]) == few <= 14


def test_a_page_shows_versions_and_leaks(
    curator: Client, cleo: User, constraint: Constraint
) -> None:
    text = LENGTH.replace("four", "several")
    revise_constraint(constraint, text=text, parent_number=1, by=cleo)
    lesson = constraint.lessons.get()
    page = text_of(curator, f"{LIBRARY}{constraint.pk}/")
    assert "<del>four</del><ins>several</ins>" in page
    assert "It is by far the longest." in page
    assert "Which finding gave it away?" in page
    assert f"/items/{lesson.revision.item_id}/#version-1" in page
    assert f"/batches/calls/{lesson.call_id}/" in page


def test_who_reviews_too_sees_no_leak_that_is_not_decided(
    client: Client, constraint: Constraint
) -> None:
    both = make_user(Role.PATHOLOGIST)
    both.groups.add(*make_user(Role.CURATOR).groups.all())
    client.force_login(both)
    assert "by far the longest" not in text_of(client, f"{LIBRARY}{constraint.pk}/")


def test_an_edit_makes_a_version(curator: Client, constraint: Constraint) -> None:
    sent = {"parent": "1", "text": "Keep all options alike."}
    assert curator.post(f"{LIBRARY}{constraint.pk}/", sent).status_code == 302
    assert [version.number for version in constraint.versions.all()] == [1, 2]


@pytest.mark.parametrize("text", ["", "   ", "x" * 301, LENGTH, "a\0b"])
def test_an_edit_that_cannot_be_kept_comes_back(
    curator: Client, constraint: Constraint, text: str
) -> None:
    answer = curator.post(f"{LIBRARY}{constraint.pk}/", {"parent": "1", "text": text})
    assert answer.status_code == 422
    assert constraint.versions.count() == 1


def test_of_two_edits_the_second_is_told_and_keeps_what_was_typed(
    curator: Client, cleo: User, constraint: Constraint
) -> None:
    revise_constraint(constraint, text="Somebody was faster.", parent_number=1, by=cleo)
    sent = {"parent": "1", "text": "I typed this."}
    answer = curator.post(f"{LIBRARY}{constraint.pk}/", sent)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "you edited version 1" in page
    assert "I typed this." in page
    assert "Somebody was faster." in page
    assert constraint.versions.count() == 2


def test_it_is_retired_and_restored(curator: Client, constraint: Constraint) -> None:
    for verb, state in (("retire", ConstraintState.RETIRED), ("restore", ConstraintState.ACTIVE)):
        assert curator.post(f"{LIBRARY}{constraint.pk}/{verb}/").status_code == 302
        constraint.refresh_from_db()
        assert constraint.state == state


def test_one_is_written(curator: Client) -> None:
    sent = {"dimension": "C", "kind": "specificity", "text": "Claim as much in each option."}
    answer = curator.post(f"{LIBRARY}write/", sent)
    made = Constraint.objects.get()
    assert answer["Location"] == f"{LIBRARY}{made.pk}/"
    assert (made.dimension, made.kind, made.origin) == ("C", "specificity", "written")
    again = curator.post(f"{LIBRARY}write/", sent)
    assert again.status_code == 422
    assert f"Constraint {made.pk} says the same already" in again.content.decode()


@pytest.mark.parametrize("wrong", [{"dimension": "F"}, {"kind": "x"}, {"text": ""}])
def test_what_cannot_be_written_comes_back(curator: Client, wrong: dict[str, str]) -> None:
    sent = {"dimension": "C", "kind": "specificity", "text": "Claim as much.", **wrong}
    assert curator.post(f"{LIBRARY}write/", sent).status_code == 422
    assert not Constraint.objects.exists()


def test_what_is_not_there_is_a_404(curator: Client) -> None:
    assert curator.get(f"{LIBRARY}999999/").status_code == 404
    assert curator.post(f"{LIBRARY}999999/retire/").status_code == 404


def test_a_pathologist_is_refused(client: Client, constraint: Constraint) -> None:
    client.force_login(make_user(Role.PATHOLOGIST))
    for address in (LIBRARY, f"{LIBRARY}{constraint.pk}/", f"{LIBRARY}write/"):
        assert client.get(address).status_code == 403
