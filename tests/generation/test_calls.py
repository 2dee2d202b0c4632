"""Calls are stored before they are sent, paid once, and never beyond the budget."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from tests.factories import make_user
from webapp.accounts.models import User
from webapp.accounts.roles import Role
from webapp.core.errors import BadInput
from webapp.generation.actions.batches import fail_batch, set_budget
from webapp.generation.actions.calls import (
    EndedCall,
    NewCall,
    Unaffordable,
    close_calls,
    open_calls,
    settle_lost_calls,
)
from webapp.generation.models import Batch, Call
from webapp.generation.states import CallOutcome

pytestmark = pytest.mark.django_db


def new(key: str = "k", reserve: str = "0.4") -> NewCall:
    return NewCall(
        key=key,
        stage="generate",
        provider="openai",
        model="gpt-5",
        model_id="gpt-5",
        prompt="generate_A/v1@0123",
        request={"user": "write"},
        reserve_usd=Decimal(reserve),
        slot_number=3,
    )


def batch_of(cleo: User, budget: str = "1") -> Batch:
    return Batch.objects.create(config={}, seed=1, budget_usd=Decimal(budget), created_by=cleo)


@pytest.fixture
def batch(cleo: User) -> Batch:
    return batch_of(cleo)


def money(batch: Batch) -> tuple[float, float]:
    """Spent and reserved."""
    batch.refresh_from_db()
    return float(batch.spent_usd), float(batch.reserved_usd)


def sent(batch: Batch, one: NewCall, by: User) -> Call:
    (call,) = open_calls(batch.pk, [one], by=by)
    assert isinstance(call, Call)
    return call


def answered(call: Call, cost: str = "0.1") -> EndedCall:
    return EndedCall(
        call.pk, CallOutcome.OK, reply="hello", completion_tokens=7, cost_usd=Decimal(cost)
    )


def test_a_call_is_stored_with_what_it_may_cost_before_it_is_sent(batch: Batch, cleo: User) -> None:
    call = sent(batch, new(), cleo)
    stored = Call.objects.get()
    assert (stored.pk, stored.outcome, stored.reserved_usd) == (call.pk, "sent", Decimal("0.4"))
    assert (stored.batch, stored.slot_number, stored.created_by) == (batch, 3, cleo)
    assert money(batch) == (0, 0.4)


def test_its_end_turns_the_reserve_into_the_price(batch: Batch, cleo: User) -> None:
    close_calls(batch.pk, [answered(sent(batch, new(), cleo))])
    call = Call.objects.get()
    assert (call.outcome, call.reply, call.completion_tokens) == ("ok", "hello", 7)
    assert (float(call.cost_usd), float(call.reserved_usd)) == (0.1, 0)
    assert call.finished_at is not None
    assert money(batch) == (0.1, 0)


def test_what_was_answered_is_never_sent_again(batch: Batch, cleo: User) -> None:
    close_calls(batch.pk, [answered(sent(batch, new(), cleo))])
    for asking in (batch, batch_of(cleo, "0")):
        (again,) = open_calls(asking.pk, [new()], by=cleo)
        assert isinstance(again, Call)
        assert (again.outcome, again.reply, again.sendings) == ("ok", "hello", 1)
    assert money(batch) == (0.1, 0)


@pytest.mark.parametrize("outcome", ["refused", "blocked", "truncated", "malformed"])
def test_an_answer_that_cannot_be_used_is_on_record_too(
    batch: Batch, cleo: User, outcome: str
) -> None:
    call = sent(batch, new(), cleo)
    close_calls(batch.pk, [EndedCall(call.pk, CallOutcome(outcome))])
    (again,) = open_calls(batch.pk, [new()], by=cleo)
    assert isinstance(again, Call)
    assert (again.outcome, again.sendings) == (outcome, 1)


def test_a_failed_call_costs_nothing_and_is_sent_again(batch: Batch, cleo: User) -> None:
    call = sent(batch, new(), cleo)
    close_calls(batch.pk, [EndedCall(call.pk, CallOutcome.FAILED, error="no answer in time")])
    assert money(batch) == (0, 0)
    again = sent(batch, new(), cleo)
    assert (again.pk, again.sendings, again.error) == (call.pk, 2, "")


def test_the_budget_holds_before_each_call(batch: Batch, cleo: User) -> None:
    admitted = open_calls(batch.pk, [new(key) for key in "abc"], by=cleo)
    assert [type(one) for one in admitted] == [Call, Call, Unaffordable]
    assert admitted[2] == Unaffordable(Decimal("0.2"))
    assert money(batch) == (0, 0.8)
    assert Call.objects.count() == 2


def test_a_cheaper_call_still_fits(batch: Batch, cleo: User) -> None:
    admitted = open_calls(batch.pk, [new("a", "0.9"), new("b", "0.2"), new("c", "0.1")], by=cleo)
    assert [isinstance(one, Call) for one in admitted] == [True, False, True]


def test_a_budget_of_zero_pays_for_nothing_but_free_calls(cleo: User) -> None:
    batch = batch_of(cleo, "0")
    admitted = open_calls(batch.pk, [new("a", "0.000001"), new("b", "0")], by=cleo)
    assert [isinstance(one, Call) for one in admitted] == [False, True]


def test_a_call_lost_with_its_worker_counts_as_paid_and_is_sent_again(
    batch: Batch, cleo: User
) -> None:
    lost = sent(batch, new(), cleo)
    assert settle_lost_calls(batch.pk) == 1
    assert money(batch) == (0.4, 0)
    again = sent(batch, new(), cleo)
    assert (again.pk, again.sendings) == (lost.pk, 2)
    close_calls(batch.pk, [answered(again)])
    assert Call.objects.get().cost_usd == Decimal("0.5")
    assert money(batch) == (0.5, 0)
    assert settle_lost_calls(batch.pk) == 0


def test_a_call_that_another_worker_has_in_flight_is_left_to_it(batch: Batch, cleo: User) -> None:
    sent(batch, new(), cleo)
    other = batch_of(cleo)
    Batch.objects.filter(pk=batch.pk).update(claimed_until=timezone.now() + timedelta(seconds=30))
    assert open_calls(other.pk, [new()], by=cleo) == [None]
    Batch.objects.filter(pk=batch.pk).update(claimed_until=timezone.now() - timedelta(seconds=1))
    taken = sent(other, new(), cleo)
    assert (taken.batch_id, taken.sendings) == (other.pk, 2)
    assert money(other) == (0, 0.4)
    assert money(batch) == (0.4, 0)


def taken_over(batch: Batch, by: User) -> tuple[Batch, Call]:
    """By a batch of another curator, while the worker of the first is slow but alive."""
    sent(batch, new(), batch.created_by)
    other = batch_of(by)
    return other, sent(other, replace(new(), slot_number=9), by)


def test_a_call_taken_over_is_on_record_for_whoever_asks_now(batch: Batch) -> None:
    dora = make_user(Role.CURATOR, "dora")
    other, _ = taken_over(batch, dora)
    call = Call.objects.get()
    assert (call.batch, call.slot_number, call.created_by) == (other, 9, dora)


def test_the_late_end_of_a_call_that_was_taken_over_is_not_told(batch: Batch, cleo: User) -> None:
    other, call = taken_over(batch, cleo)
    close_calls(batch.pk, [answered(call)])
    assert (money(batch), money(other)) == ((0.4, 0), (0, 0.4))
    assert Call.objects.get().outcome == "sent"
    close_calls(other.pk, [answered(call)])
    assert (money(batch), money(other)) == ((0.4, 0), (0.1, 0))
    assert Call.objects.get().outcome == "ok"


def test_a_batch_that_fails_keeps_nothing_reserved(batch: Batch, cleo: User) -> None:
    sent(batch, new(), cleo)
    fail_batch(batch.pk, "The disk is full.", by=cleo)
    assert money(batch) == (0.4, 0)


def test_a_budget_is_not_lowered_below_what_is_in_flight(batch: Batch, cleo: User) -> None:
    close_calls(batch.pk, [answered(sent(batch, new("a"), cleo), "0.101")])
    sent(batch, new("b"), cleo)
    with pytest.raises(BadInput, match=r"from \$0\.51, which is spent or in flight"):
        set_budget(batch, Decimal("0.5"), by=cleo)
    set_budget(batch, Decimal("0.51"), by=cleo)
