"""Revising an item: an edit makes a new text, and the old one stays."""

import re
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from django.db import connection
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from tests.factories import make_item, make_user
from webapp.accounts.models import User
from webapp.accounts.roles import Role
from webapp.core.errors import BadInput, Conflict, NotAllowed, NotAMove
from webapp.core.models import Event, Move
from webapp.items.actions import revise_item
from webapp.items.mcq import Option
from webapp.items.models import Item, Revision
from webapp.items.states import ItemState

pytestmark = pytest.mark.django_db

REVISABLE = (
    ItemState.READY,
    ItemState.LEAKY,
    ItemState.APPROVED,
    ItemState.NEEDS_REVISION,
    ItemState.REJECTED,
    ItemState.DISPUTED,
)


@pytest.fixture
def cleo() -> User:
    return make_user(Role.CURATOR, "cleo")


def revise(item: Item, by: User, *, stem: str = "A better stem?", parent: int = 1) -> Revision:
    return revise_item(item, replace(item.current.mcq(), stem=stem), parent_number=parent, by=by)


@pytest.mark.parametrize("state", REVISABLE)
def test_a_new_revision_goes_to_be_screened(cleo: User, state: ItemState) -> None:
    item = make_item(state=state)
    revision = revise(item, cleo)
    item.refresh_from_db()
    assert item.state == ItemState.SCREENING
    assert (revision.number, revision.parent, revision.author) == (2, item.revisions.first(), cleo)
    assert revision.provenance == {"generator": "person", "revised_from": 1}
    assert Move.objects.get(to_state="screening").from_state == state


def test_the_old_text_stays_and_the_event_holds_both(cleo: User) -> None:
    item = make_item(state=ItemState.READY)
    old = item.current.stem
    revise(item, cleo)
    assert Revision.objects.get(item=item, number=1).stem == old
    event = Event.objects.get(verb="revise_item")
    assert event.before is not None
    assert event.after is not None
    assert (event.before["stem"], event.after["stem"]) == (old, "A better stem?")


@pytest.mark.django_db(transaction=True)
def test_the_worker_screens_the_new_text_as_soon_as_it_is_stored(cleo: User) -> None:
    item = make_item(state=ItemState.NEEDS_REVISION)
    revise(item, cleo)
    item.refresh_from_db()
    assert item.state in (ItemState.READY, ItemState.LEAKY)
    assert item.current.screenings.exists()


@pytest.mark.parametrize("state", [ItemState.RETIRED, ItemState.DRAFT, ItemState.SCREENING])
def test_some_states_allow_no_revision(cleo: User, state: ItemState) -> None:
    item = make_item(state=state)
    if state == ItemState.DRAFT:
        revise(item, cleo)
        return
    with pytest.raises(NotAMove):
        revise(item, cleo)
    assert item.revisions.count() == 1


def test_an_edit_of_an_older_text_is_refused(cleo: User) -> None:
    item = make_item(state=ItemState.READY)
    revise(item, cleo)
    Item.objects.filter(pk=item.pk).update(state=ItemState.READY)
    with pytest.raises(Conflict, match="is at revision 2 and you edited revision 1"):
        revise(Item.objects.get(pk=item.pk), cleo, stem="Late?")


def test_saving_without_a_change_is_refused(cleo: User) -> None:
    item = make_item(state=ItemState.READY)
    with pytest.raises(BadInput, match="Nothing was changed"):
        revise(item, cleo, stem=item.current.stem)


def test_a_pathologist_may_not() -> None:
    with pytest.raises(NotAllowed):
        revise(make_item(state=ItemState.READY), make_user(Role.PATHOLOGIST))


