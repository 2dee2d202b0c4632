"""Making an item: a draft with its first revision, told by an event."""

from dataclasses import replace

import pytest

from tests.factories import make_mcq, make_triplet, make_user
from webapp.accounts.models import User
from webapp.accounts.queries import system_user
from webapp.accounts.roles import Role
from webapp.core.errors import BadInput, NotAllowed
from webapp.core.models import Event
from webapp.items.actions import create_item
from webapp.items.mcq import Mcq, Option
from webapp.items.models import Item, Revision
from webapp.items.states import ItemState

pytestmark = pytest.mark.django_db


def create(mcq: Mcq, by: User | None = None) -> Item:
    return create_item(
        make_triplet(),
        mcq,
        origin=Item.Origin.GENERATED,
        provenance={"generator": "test"},
        by=by or system_user(),
    )


def test_a_draft_with_its_first_revision() -> None:
    mcq = make_mcq(key=2)
    item = create(mcq)
    assert item.state == ItemState.DRAFT
    revision = Revision.objects.get(item=item)
    assert (revision.number, revision.parent) == (1, None)
    assert revision.provenance == {"generator": "test"}
    assert revision.mcq() == mcq


def test_the_event_holds_the_text() -> None:
    item = create(make_mcq())
    event = Event.objects.get(verb="create_item")
    assert event.about == f"items.item {item.pk}"
    assert event.before is None
    assert event.after is not None
    assert event.after["stem"] == item.current.stem


def broken() -> dict[str, Mcq]:
    good = make_mcq()
    first, *others = good.options
    return {
        "stem": replace(good, stem=" "),
        "text of option 1": replace(good, options=(Option(first.id, ""), *others)),
        "options number 3": replace(good, options=tuple(others)),
        "options share an id": replace(good, options=(first, first, *others[:2])),
        "key": replace(good, key="nobody"),
        "rationale": replace(good, rationale="See {{option:nobody}}."),
        "control character": replace(good, stem="a\x00b"),
        "shorten it": replace(good, rationale="x" * 20_001),
    }


@pytest.mark.parametrize("named", broken())
def test_a_malformed_question_is_refused_by_its_field(named: str) -> None:
    with pytest.raises(BadInput, match=named):
        create(broken()[named])
    assert not Item.objects.exists()
    assert not Event.objects.filter(verb="create_item").exists()


def test_a_pathologist_may_not() -> None:
    with pytest.raises(NotAllowed):
        create(make_mcq(), by=make_user(Role.PATHOLOGIST))
