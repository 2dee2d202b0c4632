"""Retiring an item: out of use for good, with a reason, its history kept."""

import pytest
from django.test import Client

from tests.factories import make_item, make_user
from webapp.accounts.roles import Role
from webapp.core.errors import BadInput, NotAllowed, NotAMove
from webapp.core.events import history
from webapp.core.models import Event
from webapp.items.actions import retire_item
from webapp.items.models import Item
from webapp.items.states import ITEM_MOVES, ItemState

pytestmark = pytest.mark.django_db

RETIRABLE = {
    ItemState.DRAFT,
    ItemState.LEAKY,
    ItemState.READY,
    ItemState.APPROVED,
    ItemState.NEEDS_REVISION,
    ItemState.REJECTED,
}


@pytest.mark.parametrize("state", ItemState)
def test_what_nobody_works_on_can_be_retired(state: ItemState) -> None:
    item, by = make_item(state=state), make_user(Role.CURATOR)
    if state not in RETIRABLE:
        with pytest.raises(NotAMove):
            retire_item(item, reason="Doubtful slide.", by=by)
        return
    retire_item(item, reason=" Doubtful slide. ", by=by)
    assert Item.objects.get(pk=item.pk).state == ItemState.RETIRED
    event = Event.objects.get(verb="retire_item")
    assert (event.before, event.after) == ({"state": state}, {"reason": "Doubtful slide."})
    assert len(history(item)) == 3


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501, "a\x00b"])
def test_a_usable_reason_is_asked_for(reason: str) -> None:
    item = make_item(state=ItemState.READY)
    with pytest.raises(BadInput, match="reason"):
        retire_item(item, reason=reason, by=make_user(Role.CURATOR))
    assert Item.objects.get(pk=item.pk).state == ItemState.READY


def test_a_pathologist_may_not() -> None:
    with pytest.raises(NotAllowed):
        retire_item(make_item(state=ItemState.READY), reason="x", by=make_user(Role.PATHOLOGIST))


def test_the_page_retires_and_shows_it(client: Client) -> None:
    item = make_item(state=ItemState.READY)
    client.force_login(make_user(Role.CURATOR))
    assert "Retire item" in client.get(f"/items/{item.pk}/").content.decode()
    answer = client.post(f"/items/{item.pk}/retire/", {"reason": "<i>Doubtful</i>"}, follow=True)
    text = answer.content.decode()
    assert "&lt;i&gt;Doubtful&lt;/i&gt;" in text
    assert 'id="retire"' not in text
    again = client.post(f"/items/{item.pk}/retire/", {"reason": "again"})
    assert again.status_code == 409


@pytest.mark.parametrize("state", ItemState)
def test_the_page_offers_what_the_state_allows(state: ItemState, client: Client) -> None:
    item = make_item(state=state)
    client.force_login(make_user(Role.CURATOR))
    page = client.get(f"/items/{item.pk}/").content.decode()
    moves = ITEM_MOVES.get(state, frozenset())
    assert ('id="retire"' in page) == (ItemState.RETIRED in moves)
    assert (f"/items/{item.pk}/revise/" in page) == (ItemState.SCREENING in moves)
