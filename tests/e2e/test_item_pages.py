"""The curator's item pages in a browser: choosing by keys, acting, checking, saving a view."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import SignIn
from tests.factories import make_item, make_triplet, make_user
from webapp.accounts.roles import Role
from webapp.items.models import Item, SavedView
from webapp.items.states import ItemState

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(120)]


@pytest.fixture
def page(sign_in: SignIn) -> Page:
    make_user(Role.CURATOR, "cora")
    return sign_in("cora")


def ready_items(count: int) -> list[Item]:
    triplet = make_triplet()
    return [make_item(triplet, state=ItemState.READY) for _ in range(count)]


def state_of(item: Item) -> str:
    return Item.objects.get(pk=item.pk).state


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_items_are_chosen_and_retired_by_keys_alone(page: Page) -> None:
    items = ready_items(4)
    page.goto("/items/")
    expect(page.locator("#bulk")).to_be_hidden()
    press(page, "j", "x", "j", "j", "x", "k")
    expect(page.locator("#bulk strong")).to_have_text("2 chosen")
    press(page, "b", "Tab", "Tab", "Enter")
    expect(page.locator("#retire-items-title")).to_have_text("Retire 2 items?")
    page.keyboard.type("Too easy.")
    press(page, "Enter")
    expect(page.locator("#report")).to_contain_text("2 items retired")
    assert [state_of(item) for item in items] == ["ready", "retired", "ready", "retired"]
    expect(page.locator("#bulk")).to_be_hidden()


def test_escape_gives_the_choice_up_and_enter_opens(page: Page) -> None:
    item = ready_items(2)[-1]
    page.goto("/items/")
    press(page, "j", "x")
    expect(page.locator("#bulk")).to_be_visible()
    press(page, "Escape")
    expect(page.locator("#bulk")).to_be_hidden()
    press(page, "Enter")
    page.wait_for_url(f"**/items/{item.pk}/")


def test_all_that_match_are_sent_back(page: Page) -> None:
    ready_items(53)
    other = make_item(state=ItemState.LEAKY)
    page.goto("/items/?state=ready")
    page.check("#tick-page")
    expect(page.locator("#bulk strong")).to_have_text("50 chosen")
    page.click("[data-choose-all]")
    expect(page.locator("#bulk strong")).to_have_text("53 chosen")
    page.click("[data-dialog-open=send-back-items]")
    page.fill("#send-back-items-reason", "Name the field.")
    page.click("#send-back-items .btn--primary")
    expect(page.locator("#report")).to_contain_text("53 items sent back")
    assert Item.objects.filter(state=ItemState.NEEDS_REVISION).count() == 53
    assert state_of(other) == ItemState.LEAKY


def test_a_range_is_chosen_with_shift_and_screened_again(page: Page) -> None:
    ready_items(5)
    page.goto("/items/")
    ticks = page.locator('input[name="item"]')
    ticks.nth(0).click()
    ticks.nth(3).click(modifiers=["Shift"])
    expect(page.locator("#bulk strong")).to_have_text("4 chosen")
    page.once("dialog", lambda dialog: dialog.accept())
    page.click("#bulk [data-chosen-confirm]")
    expect(page.locator("#report")).to_contain_text("4 items being screened again")


def test_filters_are_saved_as_a_view(page: Page) -> None:
    ready_items(1)
    page.goto("/items/?state=ready")
    page.click(".saved-views > summary")
    page.click("[data-dialog-open=save-view]")
    page.fill("#view-name", "All that is ready")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("All that is ready")
    assert SavedView.objects.get().query == "state=ready"


def test_a_text_is_checked_before_it_is_saved(page: Page) -> None:
    item = ready_items(1)[0]
    page.goto(f"/items/{item.pk}/revise/")
    page.fill("#id_option_B", page.input_value("#id_option_A"))
    page.get_by_role("button", name="Check").click()
    expect(page.locator("#check")).to_contain_text("Duplicate options, option B")
    assert item.revisions.count() == 1
