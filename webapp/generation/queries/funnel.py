"""What became of the questions that a batch was asked for, from plan to ready."""

from dataclasses import dataclass

from django.db.models import Count, Q

from webapp.generation.models import Batch, Screening
from webapp.generation.states import SlotState


@dataclass(frozen=True)
class Funnel:
    """Each number is a part of the one before it, down to `ready`; what left on the way is in
    `leaky` and `failed`.

    The first writing of `ready_at_once` held; the other ready ones leaked and were written again.
    """

    asked: int
    planned: int
    tried: int
    written: int
    ready: int
    ready_at_once: int
    leaky: int
    failed: int


def funnel_of(batch: Batch) -> Funnel:
    slots = batch.slots.order_by()
    counted = slots.aggregate(
        planned=Count("pk"),
        tried=Count("pk", filter=~Q(state=SlotState.PLANNED)),
        written=Count("pk", filter=Q(item__isnull=False)),
        ready=Count("pk", filter=Q(state=SlotState.READY)),
        leaky=Count("pk", filter=Q(state=SlotState.LEAKY)),
        failed=Count("pk", filter=Q(state=SlotState.FAILED)),
    )
    first_leaked = slots.filter(
        state=SlotState.READY,
        item__revisions__number=1,
        item__revisions__screenings__verdict=Screening.Verdict.LEAKS,
    ).aggregate(count=Count("pk", distinct=True))
    asked = int(batch.config.get("count", 0))
    return Funnel(asked=asked, ready_at_once=counted["ready"] - first_leaked["count"], **counted)
