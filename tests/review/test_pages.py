from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.factories import make_mcq, make_slide, make_triplet, make_user
from tests.review.conftest import MakeReady, expire, fresh, wrong_option
from webapp.accounts.models import User
from webapp.items.actions import revise_item
from webapp.items.models import Item
from webapp.items.states import ItemState
from webapp.review.actions import give_verdict, lease_next, release_assignment
from webapp.review.models import Assignment
from webapp.review.states import AssignmentState
from webapp.slides.geometry import Scale

pytestmark = pytest.mark.django_db

POST_ONLY = ("open", "answer", "verdict", "undo", "release")


def url(name: str, *args: object) -> str:
    return reverse(f"review:{name}", args=args)


def page_of(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("verb", POST_ONLY)
def test_writing_rejects_get(verb: str, client: Client, leased: Assignment, ada: User) -> None:
    client.force_login(ada)
    assert client.get(url(verb, leased.pk)).status_code == 405


def test_starting_rejects_get(client: Client, ada: User) -> None:
    client.force_login(ada)
    assert client.get(url("start")).status_code == 405


@pytest.mark.parametrize("name", ["queue", "summary", "history", "next"])
def test_reading_rejects_post(name: str, client: Client, ada: User) -> None:
    client.force_login(ada)
    assert client.post(url(name)).status_code == 405


@pytest.mark.parametrize("verb", ["show", *POST_ONLY])
def test_a_stranger_is_sent_to_the_login_page(
    verb: str, client: Client, leased: Assignment
) -> None:
    ask = client.get if verb == "show" else client.post
    response = ask(url(verb, leased.pk))
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("accounts:login"))


@pytest.mark.parametrize("verb", ["show", *POST_ONLY])
def test_it_needs_the_permission(
    verb: str, client: Client, leased: Assignment, curator: User
) -> None:
    client.force_login(curator)
    ask = client.get if verb == "show" else client.post
    assert ask(url(verb, leased.pk)).status_code == 403


@pytest.mark.parametrize("verb", ["show", *POST_ONLY])
def test_anothers_turn_does_not_exist(
    verb: str, client: Client, leased: Assignment, ben: User
) -> None:
    client.force_login(ben)
    ask = client.get if verb == "show" else client.post
    assert ask(url(verb, leased.pk), {"option": "x", "decision": "approve"}).status_code == 404


def test_starting_leads_to_the_question(client: Client, ready: MakeReady, ada: User) -> None:
    ready()
    client.force_login(ada)
    response = client.post(url("start"))
    assert response["Location"] == url("show", Assignment.objects.get().pk)


def test_with_nothing_waiting_it_says_so(client: Client, ada: User) -> None:
    client.force_login(ada)
    response = client.post(url("start"), follow=True)
    assert "Nothing waits for your review." in response.content.decode()


def test_the_queue_counts_and_lists(
    client: Client, answered: Assignment, ready: MakeReady, ada: User
) -> None:
    give_verdict(answered, "reject", reasons=["bad_image"], duration_s=1.0, by=ada)
    ready(), ready()
    held = lease_next(by=ada)
    assert held is not None
    client.force_login(ada)
    page = page_of(client, url("queue"))
    assert "Continue reviewing" in page
    assert url("show", held.pk) in page
    assert url("undo", answered.pk) in page
    assert "Image unusable" in page


def test_the_history_lists_standing_verdicts(
    client: Client, answered: Assignment, ada: User
) -> None:
    client.force_login(ada)
    assert "No verdicts yet" in page_of(client, url("history"))
    give_verdict(answered, "approve", duration_s=1.0, by=ada)
    assert "matched" in page_of(client, url("history"))


def test_the_summary_is_one_card(client: Client, ready: MakeReady, ada: User) -> None:
    ready()
    client.force_login(ada)
    part = page_of(client, url("summary")).strip()
    assert part.startswith('<section class="card"')
    assert "Start reviewing" in part


def test_the_next_question_comes_as_a_part(client: Client, ready: MakeReady, ada: User) -> None:
    first, second = ready(), ready()
    turn = lease_next(by=ada)
    assert turn is not None
    assert turn.item_id == first.pk
    client.force_login(ada)
    part = page_of(client, url("next") + f"?after={turn.pk}")
    assert part.lstrip().startswith('<section id="cockpit"')
    assert f"Item {second.pk}" in part


