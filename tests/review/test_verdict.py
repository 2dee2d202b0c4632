import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import make_mcq
from tests.review.conftest import expire, fresh, state_of
from webapp.accounts.models import User
from webapp.core.errors import BadInput, Conflict, NotAllowed
from webapp.core.models import Event, Move
from webapp.items.actions import revise_item
from webapp.items.states import ItemState
from webapp.review.actions import give_verdict
from webapp.review.models import Assignment, Verdict
from webapp.review.reasons import Reason
from webapp.review.states import AssignmentState

pytestmark = pytest.mark.django_db


def verdict_url(assignment: Assignment) -> str:
    return reverse("review:verdict", args=(assignment.pk,))


@pytest.mark.parametrize(
    ("decision", "reasons", "state"),
    [
        ("approve", [], ItemState.APPROVED),
        ("revise", ["wrong_scale"], ItemState.NEEDS_REVISION),
        ("reject", ["bad_image", "wrong_key"], ItemState.REJECTED),
    ],
)
def test_the_item_follows(
    decision: str, reasons: list[str], state: ItemState, answered: Assignment, ada: User
) -> None:
    verdict = give_verdict(answered, decision, reasons=reasons, duration_s=2.0, by=ada)
    assert state_of(answered.item) == state
    assert fresh(answered).state == AssignmentState.DECIDED
    assert sorted(verdict.reasons) == sorted(reasons)


def test_it_is_logged_with_the_item(answered: Assignment, ada: User) -> None:
    give_verdict(answered, "reject", reasons=["duplicate"], comment="Twin.", duration_s=2, by=ada)
    event = Event.objects.get(verb="give_verdict")
    assert event.object_id == str(answered.item_id)
    assert event.after is not None
    assert (event.after["decision"], event.after["comment"]) == ("reject", "Twin.")
    move = Move.objects.get(object_type="items.item", to_state="rejected")
    assert move.reason == "duplicate"


def test_reasons_are_kept_once_and_in_order(answered: Assignment, ada: User) -> None:
    codes = ["duplicate", "wrong_key", "duplicate"]
    verdict = give_verdict(answered, "reject", reasons=codes, duration_s=1.0, by=ada)
    assert verdict.reasons == ["wrong_key", "duplicate"]


def test_it_needs_a_blind_answer_first(leased: Assignment, ada: User) -> None:
    with pytest.raises(Conflict, match="Answer the question blind"):
        give_verdict(leased, "approve", duration_s=1.0, by=ada)


@pytest.mark.parametrize(
    ("decision", "reasons", "comment", "message"),
    [
        ("maybe", [], "", "approve, revise or reject"),
        ("revise", [], "", "at least one reason"),
        ("reject", [], "", "at least one reason"),
        ("reject", ["no_such"], "", "no reason 'no_such'"),
        ("reject", ["other"], "  ", "needs a comment"),
        ("approve", ["wrong_key"], "", "takes no reasons"),
        ("approve", [], "x" * 2_001, "2,001 characters"),
        ("approve", [], "a\x00b", "control character"),
        ("approve", [], "a\u202eb", "control character"),
    ],
)
def test_what_cannot_be_used_is_refused(
    decision: str, reasons: list[str], comment: str, message: str, answered: Assignment, ada: User
) -> None:
    with pytest.raises(BadInput, match=message):
        give_verdict(answered, decision, reasons=reasons, comment=comment, duration_s=1.0, by=ada)
    assert not Verdict.objects.exists()


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_of_the_table_can_be_given(
    reason: Reason, answered: Assignment, ada: User
) -> None:
    give_verdict(answered, "revise", reasons=[reason], comment="Why.", duration_s=1.0, by=ada)
    assert state_of(answered.item) == ItemState.NEEDS_REVISION


