"""The database adds up a batch's calls and screenings in the transactions that write them."""

from decimal import Decimal
from random import Random

import pytest
from django.db.models import Count, Sum

from tests.factories import make_mcq, make_triplet
from webapp.accounts.models import User
from webapp.generation.actions.batches import PlannedSlot, write_plan
from webapp.generation.actions.calls import (
    EndedCall,
    NewCall,
    close_calls,
    open_calls,
    settle_lost_calls,
)
from webapp.generation.actions.screening import write_screenings
from webapp.generation.actions.slots import fill_slots
from webapp.generation.made import Made, Round, ScreeningRecord, Verdict
from webapp.generation.models import Batch, Call, CallSum, ScreeningSum, Slot
from webapp.generation.states import CallOutcome
from webapp.items.mcq import Dimension

pytestmark = pytest.mark.django_db

SUMMED = ("batch_id", "stage", "model", "outcome")
OFFERS = (("decompose", "gpt-5"), ("generate", "gpt-5"), ("screen", "qwen3-max"))


def make_batch(by: User) -> Batch:
    return Batch.objects.create(config={}, seed=1, budget_usd=Decimal(50), created_by=by)


def new(number: int, stage: str, model: str) -> NewCall:
    return NewCall(f"k{number}", stage, "p", model, model, "", {}, Decimal("0.5"), number)


def counted() -> dict[tuple[object, ...], tuple[object, ...]]:
    """What the rows of the calls add up to."""
    sums = Call.objects.order_by().values_list(*SUMMED).filter(batch__isnull=False)
    added = sums.annotate(
        Count("pk"), Sum("prompt_tokens"), Sum("completion_tokens"), Sum("cost_usd")
    )
    return {row[:4]: row[4:] for row in added}


def kept() -> dict[tuple[object, ...], tuple[object, ...]]:
    numbers = ("calls", "prompt_tokens", "completion_tokens", "cost_usd")
    rows = CallSum.objects.exclude(calls=0).values_list(*SUMMED, *numbers)
    return {row[:4]: row[4:] for row in rows}


@pytest.mark.parametrize("seed", range(6))
def test_the_sums_of_calls_are_those_of_their_rows_whatever_happens(cleo: User, seed: int) -> None:
    rng = Random(seed)
    batches = [make_batch(cleo), make_batch(cleo)]
    number = 0
    for _ in range(12):
        batch = rng.choice(batches)
        wanted = [new(number + k, *rng.choice(OFFERS)) for k in range(rng.randint(1, 4))]
        # Some again: failed ones are sent anew, perhaps by the other batch.
        wanted += [new(k, *OFFERS[k % 3]) for k in rng.sample(range(number), k=min(number, 2))]
        number += 4
        flying = [one for one in open_calls(batch.pk, wanted, by=cleo) if isinstance(one, Call)]
        ended = [
            EndedCall(
                call.pk,
                rng.choice(list(CallOutcome)[1:]),
                prompt_tokens=rng.randint(0, 900),
                completion_tokens=rng.randint(0, 900),
                cost_usd=Decimal(rng.randint(0, 400)) / 1000,
            )
            for call in flying
            if call.outcome == CallOutcome.SENT and rng.random() < 0.7
        ]
        close_calls(batch.pk, ended)
        if rng.random() < 0.3:
            settle_lost_calls(batch.pk)
        assert kept() == counted()
    assert len(counted()) > 6


def test_calls_that_are_removed_are_taken_off(cleo: User) -> None:
    batch = make_batch(cleo)
    open_calls(batch.pk, [new(1, "screen", "gpt-5"), new(2, "screen", "gpt-5")], by=cleo)
    Call.objects.filter(key="k1").delete()
    assert CallSum.objects.get().calls == 1


def test_calls_of_no_batch_are_not_added(cleo: User) -> None:
    Call.objects.create(key="k", stage="check", model="gpt-5", request={}, created_by=cleo)
    assert not CallSum.objects.exists()


def attempt(adversary: str, correct: float | None, verdict: Verdict) -> ScreeningRecord:
    return ScreeningRecord(adversary, "1", "", correct, 0.5, "", verdict)


@pytest.fixture
def slots(cleo: User) -> list[Slot]:
    """Two of dimension A, one of B."""
    planned = [
        PlannedSlot(n, make_triplet().pk, name, {}) for n, name in enumerate(["A", "A", "B"], 1)
    ]
    write_plan(make_batch(cleo), planned, by=cleo)
    return list(Slot.objects.all())


def texts(*rounds: list[ScreeningRecord], dimension: str = "A") -> Made:
    mcqs = [make_mcq(seed=n, dimension=Dimension(dimension)) for n in range(len(rounds))]
    return Made(
        tuple(Round(mcq, {}, tuple(found)) for mcq, found in zip(mcqs, rounds, strict=True))
    )


def test_screenings_are_added_by_adversary_dimension_and_round(
    cleo: User, slots: list[Slot]
) -> None:
    leaks, holds = attempt("probe", 1.0, "leaks"), attempt("probe", 0.25, "holds")
    silent = attempt("probe", None, "none")
    fill_slots({slots[0].pk: texts([leaks], [holds])}, by=cleo)
    fill_slots({slots[1].pk: texts([holds]), slots[2].pk: texts([silent], dimension="B")}, by=cleo)
    names = ("dimension", "round", "final", "screened", "answered", "correct", "leaks")
    rows = ScreeningSum.objects.order_by("dimension", "round", "final").values_list(*names)
    assert list(rows) == [
        ("A", 1, False, 1, 1, 1.0, 1),
        ("A", 1, True, 1, 1, 0.25, 0),
        ("A", 2, True, 1, 1, 0.25, 0),
        ("B", 1, True, 1, 0, 0.0, 0),
    ]


def test_what_is_screened_later_is_not_added(cleo: User, slots: list[Slot]) -> None:
    (item,) = fill_slots({slots[0].pk: texts([attempt("probe", 1.0, "holds")])}, by=cleo)
    write_screenings(item.current, [attempt("late", 1.0, "leaks")])
    Slot.objects.filter(pk=slots[0].pk).update(attempts=5)
    assert list(ScreeningSum.objects.values_list("adversary", "screened")) == [("probe", 1)]