def test_no_next_question_is_an_empty_answer(client: Client, leased: Assignment, ada: User) -> None:
    client.force_login(ada)
    assert client.get(url("next") + f"?after={leased.pk}").status_code == 204


@pytest.mark.parametrize("after", ["x", "-1", "0", "9" * 40, "%00"])
def test_a_bad_number_is_a_4xx(after: str, client: Client, ada: User) -> None:
    client.force_login(ada)
    assert client.get(url("next") + f"?after={after}").status_code == 422


def test_opening_answers_with_nothing(client: Client, leased: Assignment, ada: User) -> None:
    client.force_login(ada)
    assert client.post(url("open", leased.pk)).status_code == 204
    assert fresh(leased).shown_at is not None


def test_opening_after_the_lease_is_a_conflict(
    client: Client, leased: Assignment, ada: User
) -> None:
    expire(leased)
    client.force_login(ada)
    response = client.post(url("open", leased.pk), headers={"accept": "application/json"})
    assert response.status_code == 409
    assert "has ended" in response.json()["message"]


def test_later_puts_it_back(client: Client, leased: Assignment, ada: User) -> None:
    client.force_login(ada)
    assert client.post(url("release", leased.pk))["Location"] == url("queue")
    assert fresh(leased).state == AssignmentState.RETURNED


def test_later_after_a_verdict_is_a_conflict(
    client: Client, answered: Assignment, ada: User
) -> None:
    give_verdict(answered, "approve", duration_s=1.0, by=ada)
    client.force_login(ada)
    assert client.post(url("release", answered.pk)).status_code == 409


def test_a_question_without_pictures_says_so(client: Client, leased: Assignment, ada: User) -> None:
    client.force_login(ada)
    page = page_of(client, url("show", leased.pk))
    assert "This question came without pictures" in page
    assert "<img" not in page.split("cockpit-host")[1]


def lease_with_posters(ready: MakeReady, by: User, **fields: object) -> Assignment:
    triplet = make_triplet(make_slide(mpp=0.5), posters=True, **fields)  # type: ignore[arg-type]
    ready(triplet=triplet)
    turn = lease_next(by=by)
    assert turn is not None
    return turn


def test_the_fields_are_nested_and_measured(client: Client, ready: MakeReady, ada: User) -> None:
    turn = lease_with_posters(ready, ada)
    client.force_login(ada)
    page = page_of(client, url("show", turn.pk))
    assert page.count('class="field__view"') == 3
    # The 40x box in the 10x and the 200x box in the 40x, each with its halo.
    assert page.count('class="field__nested"') == 2
    assert page.count('class="field__bar"') == 3
    assert "µm/px ≈" in page
    assert "as published, about" in page


def test_a_missing_scale_is_stated(client: Client, ready: MakeReady, ada: User) -> None:
    turn = lease_with_posters(ready, ada, scales=(Scale.LOW, Scale.MID))
    client.force_login(ada)
    page = page_of(client, url("show", turn.pk))
    assert "No 200x field" in page
    assert "This question has no 200x field." in page


def test_a_missing_resolution_is_stated(client: Client, ready: MakeReady, ada: User) -> None:
    turn = lease_with_posters(ready, ada)
    turn.item.triplet.rois.update(mpp=None)
    turn.item.triplet.slide.mpp = None
    turn.item.triplet.slide.save()
    client.force_login(ada)
    page = page_of(client, url("show", turn.pk))
    assert "10x: µm/px unknown" in page
    assert "no scale bar" in page
    assert 'class="field__bar"' not in page


def test_texts_are_escaped(client: Client, ready: MakeReady, ada: User) -> None:
    evil = "<script>alert(1)</script>"
    texts = (f"{evil} a", f"{evil} b", f"{evil} c", f"{evil} d")
    ready(mcq=make_mcq(stem=f"Which {evil}?", texts=texts, rationale=f"{evil} {{key}}"))
    turn = lease_next(by=ada)
    assert turn is not None
    client.force_login(ada)
    answer = {"option": turn.revision.key}
    pages = page_of(client, url("show", turn.pk))
    pages += client.post(url("answer", turn.pk), answer, follow=True).content.decode()
    assert evil not in pages
    assert "&lt;script&gt;" in pages


def test_the_rationale_speaks_in_the_reviewers_letters(
    client: Client, answered: Assignment, ada: User
) -> None:
    client.force_login(ada)
    page = page_of(client, url("show", answered.pk))
    letter = "ABCD"[answered.option_order.index(answered.revision.key)]
    assert f"Only option {letter} names both" in page


