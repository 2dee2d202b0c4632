"""A batch with language models part of the way, every row written by the actions that write it."""

from dataclasses import dataclass
from decimal import Decimal
from itertools import count

from tests.factories import make_mcq, make_triplet
from webapp.accounts.models import User
from webapp.generation.actions.batches import PlannedSlot, start_batch, tell_progress, write_plan
from webapp.generation.actions.calls import EndedCall, NewCall, close_calls, open_calls
from webapp.generation.actions.slots import fail_slots, fill_slots
from webapp.generation.config import BatchConfig
from webapp.generation.made import Made, Round, ScreeningRecord
from webapp.generation.models import Batch, Call, Slot
from webapp.generation.states import CallOutcome
from webapp.items.mcq import Dimension

ADVERSARIES = ("gemini-3-pro", "qwen3-max", "centroid")
PROVIDERS = {"gpt-5": "openai", "gemini-3-pro": "google", "qwen3-max": "dashscope"}
CONFIG = BatchConfig(
    dimensions=tuple(Dimension),
    count=10,
    generator="gpt-5",
    decomposer="gpt-5",
    adversaries=("gemini-3-pro", "qwen3-max"),
)
CAUSES = ("No model gave four options that differ.", "The finding stands in no caption.")
_keys = count(1)


@dataclass
class ModelBatch:
    batch: Batch
    by: User

    def fresh(self) -> Batch:
        return Batch.objects.get(pk=self.batch.pk)

    def call(
        self,
        stage: str = "generate",
        model: str = "gpt-5",
        outcome: CallOutcome = CallOutcome.OK,
        slot: int | None = 1,
        error: str = "",
        latency_s: float = 1.5,
    ) -> Call:
        """One call on record; one that is `sent` is left in flight."""
        new = NewCall(
            key=f"key-{next(_keys)}",
            stage=stage,
            provider=PROVIDERS[model],
            model=model,
            model_id=f"{model}-id",
            prompt=f"{stage}_A/v1@0123456789ab",
            request={
                "system": "Write what the fields show.",
                "user": "<caption>Crowded glands.</caption>",
                "images": [],
                "schema": {"type": "object"},
                "max_tokens": 2048,
                "temperature": 0.0,
            },
            reserve_usd=Decimal("0.02"),
            slot_number=slot,
        )
        (call,) = open_calls(self.batch.pk, [new], by=self.by)
        assert isinstance(call, Call)
        if outcome != CallOutcome.SENT:
            paid = Decimal(0) if outcome == CallOutcome.FAILED else Decimal("0.01")
            reply = '{"stem": "Which finding?"}' if outcome == CallOutcome.OK else ""
            ended = EndedCall(
                call.pk, outcome, reply, error, "stop", 900, 300, paid, latency_s=latency_s
            )
            close_calls(self.batch.pk, [ended])
        return Call.objects.get(pk=call.pk)

    def fill(self, slot: Slot, *verdicts: str, correct: float = 0.25) -> None:
        """The slot's item after as many rounds as verdicts; all adversaries find the same."""
        rounds = tuple(
            Round(
                make_mcq(seed=100 * slot.number + number, dimension=slot.dimension),
                {"round": number},
                tuple(
                    ScreeningRecord(name, "1", "", correct, 0.5, "Alike.", verdict)  # type: ignore[arg-type]
                    for name in ADVERSARIES
                ),
            )
            for number, verdict in enumerate(verdicts or ("holds",), 1)
        )
        fill_slots({slot.pk: Made(rounds)}, by=self.by)


def make_model_batch(by: User, *, slots: int = 10, budget: str = "5") -> ModelBatch:
    """Ten slots: four ready (one in its second round), one leaky, two failed, three to do, one of
    these written; calls of every outcome, one of them in flight.
    """
    batch = Batch.objects.create(
        name="With models",
        config=CONFIG.as_json(),
        seed=3,
        budget_usd=Decimal(budget),
        created_by=by,
    )
    planned = [
        PlannedSlot(
            number,
            make_triplet().pk,
            "ABCDE"[number % 5],
            {},
            pool="free" if number % 2 else "fixed",
            twin_group="t" * 32 if number < 3 else "",
        )
        for number in range(1, slots + 1)
    ]
    write_plan(batch, planned, by=by, notes=lambda: ["2 of 10 triplets lack a caption."])
    start_batch(batch, by=by)
    tell_progress(batch.pk, "make", 0, 0)
    made = ModelBatch(Batch.objects.get(pk=batch.pk), by)
    found = list(batch.slots.order_by("number"))
    for slot in found[:3]:
        made.fill(slot)
    made.fill(found[3], "leaks", "holds")
    made.fill(found[4], "leaks", "leaks", "leaks", correct=1.0)
    fail_slots({slot.pk: CAUSES[n] for n, slot in enumerate(found[5:7])}, by=by)
    made.call("decompose", slot=None)
    made.call(slot=8)
    made.call("screen", "qwen3-max", slot=8)
    made.call("refine", "gemini-3-pro", slot=4)
    for outcome in CallOutcome:
        made.call("screen", "gemini-3-pro", outcome, slot=1, error=f"It was {outcome.value}.")
    made.batch = made.fresh()
    return made
