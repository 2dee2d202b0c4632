from typing import Any

import pytest

from tests.api.conftest import Ask, Send
from tests.factories import make_item
from webapp.accounts.queries import system_user
from webapp.accounts.roles import Role
from webapp.generation.actions.constraints import Taught, learn_constraints
from webapp.generation.made import Learned
from webapp.generation.models import Constraint

pytestmark = pytest.mark.django_db

TEXT = "Keep all four options within two words of the same length."
WRITTEN = {"dimension": "B", "kind": "length", "text": TEXT}


@pytest.fixture
def learned() -> Constraint:
    lesson = Learned("length", TEXT, "longest", "The key is longest.")
    learn_constraints([Taught(make_item(dimension="C").current, lesson)], by=system_user())
    return Constraint.objects.get()


def test_a_constraint_is_written_revised_retired_and_restored(ask: Ask, send: Send) -> None:
    status, made = send("constraints", WRITTEN)
    assert (status, made["text"], made["state"]) == (201, TEXT, "active")
    own = f"constraints/{made['id']}"
    status, body = send(f"{own}/versions", {"text": "Write equal lengths.", "parent": 1})
    assert (status, [one["number"] for one in body["versions"]]) == (201, [1, 2])
    assert send(f"{own}/versions", {"text": "Write short ones.", "parent": 1})[0] == 409
    assert send(f"{own}/retire")[1]["state"] == "retired"
    assert send(f"{own}/retire")[0] == 409
    assert [one["id"] for one in ask("constraints", state="retired")[1]["results"]] == [made["id"]]
    assert send(f"{own}/restore")[1]["state"] == "active"
    assert ask("constraints", state="retired")[1]["results"] == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"dimension": "F"}, "dimension: Input should be"),
        ({"kind": "colour"}, "kind: Input should be"),
        ({"text": ""}, "is empty"),
        ({"text": "x" * 301}, "shorten it"),
        ({"text": "a\x00"}, "control character"),
        ({"origin": "learned"}, "origin: Extra inputs"),
    ],
)
def test_a_bad_constraint_is_refused_in_a_sentence(
    send: Send, change: dict[str, str], told: str
) -> None:
    status, body = send("constraints", {**WRITTEN, **change})
    assert status == 422
    assert told in body["message"]
    assert not Constraint.objects.exists()


def test_a_constraint_tells_which_leak_taught_it(ask: Ask, learned: Constraint) -> None:
    status, body = ask(f"constraints/{learned.pk}")
    assert status == 200
    assert (body["lessons"], body["origin"]) == (1, "learned")
    (lesson,) = body["taught_by"]
    assert (lesson["adversary"], lesson["analysis"]) == ("longest", "The key is longest.")


def test_a_list_is_filtered_in_a_fixed_number_of_queries(
    ask: Ask, send: Send, learned: Constraint, django_assert_max_num_queries: Any
) -> None:
    for kind in ("length", "other", "polarity"):
        send("constraints", {**WRITTEN, "kind": kind})
    with django_assert_max_num_queries(7):
        assert ask("constraints")[1]["count"] == 4
    assert [one["id"] for one in ask("constraints", origin="learned")[1]["results"]] == [learned.pk]
    assert ask("constraints", dimension="B", kind="other")[1]["count"] == 1


def test_reviewers_neither_read_nor_write(ask: Ask, send: Send, learned: Constraint) -> None:
    own = f"constraints/{learned.pk}"
    assert ask(own, Role.PATHOLOGIST)[0] == 403
    for path, body in (
        ("constraints", WRITTEN),
        (f"{own}/versions", {"text": "Other.", "parent": 1}),
        (f"{own}/retire", None),
        (f"{own}/restore", None),
    ):
        assert send(path, body, role=Role.PATHOLOGIST)[0] == 403
