"""Reviewing as a pathologist does it: by keys, in a real browser."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from benchmarks.review_page import IMAGES_SHOWN, MAX_REQUESTS
from deploy.processes import wait_until
from tests.e2e.conftest import OpenPage, SignIn
from tests.factories import make_item, make_slide, make_triplet, make_user, write_slide
from webapp.accounts.models import User
from webapp.accounts.roles import Role
from webapp.items.models import Item
from webapp.items.states import ItemState
from webapp.review.models import Assignment, BlindAnswer, Verdict
from webapp.review.states import AssignmentState
from webapp.slides.models import Triplet

pytestmark = pytest.mark.django_db(transaction=True)

LISTENING = "#cockpit-host.has-script"
"""Before that a key goes nowhere: the pictures come before the scripts."""


@pytest.fixture
def triplet(tmp_path: Path, db: None) -> Triplet:
    slide = make_slide(file=write_slide(tmp_path / "slide.tif"))
    return make_triplet(slide, posters=True)


@pytest.fixture
def questions(triplet: Triplet) -> list[Item]:
    return [make_item(triplet, state=ItemState.READY) for _ in range(4)]


@pytest.fixture
def ada(db: None) -> User:
    return make_user(Role.PATHOLOGIST, "ada")


def start(page: Page) -> None:
    page.goto("/review/")
    page.get_by_role("button", name=re.compile("reviewing")).click()
    page.wait_for_selector("#cockpit[data-phase=blind]")
    page.wait_for_selector(LISTENING)


def turn_on(page: Page) -> Assignment:
    number = page.locator("#cockpit").get_attribute("data-assignment") or ""
    return Assignment.objects.select_related("item", "revision").get(pk=int(number))


def answer(page: Page, key: str = "2") -> Assignment:
    page.keyboard.press(key)
    page.wait_for_selector("#cockpit[data-phase=revealed]")
    return turn_on(page)


def next_turn(page: Page, after: Assignment) -> Assignment:
    page.wait_for_selector(f"#cockpit:not([data-assignment='{after.pk}'])")
    return turn_on(page)


def eventually(condition: Callable[[], bool]) -> bool:
    """Whether it becomes true while the page's own writes arrive."""
    return wait_until(condition, 10.0)


def state_of(turn: Assignment) -> str:
    return str(Item.objects.get(pk=turn.item_id).state)


def test_two_keys_approve_a_question(sign_in: SignIn, questions: list[Item], ada: User) -> None:
    page = sign_in(ada.username)
    start(page)
    page.wait_for_load_state("networkidle")  # the next question is fetched
    turn = answer(page, "2")
    expect(page.locator("[data-outcome]")).to_contain_text("Your blind answer")
    expect(page.locator(".reveal__rationale")).to_contain_text("names both")
    page.keyboard.press("j")
    following = next_turn(page, turn)
    assert following.item_id == questions[1].pk
    assert eventually(lambda: state_of(turn) == ItemState.APPROVED)
    given = BlindAnswer.objects.get(assignment=turn)
    assert given.option == turn.option_order[1]
    assert given.duration_s > 0


def test_signing_in_leads_back_to_the_queue(
    open_page: OpenPage, questions: list[Item], ada: User
) -> None:
    page = open_page()
    page.goto("/review/")
    page.fill("[name=username]", ada.username)
    page.fill("[name=password]", "password")
    page.click("form button[type=submit]")
    page.wait_for_url("**/review/")
    expect(page.locator("h1")).to_have_text("Review")


def test_revise_by_keys(sign_in: SignIn, questions: list[Item], ada: User) -> None:
    page = sign_in(ada.username)
    start(page)
    turn = answer(page, "1")
    page.keyboard.press("e")
    page.keyboard.press("Enter")
    expect(page.locator("[data-reasons-error]")).to_have_text("Choose at least one reason.")
    page.keyboard.press("5")
    page.keyboard.press("6")
    page.keyboard.press("Enter")
    next_turn(page, turn)
    assert eventually(lambda: state_of(turn) == ItemState.NEEDS_REVISION)
    assert Verdict.objects.get().reasons == ["not_cross_scale", "wrong_scale"]


