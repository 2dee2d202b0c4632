"""The balance of what is stored: of one batch or of all, by the newest texts."""

from dataclasses import replace
from typing import Any

import pytest
from django.core.management import CommandError

from tests.commands import run, run_json
from tests.factories import make_item, make_mcq
from tests.generation.conftest import Launch
from tests.generation.test_planned import ITEM
from webapp.accounts.queries import system_user
from webapp.generation.models import Batch, Slot
from webapp.generation.queries import stored_balance
from webapp.generation.states import SlotState
from webapp.items.actions import create_item
from webapp.items.models import Item
from webapp.items.states import ItemState
from webapp.slides.models import Triplet

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch(triplets: list[Triplet], launch: Launch) -> Batch:
    return launch()


def planned_item(triplet: Triplet, plan: dict[str, Any]) -> Item:
    return create_item(
        triplet,
        make_mcq(key=2),
        origin=Item.Origin.GENERATED,
        provenance={"plan": plan},
        by=system_user(),
    )


def made(batch: Batch, triplet: Triplet, number: int, **changes: object) -> Item:
    """A slot's item as its plan has it."""
    plan = replace(ITEM, **changes).as_json()  # type: ignore[arg-type]
    item = planned_item(triplet, plan)
    Slot.objects.create(
        batch=batch,
        number=number,
        triplet=triplet,
        dimension="A",
        item=item,
        state=SlotState.READY,
        plan=plan,
    )
    return item


def test_findings_are_counted_by_the_plan_and_letters_by_the_text(
    batch: Batch, triplets: list[Triplet]
) -> None:
    made(batch, triplets[0], 1)
    made(batch, triplets[1], 2, twin_group="t", pool="free")
    found = stored_balance(batch)
    assert found.questions == 2
    assert [one.count for one in found.letters] == [0, 0, 2, 0]
    assert {one.name: one.count for one in found.pools} == {"fixed": 1, "free": 1}
    assert {one.name: one.count for one in found.schemes} == {"factorial": 1, "twins": 1}
    counts = {one.finding: (one.right, one.wrong) for one in found.phrases}
    assert counts == {
        ITEM.first_true: (2, 0),
        ITEM.first_false: (0, 2),
        ITEM.second_true: (2, 0),
        ITEM.second_false: (0, 2),
    }


def test_a_batch_is_reported_apart_from_all_others(batch: Batch, triplets: list[Triplet]) -> None:
    made(batch, triplets[0], 1)
    make_item(triplet=triplets[1])
    assert stored_balance(batch).questions == 1
    assert stored_balance().questions == 2


def test_retired_items_do_not_count(batch: Batch, triplets: list[Triplet]) -> None:
    item = made(batch, triplets[0], 1)
    Item.objects.filter(pk=item.pk).update(state=ItemState.RETIRED)
    assert stored_balance(batch).questions == 0


def test_a_plan_that_cannot_be_read_counts_for_letters_alone(
    batch: Batch, triplets: list[Triplet]
) -> None:
    planned_item(triplets[0], {"from": "the future"})
    found = stored_balance()
    assert (found.questions, found.phrases, found.schemes) == (1, (), ())


def test_it_is_printed(batch: Batch, triplets: list[Triplet]) -> None:
    for number, triplet in enumerate(triplets[:12], start=1):
        made(batch, triplet, number)
    told = run("balance_report", "--batch", batch.pk)
    assert told.startswith("12 questions")
    assert "an infiltrative tumour border" in told
    assert "4 of 4 phrases are right too often or too seldom" in told
    assert "0 questions" in run("balance_report", "--batch", Batch.objects.create(
        name="empty", config={}, seed=1, created_by=batch.created_by
    ).pk)  # fmt: skip


def test_it_is_json(batch: Batch, triplets: list[Triplet]) -> None:
    made(batch, triplets[0], 1)
    told = run_json("balance_report")
    assert told["questions"] == 1
    assert {one["finding"] for one in told["phrases"]} >= {ITEM.first_true}


def test_a_batch_that_is_not_there_is_named() -> None:
    with pytest.raises(CommandError, match="no batch 9999"):
        run("balance_report", "--batch", 9999)
