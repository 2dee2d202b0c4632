import pytest
from django.core.management import CommandError

from tests.commands import run
from tests.factories import make_item, make_triplet, make_user
from tests.generation.made_calls import make_batch
from webapp.accounts.roles import Role
from webapp.core.models import Event
from webapp.generation.models import Slot
from webapp.generation.states import SlotState
from webapp.items.models import Item
from webapp.items.states import ItemState

pytestmark = pytest.mark.django_db


def being_screened() -> set[int]:
    return set(Item.objects.filter(state=ItemState.SCREENING).values_list("pk", flat=True))


def test_items_that_match_every_filter_are_sent() -> None:
    make_user(Role.CURATOR, "cleo")
    wanted = make_item(state=ItemState.LEAKY, dimension="C")
    make_item(state=ItemState.LEAKY, dimension="A")
    make_item(state=ItemState.READY, dimension="C")
    told = run("screen_items", "--state", "leaky", "--dimension", "C", "--as", "cleo")
    assert "1 of 1 items are being screened again." in told
    assert being_screened() == {wanted.pk}
    assert Event.objects.get(verb="screen_item").actor_name == "cleo"


def test_items_are_chosen_by_number_and_by_batch() -> None:
    first, second, _other = (make_item(state=ItemState.READY) for _ in range(3))
    batch = make_batch()
    Slot.objects.create(
        batch=batch, number=1, triplet=make_triplet(), dimension="A", plan={}, item=second,
        state=SlotState.READY,
    )  # fmt: skip
    run("screen_items", first.pk)
    assert being_screened() == {first.pk}
    run("screen_items", "--batch", batch.pk)
    assert being_screened() == {first.pk, second.pk}


def test_what_reviewers_decided_is_left_and_told() -> None:
    make_item(state=ItemState.READY)
    make_item(state=ItemState.APPROVED)
    told = run("screen_items", "--all")
    assert "1 of 2 items are being screened again." in told
    assert "1 left as they are. Approved: screening it again would undo" in told


def test_a_dry_run_changes_nothing() -> None:
    make_item(state=ItemState.READY)
    assert "1 items match." in run("screen_items", "--all", "--dry-run")
    assert not being_screened()


def test_nothing_is_sent_when_nothing_says_which() -> None:
    make_item(state=ItemState.READY)
    with pytest.raises(CommandError, match="give numbers or a filter, or --all"):
        run("screen_items")
    assert not being_screened()


def test_no_match_is_no_fault() -> None:
    assert "0 items match." in run("screen_items", "--state", "leaky")


def test_who_may_not_edit_items_sends_none() -> None:
    make_item(state=ItemState.READY)
    make_user(Role.PATHOLOGIST, "paul")
    with pytest.raises(CommandError, match="lacks the permission"):
        run("screen_items", "--all", "--as", "paul")
