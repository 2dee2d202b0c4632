"""Asking models on record, through the real SDKs, over HTTP."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal

import pytest

from annotation_configs.models import models
from tests.emulator.process import RunningEmulator
from tests.workers.batch.conftest import Held
from webapp.accounts.models import User
from webapp.generation.actions.batches import launch_batch
from webapp.generation.config import BatchConfig
from webapp.generation.models import Batch, Call
from webapp.generation.states import CallOutcome
from workers.batch.batch import run_through
from workers.batch.desk import Desk
from workers.batch.ledger import Ledger
from workers.batch.run import Run, guarded
from workers.llm.cost import worst_case_usd
from workers.llm.types import Outcome, Reply, Request

pytestmark = pytest.mark.django_db


def question(text: str = "Say something.", **fields: object) -> Request:
    values = {"model": "gpt-5-mini", "system": "Be brief.", "max_tokens": 100, **fields}
    return Request(user=text, **values)  # type: ignore[arg-type]


def ask(run: Run, requests: Sequence[Request]) -> list[Reply | None]:
    """All at once; None for those that the batch's stop left unanswered."""

    replies: list[Reply | None] = [None] * len(requests)

    async def one(ledger: Ledger, place: int) -> None:
        with guarded(run):
            replies[place] = await ledger.asker(1).ask("screen", requests[place])

    async def work(_desk: Desk, ledger: Ledger | None) -> None:
        assert ledger is not None
        await asyncio.gather(*(one(ledger, place) for place in range(len(requests))))

    run.serve(work)
    return replies


def outcomes(replies: Sequence[Reply | None]) -> list[Outcome | None]:
    return [reply.outcome if reply else None for reply in replies]


def test_a_reply_is_on_record_with_what_it_cost(
    emulator: RunningEmulator, batch: Batch, held: Held
) -> None:
    (reply,) = ask(held(batch), [question()])
    assert reply is not None
    call = Call.objects.get()
    assert (reply.outcome, reply.call) == (Outcome.OK, call.pk)
    assert (call.outcome, call.reply, call.stage) == ("ok", reply.text, "screen")
    assert (call.provider, call.model, call.slot_number) == ("openai", "gpt-5-mini", 1)
    assert call.request["user"] == "Say something."
    assert call.prompt_tokens > 0
    batch.refresh_from_db()
    assert batch.spent_usd == call.cost_usd > 0
    assert batch.reserved_usd == 0


def test_the_same_is_paid_once_at_the_same_time_and_ever_after(
    emulator: RunningEmulator, batch: Batch, held: Held
) -> None:
    run = held(batch)
    first = ask(run, [question()] * 20)
    later = ask(run, [question()])
    assert emulator.counts()["requests"] == 1
    assert {reply.text for reply in (*first, *later) if reply} == {Call.objects.get().reply}
    assert None not in first


def test_another_asking_of_the_same_is_another_call(
    emulator: RunningEmulator, batch: Batch, held: Held
) -> None:
    ask(held(batch), [question(), question(asking=1)])
    assert emulator.counts()["requests"] == 2


def test_many_are_in_flight_at_once(emulator: RunningEmulator, batch: Batch, held: Held) -> None:
    emulator.set_latency(3000)
    replies = ask(held(batch), [question(str(number)) for number in range(128)])
    assert outcomes(replies) == [Outcome.OK] * 128
    assert emulator.counts()["max_in_flight_by_provider"]["openai"] == 64


def test_what_cannot_be_used_is_on_record_and_stops_nothing(
    emulator: RunningEmulator, batch: Batch, held: Held
) -> None:
    emulator.fault("refusal", contains="refuse this")
    replies = ask(held(batch), [question("refuse this"), question("and this?")])
    assert outcomes(replies) == [Outcome.REFUSED, Outcome.OK]
    assert sorted(Call.objects.values_list("outcome", flat=True)) == ["ok", "refused"]


