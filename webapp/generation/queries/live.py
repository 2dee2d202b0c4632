"""What the page of a batch at work asks every second: from sums, whatever the batch's size."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from webapp.generation.config import OFFLINE, RULES, BatchConfig
from webapp.generation.models import Batch, Call, CallSum, ScreeningSum, Slot
from webapp.generation.queries.batches import Progress
from webapp.generation.states import BatchState, CallOutcome, SlotState
from webapp.items.models import Revision

AT_WORK = 256
"""A worker takes the open slots in order and has at most so many in hand."""


@dataclass(frozen=True)
class Sums:
    """Calls of one stage to one model; `outcomes` leaves out those in flight."""

    stage: str
    model: str
    outcomes: Mapping[str, int]
    in_flight: int
    prompt_tokens: int
    completion_tokens: int
    cost_usd: Decimal

    @property
    def ended(self) -> int:
        return sum(self.outcomes.values())

    @property
    def answered(self) -> int:
        return self.outcomes.get(CallOutcome.OK, 0)

    @property
    def unusable(self) -> int:
        return self.ended - self.answered

    @property
    def unusable_outcomes(self) -> list[tuple[str, str, int]]:
        """Code, label and count, in the order of the codes."""
        return [
            (one.value, str(one.label).lower(), self.outcomes[one])
            for one in CallOutcome
            if one != CallOutcome.OK and self.outcomes.get(one)
        ]


STAGES = ("decompose", "generate", "screen", "refine")


def sums_of_calls(batch: Batch) -> list[Sums]:
    """By stage, in the order of the work, and model."""
    rows: dict[tuple[str, str], list[CallSum]] = {}
    for row in batch.call_sums.order_by("model"):
        rows.setdefault((row.stage, row.model), []).append(row)
    order = {stage: place for place, stage in enumerate(STAGES)}
    return [
        _summed(*key, rows[key])
        for key in sorted(rows, key=lambda one: (order.get(one[0], len(order)), one))
    ]


def _summed(stage: str, model: str, rows: Sequence[CallSum]) -> Sums:
    calls = {row.outcome: row.calls for row in rows if row.calls}
    in_flight = calls.pop(CallOutcome.SENT, 0)
    return Sums(
        stage=stage,
        model=model,
        outcomes=calls,
        in_flight=in_flight,
        prompt_tokens=sum(row.prompt_tokens for row in rows),
        completion_tokens=sum(row.completion_tokens for row in rows),
        cost_usd=sum((row.cost_usd for row in rows), Decimal(0)),
    )


@dataclass(frozen=True)
class Stage:
    """A bar of the page; without a `total` nobody knows yet how much there is to do."""

    label: str
    done: int
    total: int
    unit: str = "items"
    calls: int = 0
    cost_usd: Decimal = Decimal(0)
    active: bool = False


def stages_of(batch: Batch, progress: Progress, sums: Sequence[Sums]) -> list[Stage]:
    """From captions to questions that were tried."""
    config = BatchConfig.from_json(batch.config)
    stages = [_planning(batch, config, progress)]
    if config.decomposer != RULES:
        stages.insert(0, _reading(batch, sums))
    asks = config.generator != OFFLINE or config.adversaries
    if asks:
        stage = "generate" if config.generator != OFFLINE else "screen"
        written = min(progress.made + _in_hand(batch, stage), progress.total)
        stages.append(_making("Written", written, batch, progress, sums, ("generate", "refine")))
    label = "Screened" if asks else "Written and screened"
    stages.append(_making(label, progress.made, batch, progress, sums, ("screen",)))
    return stages


def _reading(batch: Batch, sums: Sequence[Sums]) -> Stage:
    active = _is_at(batch, "decompose")
    of_stage = [one for one in sums if one.stage == "decompose"]
    calls = sum(one.ended for one in of_stage)
    done, total = (batch.progress["done"], batch.progress["total"]) if active else (calls, 0)
    return Stage(
        "Captions read",
        done,
        total if active else (calls if batch.planned else 0),
        unit="captions",
        calls=calls,
        cost_usd=sum((one.cost_usd for one in of_stage), Decimal(0)),
        active=active,
    )


def _planning(batch: Batch, config: BatchConfig, progress: Progress) -> Stage:
    return Stage("Planned", progress.total, config.count, active=_is_at(batch, "plan"))


def _making(
    label: str,
    done: int,
    batch: Batch,
    progress: Progress,
    sums: Sequence[Sums],
    stages: tuple[str, ...],
) -> Stage:
    of_stage = [one for one in sums if one.stage in stages]
    return Stage(
        label,
        done,
        progress.total,
        calls=sum(one.ended for one in of_stage),
        cost_usd=sum((one.cost_usd for one in of_stage), Decimal(0)),
        active=_is_at(batch, "make"),
    )


def _is_at(batch: Batch, stage: str) -> bool:
    return batch.state == BatchState.RUNNING and batch.progress.get("stage") == stage


def _in_hand(batch: Batch, stage: str) -> int:
    """How many items not yet made have come past this stage.

    Of questions that share a text only the first has a call; the others count when they are made.
    """
    waiting = batch.slots.filter(state=SlotState.PLANNED).order_by("number")
    at_work = list(waiting.values_list("number", flat=True)[:AT_WORK])
    calls = batch.calls.filter(slot_number__in=at_work, stage=stage, outcome=CallOutcome.OK)
    return calls.order_by().values("slot_number").distinct().count()


def sums_of_screenings(batch: Batch) -> list[ScreeningSum]:
    return list(batch.screening_sums.order_by("adversary", "dimension", "round", "final"))


def slots_to_show(batch: Batch, *, state: str = "", dimension: str = "") -> QuerySet[Slot]:
    """In order, with `rounds`: how often the text was written."""
    exact = {"state": state, "dimension": dimension}
    found = batch.slots.filter(**{name: value for name, value in exact.items() if value})
    newest = Revision.objects.filter(item=OuterRef("item"), provenance__has_key="round").order_by(
        "-number"
    )
    rounds = Coalesce(Subquery(newest.values("number")[:1]), 1)
    return found.select_related("triplet__slide", "item").annotate(rounds=rounds).order_by("number")


def count_of(batch: Batch, *, stage: str = "", model: str = "", outcome: str = "") -> int:
    """How many calls of the batch are like that."""
    exact = {"stage": stage, "model": model, "outcome": outcome}
    sums = batch.call_sums.filter(**{name: value for name, value in exact.items() if value})
    return int(sums.aggregate(calls=Sum("calls"))["calls"] or 0)


def slot_of(call: Call) -> Slot | None:
    """The slot that a call was made for."""
    if call.slot_number is None:
        return None
    slots = Slot.objects.select_related("item").filter(batch=call.batch_id)
    return slots.filter(number=call.slot_number).first()