@pytest.mark.django_db(transaction=True)
def test_of_two_who_edit_at_once_one_is_told(cleo: User) -> None:
    item = make_item(state=ItemState.NEEDS_REVISION)
    together = threading.Barrier(2)
    outcomes: list[str] = []

    def edit(stem: str) -> None:
        try:
            mine = Item.objects.get(pk=item.pk)
            together.wait()
            revise(mine, cleo, stem=stem)
            outcomes.append("saved")
        except Conflict:
            outcomes.append("told")
        finally:
            connection.close()

    threads = [threading.Thread(target=edit, args=(f"Stem {one}?",)) for one in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(outcomes) == ["saved", "told"]
    assert Revision.objects.filter(item=item).count() == 2


def fields_of(page: str) -> dict[str, str]:
    """The form's fields as the browser would send them."""
    found = dict(re.findall(r'<input type="hidden" name="(parent)" value="([^"]*)"', page))
    areas = re.findall(r'<textarea name="([^"]+)"[^>]*>\s*(.*?)</textarea>', page, re.DOTALL)
    key = re.search(r'<option value="(.)" selected', page)
    assert key is not None
    return {**found, **dict(areas), "key": key.group(1)}


@pytest.fixture
def page_of(client: Client, cleo: User) -> Callable[[Item], tuple[Client, str]]:
    def open_page(item: Item) -> tuple[Client, str]:
        client.force_login(cleo)
        return client, f"/items/{item.pk}/revise/"

    return open_page


PageOf = Callable[[Item], tuple[Client, str]]


def test_the_form_shows_letters_and_stores_ids(page_of: PageOf) -> None:
    item = make_item(state=ItemState.READY, key=1)
    client, address = page_of(item)
    fields = fields_of(client.get(address).content.decode())
    assert fields["key"] == "B"
    assert "{{B}}" in fields["rationale"]
    answer = client.post(
        address, {**fields, "key": "C", "rationale": "Only {{C}} fits, not {{A}}."}
    )
    assert answer.status_code == 302
    revision = Item.objects.get(pk=item.pk).current
    ids = [option["id"] for option in revision.options]
    assert revision.key == ids[2]
    assert revision.rationale == f"Only {{{{option:{ids[2]}}}}} fits, not {{{{option:{ids[0]}}}}}."
    assert ids == [option["id"] for option in item.current.options]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"stem": ""}, "This field is required"),
        ({"option_B": "  "}, "text of option 2 is empty"),
        ({"key": "E"}, "Select a valid choice"),
        ({"stem": "a\x00b"}, "Null characters are not allowed"),
        ({"stem": "a\x1bb"}, "control character U+001B"),
        ({"option_A": "x" * 20_001}, "shorten it to 20,000"),
        ({"parent": "many"}, "open the item again"),
        ({}, "Nothing was changed"),
    ],
)
def test_a_faulty_edit_comes_back_with_what_was_typed(
    page_of: PageOf, change: dict[str, str], fault: str
) -> None:
    item = make_item(state=ItemState.READY)
    client, address = page_of(item)
    fields = fields_of(client.get(address).content.decode())
    answer = client.post(address, {**fields, **change})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert fault in text
    assert fields["option_C"] in text
    assert item.revisions.count() == 1


def test_an_edit_of_an_older_text_is_a_409(page_of: PageOf, cleo: User) -> None:
    item = make_item(state=ItemState.READY)
    client, address = page_of(item)
    fields = fields_of(client.get(address).content.decode())
    revise(item, cleo)
    answer = client.post(address, {**fields, "stem": "Mine?"})
    assert answer.status_code == 409
    assert "reload it and edit again" in answer.content.decode()


def test_line_ends_of_the_browser_are_no_change(page_of: PageOf, cleo: User) -> None:
    item = make_item(state=ItemState.READY, stem="One line.\nAnother line?")
    client, address = page_of(item)
    fields = fields_of(client.get(address).content.decode())
    answer = client.post(address, {**fields, "stem": fields["stem"].replace("\n", "\r\n")})
    assert answer.status_code == 422
    assert "Nothing was changed" in answer.content.decode()


def test_the_option_texts_keep_their_ids_when_edited(cleo: User) -> None:
    item = make_item(state=ItemState.READY)
    mcq = item.current.mcq()
    changed = replace(mcq, options=(Option(mcq.options[0].id, "Other text"), *mcq.options[1:]))
    revision = revise_item(item, changed, parent_number=1, by=cleo)
    assert [one["id"] for one in revision.options] == list(mcq.option_ids)


def test_screening_is_asked_for_after_the_commit(
    cleo: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        revise(make_item(state=ItemState.READY), cleo)
    assert len(callbacks) == 1
