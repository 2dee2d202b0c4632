"""Questions about the calls of language models."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet

from webapp.core.errors import NotFound
from webapp.generation.models import Batch, Call
from webapp.generation.queries.live import sums_of_calls


def filtered_calls(
    *,
    batch: int | None = None,
    slot: int | None = None,
    stage: str = "",
    outcome: str = "",
    model: str = "",
    provider: str = "",
) -> QuerySet[Call]:
    """Newest first. A call is its batch's that paid for it; others may have used its reply."""
    exact = {"stage": stage, "outcome": outcome, "model": model, "provider": provider}
    calls = Call.objects.filter(**{name: value for name, value in exact.items() if value})
    if batch is not None:
        calls = calls.filter(batch_id=batch)
    if slot is not None:
        calls = calls.filter(slot_number=slot)
    return calls.order_by("-id")


def call_to_show(call_id: int) -> Call:
    """Raises NotFound."""
    call = Call.objects.select_related("batch", "created_by").filter(pk=call_id).first()
    if call is None:
        raise NotFound(f"There is no call {call_id}.")
    return call


def calls_with_ids(ids: Iterable[int]) -> QuerySet[Call]:
    """In the order in which they were made."""
    return Call.objects.filter(pk__in=set(ids)).order_by("pk")


@dataclass(frozen=True)
class Spend:
    """What a batch paid one model for one stage; `unusable` are calls without a usable reply."""

    stage: str
    model: str
    calls: int
    unusable: int
    prompt_tokens: int
    completion_tokens: int
    cost_usd: Decimal


def spend_of(batch: Batch) -> list[Spend]:
    """By stage and model."""
    return [
        Spend(
            stage=one.stage,
            model=one.model,
            calls=one.ended + one.in_flight,
            unusable=one.unusable,
            prompt_tokens=one.prompt_tokens,
            completion_tokens=one.completion_tokens,
            cost_usd=one.cost_usd,
        )
        for one in sums_of_calls(batch)
    ]
