import pytest
from django.db import Error, transaction
from django.test import Client
from django.urls import reverse

from tests.factories import make_mcq
from tests.review.conftest import expire, fresh, wrong_option
from webapp.accounts.models import User
from webapp.core.errors import BadInput, Conflict, NotAllowed
from webapp.core.models import Event
from webapp.items.actions import revise_item
from webapp.review.actions import answer_blind
from webapp.review.models import Assignment, BlindAnswer
from webapp.review.states import AssignmentState

pytestmark = pytest.mark.django_db


def answer_url(assignment: Assignment) -> str:
    return reverse("review:answer", args=(assignment.pk,))


def test_it_stores_the_choice_and_moves_on(leased: Assignment, ada: User) -> None:
    option = wrong_option(leased)
    answer = answer_blind(leased, option, duration_s=4.5, by=ada)
    assert (answer.option, answer.duration_s) == (option, 4.5)
    assert fresh(leased).state == AssignmentState.ANSWERED
    assert Event.objects.get(verb="answer_blind").object_id == str(leased.pk)


def test_the_server_measures_when_the_browser_does_not(leased: Assignment, ada: User) -> None:
    assert answer_blind(leased, leased.option_order[0], duration_s=None, by=ada).duration_s >= 0


def test_it_renews_the_lease(leased: Assignment, ada: User) -> None:
    answer_blind(leased, leased.option_order[0], duration_s=1.0, by=ada)
    assert fresh(leased).lease_until > leased.lease_until


def test_the_database_refuses_a_change(answered: Assignment) -> None:
    with pytest.raises(Error), transaction.atomic():
        BlindAnswer.objects.update(option="other")


def test_the_same_answer_twice_is_one(leased: Assignment, ada: User) -> None:
    first = answer_blind(leased, leased.option_order[0], duration_s=1.0, by=ada)
    assert answer_blind(leased, leased.option_order[0], duration_s=2.0, by=ada) == first
    assert Event.objects.filter(verb="answer_blind").count() == 1


def test_another_answer_is_refused(answered: Assignment, ada: User) -> None:
    with pytest.raises(Conflict, match="cannot be changed"):
        answer_blind(answered, wrong_option(answered), duration_s=1.0, by=ada)


def test_an_option_of_another_question_is_refused(leased: Assignment, ada: User) -> None:
    with pytest.raises(BadInput, match="none of this question's options"):
        answer_blind(leased, "zzzzzz", duration_s=1.0, by=ada)


@pytest.mark.parametrize("duration_s", [-1.0, float("inf"), float("nan"), 1e9])
def test_an_impossible_duration_is_refused(
    duration_s: float, leased: Assignment, ada: User
) -> None:
    with pytest.raises(BadInput, match="duration"):
        answer_blind(leased, leased.option_order[0], duration_s=duration_s, by=ada)


def test_after_the_lease_it_is_refused(leased: Assignment, ada: User) -> None:
    expire(leased)
    with pytest.raises(Conflict, match="has ended"):
        answer_blind(leased, leased.option_order[0], duration_s=1.0, by=ada)


def test_an_old_revision_is_refused(leased: Assignment, ada: User, curator: User) -> None:
    revise_item(leased.item, make_mcq(seed=9, stem="Which one?"), parent_number=1, by=curator)
    with pytest.raises(Conflict, match="newer revision"):
        answer_blind(leased, leased.option_order[0], duration_s=1.0, by=ada)


def test_anothers_turn_is_refused(leased: Assignment, ben: User) -> None:
    with pytest.raises(NotAllowed, match="another person's"):
        answer_blind(leased, leased.option_order[0], duration_s=1.0, by=ben)


def test_it_needs_the_permission(leased: Assignment, curator: User) -> None:
    with pytest.raises(NotAllowed):
        answer_blind(leased, leased.option_order[0], duration_s=1.0, by=curator)


def test_a_plain_form_leads_to_the_reveal(client: Client, leased: Assignment, ada: User) -> None:
    client.force_login(ada)
    sent = {"option": leased.revision.key, "duration_s": "2.5"}
    response = client.post(answer_url(leased), sent, follow=True)
    assert response.redirect_chain[-1][0] == reverse("review:show", args=(leased.pk,))
    assert "Your blind answer matches the key" in response.content.decode()


def test_a_script_gets_the_reveal_as_a_part(client: Client, leased: Assignment, ada: User) -> None:
    client.force_login(ada)
    response = client.post(
        answer_url(leased), {"option": wrong_option(leased)}, headers={"hx-request": "true"}
    )
    page = response.content.decode()
    assert page.lstrip().startswith('<section id="cockpit"')
    assert "Your blind answer differs from the key" in page
    assert "{{option:" not in page


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({}, 422),
        ({"option": ""}, 422),
        ({"option": "zzzzzz"}, 422),
        ({"option": "x" * 100_000}, 422),
        ({"option": "a\x00b"}, 422),
        ({"option": "<b>"}, 422),
        ({"option": "zzzzzz", "duration_s": "soon"}, 422),
        ({"option": "zzzzzz", "duration_s": "nan"}, 422),
    ],
)
def test_bad_input_is_a_4xx(
    sent: dict[str, str], status: int, client: Client, leased: Assignment, ada: User
) -> None:
    client.force_login(ada)
    response = client.post(answer_url(leased), sent)
    assert response.status_code == status
    assert not BlindAnswer.objects.exists()


def test_anothers_turn_does_not_exist(client: Client, leased: Assignment, ben: User) -> None:
    client.force_login(ben)
    response = client.post(answer_url(leased), {"option": leased.option_order[0]})
    assert response.status_code == 404
