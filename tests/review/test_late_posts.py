"""What a browser is told that posts a review twice, too late, or for what is not its own: a 4xx
with a sentence, and nothing is written.
"""

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import make_mcq
from tests.review.conftest import expire, state_of
from webapp.accounts.models import User
from webapp.core.models import Event
from webapp.items.actions import revise_item
from webapp.items.states import ItemState
from webapp.review.models import Assignment, BlindAnswer, Verdict

pytestmark = pytest.mark.django_db

READERS = pytest.mark.parametrize(
    "headers",
    [{}, {"hx-request": "true"}, {"accept": "application/json"}],
    ids=["page", "part", "json"],
)


def post(client: Client, verb: str, turn: Assignment, headers: dict[str, str]) -> tuple[int, str]:
    """The status and text of posting a good answer or verdict."""
    sent = {"answer": {"option": turn.option_order[0]}, "verdict": {"decision": "approve"}}[verb]
    address = reverse(f"review:{verb}", args=(turn.pk,))
    response = client.post(address, sent, headers=headers)
    return response.status_code, response.content.decode()


def written() -> tuple[int, int, int]:
    return BlindAnswer.objects.count(), Verdict.objects.count(), Event.objects.count()


@READERS
@pytest.mark.parametrize("verb", ["answer", "verdict"])
@pytest.mark.parametrize("late", ["lease ended", "newer revision"])
def test_a_late_post_is_a_conflict(
    late: str,
    verb: str,
    headers: dict[str, str],
    request: pytest.FixtureRequest,
    client: Client,
    ada: User,
    curator: User,
) -> None:
    turn: Assignment = request.getfixturevalue("leased" if verb == "answer" else "answered")
    if late == "lease ended":
        expire(turn)
    else:
        newer = make_mcq(seed=9, stem="Which one?")
        revise_item(turn.item, newer, parent_number=1, by=curator)
    client.force_login(ada)
    before = written()
    status, text = post(client, verb, turn, headers)
    assert status == 409
    assert ("has ended" if late == "lease ended" else "newer revision than yours") in text
    assert f"tem {turn.item_id}" in text
    assert written() == before


@READERS
@pytest.mark.parametrize("verb", ["answer", "verdict"])
def test_a_post_for_anothers_turn_finds_nothing(
    verb: str, headers: dict[str, str], client: Client, answered: Assignment, ben: User
) -> None:
    client.force_login(ben)
    before = written()
    status, text = post(client, verb, answered, headers)
    assert status == 404
    assert "You have no such review" in text
    assert written() == before
    assert state_of(answered.item) == ItemState.IN_REVIEW


def test_the_same_post_twice_writes_once(client: Client, answered: Assignment, ada: User) -> None:
    client.force_login(ada)
    headers = {"hx-request": "true"}
    assert post(client, "verdict", answered, headers)[0] == 204
    before = written()
    assert post(client, "verdict", answered, headers)[0] == 204
    assert written() == before


@READERS
def test_another_answer_or_verdict_is_a_conflict(
    headers: dict[str, str], client: Client, answered: Assignment, ada: User
) -> None:
    client.force_login(ada)
    address = reverse("review:answer", args=(answered.pk,))
    others = [one for one in answered.option_order if one != answered.blind_answer.option]
    response = client.post(address, {"option": others[0]}, headers=headers)
    assert response.status_code == 409
    assert "cannot be changed" in response.content.decode()
    post(client, "verdict", answered, {"hx-request": "true"})
    before = written()
    address = reverse("review:verdict", args=(answered.pk,))
    rejection = {"decision": "reject", "reasons": "bad_image"}
    response = client.post(address, rejection, headers=headers)
    assert response.status_code == 409
    assert "already given a verdict" in response.content.decode()
    assert written() == before
