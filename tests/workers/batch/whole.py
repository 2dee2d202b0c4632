"""Batches by models from launch to end, and what is compared of them."""

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Sum

from webapp.generation.models import Batch
from webapp.generation.states import BatchState, CallOutcome
from workers.tasks.generation import run_batch

ADVERSARIES = ("gemini-3-pro", "qwen3-max")
ORDERS, ROUNDS = 4, 3

Launch = Callable[..., Batch]
Texts = dict[int, list[tuple[Any, ...]]]


def run(batch: Batch) -> Batch:
    run_batch(batch.pk)
    return Batch.objects.get(pk=batch.pk)


def texts(batch: Batch) -> Texts:
    """All that was written for each slot, in all rounds."""
    return {
        slot.number: [
            (one.stem, one.options, one.key, one.rationale)
            for one in (slot.item.revisions.all() if slot.item else ())
        ]
        for slot in batch.slots.order_by("number")
    }


def undisturbed(launch: Launch, **options: Any) -> Texts:
    """What the batch makes where nothing goes wrong; no row of it stays."""
    with transaction.atomic():
        batch = run(launch(**options))
        assert batch.state == BatchState.DONE
        made = texts(batch)
        transaction.set_rollback(True)
    return made


def states(batch: Batch) -> Counter[str]:
    return Counter(batch.slots.values_list("state", flat=True))


def assert_paid(batch: Batch) -> None:
    """The money on the batch is what its calls cost, and nothing is held any more."""
    paid = batch.calls.aggregate(usd=Sum("cost_usd"))["usd"] or Decimal(0)
    assert batch.spent_usd == paid <= batch.budget_usd
    assert batch.reserved_usd == 0
    assert not batch.calls.filter(outcome=CallOutcome.SENT).exists()
