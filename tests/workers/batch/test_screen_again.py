"""A revised question is put to the adversaries of its batch again, on record and on its budget."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import connections

from tests.emulator.process import RunningEmulator
from tests.factories import make_item
from webapp.accounts.models import User
from webapp.generation.models import Batch, Call, Screening, Slot
from webapp.items.actions import revise_item
from webapp.items.bulk import screen_items
from webapp.items.models import Item
from webapp.items.states import ItemState
from workers.tasks.generation import screen_item

pytestmark = pytest.mark.django_db


def revised(batch: Batch, cleo: User) -> Item:
    """An item of the batch with a new revision that waits to be screened."""
    item = make_item(state=ItemState.NEEDS_REVISION)
    Slot.objects.create(
        batch=batch,
        number=1,
        triplet=item.triplet,
        dimension="A",
        plan={},
        item=item,
        state="ready",
    )
    mcq = item.current.mcq()
    revise_item(item, replace(mcq, stem=mcq.stem + " Choose one."), parent_number=1, by=cleo)
    return Item.objects.get(pk=item.pk)


def test_the_models_of_its_batch_try_it(
    emulator: RunningEmulator, batch: Batch, cleo: User
) -> None:
    item = revised(batch, cleo)
    screen_item(item.pk)
    names = set(Screening.objects.filter(revision=item.current).values_list("adversary", flat=True))
    assert {"gpt-5-mini", "local-vllm", "centroid"} <= names
    batch.refresh_from_db()
    assert batch.spent_usd == sum(Call.objects.values_list("cost_usd", flat=True)) > 0
    assert Item.objects.get(pk=item.pk).state in (ItemState.READY, ItemState.LEAKY)


def test_a_batch_without_money_sends_it_back_with_the_reason(
    emulator: RunningEmulator, batch: Batch, cleo: User
) -> None:
    Batch.objects.filter(pk=batch.pk).update(budget_usd=Decimal(0))
    item = revised(batch, cleo)
    screen_item(item.pk)
    assert Item.objects.get(pk=item.pk).state == ItemState.NEEDS_REVISION
    assert emulator.counts()["by_provider"].get("openai", 0) == 0


def test_an_item_that_another_worker_is_at_is_left_to_it(
    emulator: RunningEmulator, batch: Batch, cleo: User
) -> None:
    item = revised(batch, cleo)
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            lock = "SELECT pg_advisory_lock(hashtextextended(%s, 0))"
            cursor.execute(lock, [f"items.item/{item.pk}"])
        screen_item(item.pk)
        assert emulator.counts()["requests"] == 0
        assert Item.objects.get(pk=item.pk).state == ItemState.SCREENING
    finally:
        other.close()
    screen_item(item.pk)
    assert emulator.counts()["requests"] > 0
    assert Item.objects.get(pk=item.pk).state != ItemState.SCREENING


def test_a_text_without_a_verdict_can_be_screened_once_more(
    emulator: RunningEmulator, batch: Batch, cleo: User
) -> None:
    item = revised(batch, cleo)
    emulator.fault("refusal", provider="openai", times=8)
    screen_item(item.pk)
    attempts = Screening.objects.filter(revision=item.current, adversary="gpt-5-mini")
    assert attempts.get().verdict == "none"
    assert Item.objects.get(pk=item.pk).state == ItemState.NEEDS_REVISION
    before = set(attempts.get().calls)
    assert screen_items([item.pk], by=cleo).done == [item.pk]
    screen_item(item.pk)
    assert attempts.get().verdict != "none"
    assert before < set(attempts.get().calls)
    assert Item.objects.get(pk=item.pk).state in (ItemState.READY, ItemState.LEAKY)
    assert set(Call.objects.values_list("slot_number", flat=True)) == {1}