def test_reject_with_a_comment(sign_in: SignIn, questions: list[Item], ada: User) -> None:
    page = sign_in(ada.username)
    start(page)
    turn = answer(page, "4")
    page.keyboard.press("k")
    page.keyboard.press("0")
    page.locator("textarea").click()
    page.keyboard.type("jkl 1234 folded")  # no key acts while one types
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    next_turn(page, turn)
    assert eventually(lambda: state_of(turn) == ItemState.REJECTED)
    verdict = Verdict.objects.get()
    assert (verdict.reasons, verdict.comment) == (["other"], "jkl 1234 folded")


def test_undo_reopens_the_last_verdict(sign_in: SignIn, questions: list[Item], ada: User) -> None:
    page = sign_in(ada.username)
    start(page)
    turn = answer(page)
    page.keyboard.press("j")
    following = next_turn(page, turn)
    page.keyboard.press("u")
    page.wait_for_selector(f"#cockpit[data-assignment='{turn.pk}'][data-phase=revealed]")
    assert state_of(turn) == ItemState.IN_REVIEW
    page.keyboard.press("k")
    page.keyboard.press("7")
    page.keyboard.press("Enter")
    assert next_turn(page, turn).pk == following.pk
    assert eventually(lambda: state_of(turn) == ItemState.REJECTED)


def test_later_puts_the_question_back(sign_in: SignIn, questions: list[Item], ada: User) -> None:
    page = sign_in(ada.username)
    start(page)
    turn = turn_on(page)
    page.keyboard.press("l")
    next_turn(page, turn)
    assert eventually(lambda: state_of(turn) == ItemState.READY)
    assert Assignment.objects.get(pk=turn.pk).state == AssignmentState.RETURNED


def test_two_people_at_once_see_two_questions(
    sign_in: SignIn, questions: list[Item], ada: User
) -> None:
    pages = [sign_in(ada.username), sign_in(make_user(Role.PATHOLOGIST).username)]
    for page in pages:
        start(page)
    seen: set[int] = set()
    for _ in range(2):
        for page in pages:
            turn = answer(page)
            assert turn.item_id not in seen
            seen.add(turn.item_id)
            page.keyboard.press("j")
            page.wait_for_function(
                "was => document.querySelector('#cockpit')?.dataset.assignment !== was",
                arg=str(turn.pk),
            )
    assert eventually(lambda: Verdict.objects.count() == 4)
    assert len(seen) == len(questions)


def test_a_lost_verdict_brings_its_question_back(
    sign_in: SignIn, questions: list[Item], ada: User
) -> None:
    page = sign_in(ada.username)
    start(page)
    page.wait_for_load_state("networkidle")
    turn = answer(page)
    page.route("**/verdict/", lambda route: route.abort())
    page.keyboard.press("k")
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    error = page.locator("#cockpit-error")
    expect(error).to_be_visible()
    expect(error).to_contain_text("The server does not answer")
    assert turn_on(page).pk == turn.pk
    expect(page.locator("input[value=wrong_key]")).to_be_checked()
    page.unroute("**/verdict/")
    error.get_by_role("button", name="Try again").click()
    next_turn(page, turn)
    assert eventually(lambda: state_of(turn) == ItemState.REJECTED)
    expect(error).to_be_hidden()


def test_a_refused_verdict_says_why(sign_in: SignIn, questions: list[Item], ada: User) -> None:
    page = sign_in(ada.username)
    start(page)
    turn = answer(page)
    Assignment.objects.filter(pk=turn.pk).update(lease_until="2020-01-01T00:00Z")
    page.keyboard.press("j")
    error = page.locator("#cockpit-error")
    expect(error).to_contain_text("Your time for item")
    error.get_by_role("button", name="Next question").click()
    next_turn(page, turn)
    assert state_of(turn) != ItemState.APPROVED


def test_a_key_held_down_decides_once(sign_in: SignIn, questions: list[Item], ada: User) -> None:
    page = sign_in(ada.username)
    start(page)
    turn = answer(page)
    page.keyboard.down("j")
    page.keyboard.down("j")  # what a keyboard repeats
    page.keyboard.up("j")
    next_turn(page, turn)
    page.wait_for_load_state("networkidle")
    assert Verdict.objects.count() == 1