def test_a_turn_that_ended_says_so(client: Client, leased: Assignment, ada: User) -> None:
    release_assignment(leased, by=ada)
    client.force_login(ada)
    page = page_of(client, url("show", leased.pk))
    assert "Your turn has ended" in page
    assert url("answer", leased.pk) in page  # shown, but switched off
    assert "disabled" in page


def test_a_decided_turn_shows_its_verdict(client: Client, answered: Assignment, ada: User) -> None:
    give_verdict(answered, "reject", reasons=["other"], comment="Folded.", duration_s=1.0, by=ada)
    client.force_login(ada)
    page = page_of(client, url("show", answered.pk))
    assert "Folded." in page
    assert "Undo this verdict" in page


def test_new_wording_of_a_judged_question_is_named(
    client: Client, answered: Assignment, ada: User, curator: User
) -> None:
    give_verdict(answered, "revise", reasons=["wrong_scale"], duration_s=1.0, by=ada)
    item = Item.objects.get(pk=answered.item_id)
    revise_item(item, make_mcq(seed=3, stem="Which one?"), parent_number=1, by=curator)
    Item.objects.filter(pk=item.pk).update(state=ItemState.READY)
    again = lease_next(by=ada)
    assert again is not None
    client.force_login(ada)
    assert "New wording of a question you have judged" in page_of(client, url("show", again.pk))


def test_curators_see_who_said_what(
    client: Client, answered: Assignment, ada: User, curator: User
) -> None:
    give_verdict(answered, "reject", reasons=["duplicate"], comment="Twin.", duration_s=1, by=ada)
    client.force_login(curator)
    part = page_of(client, url("verdicts_part", answered.item_id))
    assert "Duplicate of another question" in part
    assert "Twin." in part
    client.force_login(make_user("pathologist"))
    assert client.get(url("verdicts_part", answered.item_id)).status_code == 403


def test_curators_are_told_what_the_letters_of_a_comment_mean_here(
    client: Client, answered: Assignment, ada: User, curator: User
) -> None:
    written = [option["id"] for option in answered.revision.options]
    theirs = [written[2], written[0], written[3], written[1]]
    Assignment.objects.filter(pk=answered.pk).update(option_order=theirs)
    comment = "A is right as well."
    give_verdict(answered, "approve", comment=comment, duration_s=1, by=ada)
    client.force_login(curator)
    part = page_of(client, url("verdicts_part", answered.item_id))
    assert "Their letters here: A is C, B is A, C is D, D is B." in part


@pytest.mark.parametrize(
    ("rationale", "said"),
    [
        ("Option C shows it; A is wrong.", "Here A is B, B is D, C is A, D is C."),
        ("Only {key} shows it.", ""),
    ],
)
def test_an_imported_rationales_letters_are_translated(
    rationale: str, said: str, client: Client, ready: MakeReady, ada: User
) -> None:
    ready(rationale=rationale)
    turn = lease_next(by=ada)
    assert turn is not None
    written = [option["id"] for option in turn.revision.options]
    order = [written[2], written[0], written[3], written[1]]
    Assignment.objects.filter(pk=turn.pk).update(option_order=order)
    client.force_login(ada)
    assert "names its author" not in page_of(client, url("show", turn.pk))
    client.post(url("answer", turn.pk), {"option": written[0]})
    page = page_of(client, url("show", turn.pk))
    assert said in page
    assert ("names its author" in page) == bool(said)


def test_pages_ask_a_fixed_number_of_queries(
    client: Client,
    ready: MakeReady,
    ada: User,
    django_assert_max_num_queries: object,
) -> None:
    for _ in range(12):
        ready()
        turn = lease_next(by=ada)
        assert turn
        Assignment.objects.filter(pk=turn.pk).update(lease_until=timezone.now() + timedelta(days=1))
        client.force_login(ada)
        client.post(url("answer", turn.pk), {"option": wrong_option(turn)})
        client.post(url("verdict", turn.pk), {"decision": "approve"})
    with django_assert_max_num_queries(20):  # type: ignore[operator]
        client.get(url("queue"))
    with django_assert_max_num_queries(20):  # type: ignore[operator]
        client.get(url("history"))
    with django_assert_max_num_queries(25):  # type: ignore[operator]
        client.get(url("show", Assignment.objects.latest("pk").pk))