def test_the_budget_stops_the_batch_before_it_is_overspent(
    emulator: RunningEmulator, batch: Batch, held: Held
) -> None:
    questions = [question(f"{number} " * 50) for number in range(60)]
    worst = worst_case_usd(questions[-1], models()["gpt-5-mini"])
    Batch.objects.filter(pk=batch.pk).update(budget_usd=worst + Decimal("0.0005"))
    run = held(batch)
    replies = ask(run, questions)
    batch.refresh_from_db()
    assert 0 < batch.spent_usd <= batch.budget_usd
    assert batch.reserved_usd == 0
    assert run.pause is not None
    assert "alone may need $0.01 more" in run.pause.sentence
    answered = len([reply for reply in replies if reply])
    assert 0 < answered < 60
    assert emulator.counts()["requests"] == answered == Call.objects.count()


def test_a_model_that_is_no_longer_on_offer_pauses_the_batch(
    emulator: RunningEmulator, batch: Batch, held: Held
) -> None:
    stored = {**batch.config, "adversaries": ["gpt-0"]}
    Batch.objects.filter(pk=batch.pk).update(config=stored, planned=True)
    run = held(batch)
    assert run.claim is not None
    run_through(run.batch, run.claim)
    batch.refresh_from_db()
    assert (batch.state, batch.resume_at) == ("paused", None)
    assert "'gpt-0'" in batch.error
    assert "models.yaml and resume" in batch.error


def test_a_free_model_needs_no_budget(emulator: RunningEmulator, batch: Batch, held: Held) -> None:
    Batch.objects.filter(pk=batch.pk).update(budget_usd=0)
    (reply,) = ask(held(batch), [question(model="local-vllm")])
    assert reply is not None
    assert reply.outcome is Outcome.OK


def test_a_wrong_key_pauses_the_batch_until_somebody_mends_it(
    emulator: RunningEmulator, batch: Batch, held: Held
) -> None:
    emulator.fault("wrong_key", provider="openai", times=99)
    run = held(batch)
    assert ask(run, [question(str(number)) for number in range(5)]) == [None] * 5
    assert run.pause is not None
    assert not run.pause.again
    assert "key" in run.pause.sentence
    batch.refresh_from_db()
    assert (batch.spent_usd, batch.reserved_usd) == (Decimal(0), Decimal(0))
    assert set(Call.objects.values_list("outcome", flat=True)) <= {CallOutcome.FAILED.value}


def test_a_call_lost_with_its_worker_is_sent_again_and_once(
    emulator: RunningEmulator, batch: Batch, held: Held
) -> None:
    run = held(batch)
    ask(run, [question()])
    Call.objects.update(outcome=CallOutcome.SENT, reserved_usd=Decimal(1))
    Batch.objects.filter(pk=batch.pk).update(reserved_usd=Decimal(1))
    (reply,) = ask(run, [question()])
    assert reply is not None
    assert emulator.counts()["requests"] == 2
    assert Call.objects.get().sendings == 2


@pytest.mark.parametrize("char", ["\x00", "\ud83d"])
@pytest.mark.parametrize("model", ["gpt-5-mini", "gemini-3-pro", "qwen3-max", "local-vllm"])
def test_what_no_database_stores_is_stored_as_a_mark_and_told_alike_ever_after(
    emulator: RunningEmulator, batch: Batch, cleo: User, held: Held, model: str, char: str
) -> None:
    config = BatchConfig(("A",), count=3, adversaries=(model,))
    batch = launch_batch(config, by=cleo, budget_usd=Decimal(5))
    emulator.fault("say", text=f"a{char}b")
    run = held(batch)
    replies = [*ask(run, [question(model=model)]), *ask(run, [question(model=model)])]
    assert [reply and reply.text for reply in replies] == ["a\ufffdb"] * 2
    assert Call.objects.get().reply == "a\ufffdb"