def test_a_click_answers_and_decides(sign_in: SignIn, questions: list[Item], ada: User) -> None:
    page = sign_in(ada.username)
    start(page)
    page.locator("label.option").nth(2).click()
    page.wait_for_selector("#cockpit[data-phase=revealed]")
    turn = turn_on(page)
    assert BlindAnswer.objects.get().option == turn.option_order[2]
    page.get_by_role("button", name=re.compile("Approve")).click()
    next_turn(page, turn)
    assert eventually(lambda: state_of(turn) == ItemState.APPROVED)


def test_without_scripts_the_forms_still_work(
    sign_in: SignIn, questions: list[Item], ada: User
) -> None:
    page = sign_in(ada.username, java_script_enabled=False)
    page.goto("/review/")
    page.get_by_role("button", name=re.compile("reviewing")).click()
    page.locator("label.option").first.click()
    page.get_by_role("button", name="Answer").click()
    expect(page.locator("[data-outcome]")).to_contain_text("Your blind answer")
    page.get_by_label("Image unusable").check()
    page.get_by_role("button", name=re.compile("Reject")).click()
    page.wait_for_selector("#cockpit[data-phase=blind]")
    assert Verdict.objects.get().reasons == ["bad_image"]


def test_zooming_a_field_moves_its_box_in_the_wider_one(
    sign_in: SignIn, questions: list[Item], ada: User
) -> None:
    page = sign_in(ada.username)
    start(page)
    expect(page.locator(".openseadragon-canvas")).to_have_count(3)
    page.wait_for_load_state("networkidle")
    box = page.locator("[data-scale=low] .field__nested").first
    before = float(box.get_attribute("width") or 0)
    facts = page.locator("[data-scale=mid] [data-facts]")
    page.keyboard.press("w")
    page.keyboard.press("+")
    expect(facts).to_contain_text("view")
    page.wait_for_timeout(600)
    assert float(box.get_attribute("width") or 0) < before * 0.8
    page.keyboard.press("0")
    expect(facts).not_to_contain_text("view")


def test_space_hides_the_overlays_while_held(
    sign_in: SignIn, questions: list[Item], ada: User
) -> None:
    page = sign_in(ada.username)
    start(page)
    overlay = page.locator("[data-scale=low] .field__overlay")
    expect(overlay).to_be_visible()
    page.keyboard.down("Space")
    expect(overlay).to_be_hidden()
    page.keyboard.up("Space")
    expect(overlay).to_be_visible()


def test_the_keys_are_listed(sign_in: SignIn, questions: list[Item], ada: User) -> None:
    page = sign_in(ada.username)
    start(page)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("2")  # an open dialog keeps the keys
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
    assert not BlindAnswer.objects.exists()


@pytest.mark.parametrize(("width", "height"), [(1024, 768), (1440, 900)])
def test_the_blind_page_fits_its_window(
    width: int, height: int, sign_in: SignIn, questions: list[Item], ada: User
) -> None:
    page = sign_in(ada.username, width=width, height=height)
    start(page)
    size = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
    )
    assert size == [width, height]
    for part in (*page.locator("label.option").all(), *page.locator(".field").all()):
        expect(part).to_be_in_viewport(ratio=1)


def test_few_requests_come_before_the_images(
    sign_in: SignIn, questions: list[Item], ada: User
) -> None:
    page = sign_in(ada.username)
    page.goto("/review/")
    page.get_by_role("button", name=re.compile("reviewing")).click(no_wait_after=True)
    page.wait_for_url("**/review/*/", wait_until="commit")
    shown = page.evaluate(IMAGES_SHOWN)
    assert shown["images"] == 3
    assert len(shown["before"]) + 1 <= MAX_REQUESTS


def test_a_screen_reader_hears_the_reveal(
    sign_in: SignIn, questions: list[Item], ada: User
) -> None:
    page = sign_in(ada.username)
    start(page)
    group = page.get_by_role("group", name="Which finding do the three fields show together?")
    expect(group.get_by_role("radio")).to_have_count(4)
    answer(page)
    expect(page.get_by_role("status")).to_contain_text("Your blind answer")
    assert page.evaluate("document.activeElement.hasAttribute('data-outcome')")
