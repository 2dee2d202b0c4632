import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import make_mcq, make_user
from tests.review.conftest import MakeReady, fresh, state_of
from webapp.accounts.models import User
from webapp.accounts.roles import Role
from webapp.core.errors import Conflict, NotAllowed
from webapp.core.models import Event
from webapp.items.actions import revise_item
from webapp.items.states import ItemState
from webapp.releases.actions import freeze_release
from webapp.review.actions import MAX_LEASES, give_verdict, lease_next, undo_verdict
from webapp.review.models import Assignment, BlindAnswer, Verdict
from webapp.review.queries import live_leases
from webapp.review.states import AssignmentState

pytestmark = pytest.mark.django_db


@pytest.fixture
def decided(answered: Assignment, ada: User) -> Assignment:
    give_verdict(answered, "reject", reasons=["bad_image"], duration_s=1.0, by=ada)
    return fresh(answered)


def test_it_opens_the_question_again(decided: Assignment, ada: User) -> None:
    undo_verdict(decided, by=ada)
    assert fresh(decided).state == AssignmentState.ANSWERED
    assert state_of(decided.item) == ItemState.IN_REVIEW


def test_the_blind_answer_and_the_verdict_stay_on_record(decided: Assignment, ada: User) -> None:
    undo_verdict(decided, by=ada)
    assert BlindAnswer.objects.filter(assignment=decided).exists()
    assert Verdict.objects.get(assignment=decided).withdrawn_at is not None
    event = Event.objects.get(verb="undo_verdict")
    assert event.before is not None
    assert event.before["decision"] == "reject"


def test_another_verdict_can_follow(decided: Assignment, ada: User) -> None:
    undo_verdict(decided, by=ada)
    give_verdict(fresh(decided), "approve", duration_s=1.0, by=ada)
    assert state_of(decided.item) == ItemState.APPROVED


def test_what_was_fetched_ahead_makes_room(
    decided: Assignment, ready: MakeReady, ada: User
) -> None:
    ready(), ready()
    at_hand = lease_next(by=ada)
    assert at_hand is not None
    ahead = lease_next(by=ada, after=at_hand.pk)
    assert ahead is not None
    undo_verdict(decided, by=ada)
    assert set(live_leases(ada)) == {decided, at_hand}
    assert live_leases(ada).count() == MAX_LEASES
    assert state_of(ahead.item) == ItemState.READY


def test_without_a_verdict_it_is_refused(answered: Assignment, ada: User) -> None:
    with pytest.raises(Conflict, match="no verdict of yours"):
        undo_verdict(answered, by=ada)


def test_twice_is_refused(decided: Assignment, ada: User) -> None:
    undo_verdict(decided, by=ada)
    with pytest.raises(Conflict, match="no verdict of yours"):
        undo_verdict(fresh(decided), by=ada)


def test_an_item_that_moved_on_stays(decided: Assignment, ada: User, curator: User) -> None:
    revise_item(decided.item, make_mcq(seed=9, stem="Which one?"), parent_number=1, by=curator)
    with pytest.raises(Conflict, match="moved on"):
        undo_verdict(decided, by=ada)
    assert fresh(decided).state == AssignmentState.DECIDED


def test_a_verdict_that_a_release_rests_on_stays(
    client: Client, answered: Assignment, ada: User
) -> None:
    give_verdict(answered, "approve", duration_s=1.0, by=ada)
    freeze_release("First", seed=1, by=make_user(Role.ADMIN))
    with pytest.raises(Conflict, match="released on your verdict"):
        undo_verdict(answered, by=ada)
    assert state_of(answered.item) == ItemState.APPROVED
    assert fresh(answered).state == AssignmentState.DECIDED
    client.force_login(ada)
    for url in (reverse("review:history"), reverse("review:show", args=(answered.pk,))):
        page = client.get(url).content.decode()
        assert "released" in page
        assert "Undo</button>" not in page
        assert "Undo this verdict" not in page


def test_anothers_verdict_stays(decided: Assignment, ben: User) -> None:
    with pytest.raises(NotAllowed):
        undo_verdict(decided, by=ben)


def test_a_script_gets_the_reopened_question(
    client: Client, decided: Assignment, ada: User
) -> None:
    client.force_login(ada)
    url = reverse("review:undo", args=(decided.pk,))
    response = client.post(url, headers={"hx-request": "true"})
    assert response.status_code == 200
    assert response.content.decode().lstrip().startswith('<section id="cockpit"')
    assert client.post(url).status_code == 409