def test_the_same_verdict_twice_is_one(answered: Assignment, ada: User) -> None:
    first = give_verdict(answered, "reject", reasons=["bad_image"], duration_s=1.0, by=ada)
    again = give_verdict(answered, "reject", reasons=["bad_image"], duration_s=9.0, by=ada)
    assert again == first
    assert Event.objects.filter(verb="give_verdict").count() == 1


def test_another_verdict_is_refused(answered: Assignment, ada: User) -> None:
    give_verdict(answered, "approve", duration_s=1.0, by=ada)
    with pytest.raises(Conflict, match="already given"):
        give_verdict(answered, "reject", reasons=["bad_image"], duration_s=1.0, by=ada)
    assert state_of(answered.item) == ItemState.APPROVED


def test_after_the_lease_it_is_refused(answered: Assignment, ada: User) -> None:
    expire(answered)
    with pytest.raises(Conflict, match="has ended"):
        give_verdict(answered, "approve", duration_s=1.0, by=ada)
    assert state_of(answered.item) == ItemState.IN_REVIEW


def test_an_old_revision_is_refused(answered: Assignment, ada: User, curator: User) -> None:
    revise_item(answered.item, make_mcq(seed=9, stem="Which one?"), parent_number=1, by=curator)
    with pytest.raises(Conflict, match="newer revision"):
        give_verdict(answered, "approve", duration_s=1.0, by=ada)


def test_anothers_turn_is_refused(answered: Assignment, ben: User) -> None:
    with pytest.raises(NotAllowed):
        give_verdict(answered, "approve", duration_s=1.0, by=ben)


def test_it_needs_the_permission(answered: Assignment, curator: User) -> None:
    with pytest.raises(NotAllowed):
        give_verdict(answered, "approve", duration_s=1.0, by=curator)


def test_a_plain_form_goes_on_to_the_next(client: Client, answered: Assignment, ada: User) -> None:
    client.force_login(ada)
    response = client.post(verdict_url(answered), {"decision": "approve"})
    assert (response.status_code, response["Location"]) == (302, reverse("review:queue"))
    assert state_of(answered.item) == ItemState.APPROVED


def test_a_script_gets_an_empty_answer(client: Client, answered: Assignment, ada: User) -> None:
    client.force_login(ada)
    sent = {"decision": "reject", "reasons": ["bad_image", "duplicate"], "comment": "a\r\nb"}
    response = client.post(verdict_url(answered), sent, headers={"hx-request": "true"})
    assert response.status_code == 204
    verdict = Verdict.objects.get()
    assert (verdict.reasons, verdict.comment) == (["bad_image", "duplicate"], "a\nb")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({}, 422),
        ({"decision": "maybe"}, 422),
        ({"decision": "x" * 5_000}, 422),
        ({"decision": "revise"}, 422),
        ({"decision": "revise", "reasons": "<script>"}, 422),
        ({"decision": "reject", "reasons": "other"}, 422),
        ({"decision": "approve", "comment": "x" * 3_000}, 422),
        ({"decision": "approve", "comment": "a\x00b"}, 422),
        ({"decision": "approve", "comment": "a\x07b"}, 422),
        ({"decision": "approve", "duration_s": "-3"}, 422),
    ],
)
def test_bad_input_is_a_4xx(
    sent: dict[str, str], status: int, client: Client, answered: Assignment, ada: User
) -> None:
    client.force_login(ada)
    response = client.post(verdict_url(answered), sent)
    assert response.status_code == status
    assert "<script>" not in response.content.decode().split("<main")[-1]
    assert not Verdict.objects.exists()


def test_a_comment_is_shown_escaped(client: Client, answered: Assignment, ada: User) -> None:
    comment = "<img src=x onerror=alert(1)>"
    give_verdict(answered, "approve", comment=comment, duration_s=1.0, by=ada)
    client.force_login(ada)
    for url in (reverse("review:history"), reverse("review:show", args=(answered.pk,))):
        page = client.get(url).content.decode()
        assert "&lt;img src=x" in page
        assert comment not in page
