"""Batches by models that are disturbed pause, lose nothing and make the same in the end."""

import socket
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import LazySettings
from django.utils import timezone

from tests.emulator.process import RunningEmulator
from tests.workers.batch.whole import Launch, assert_paid, run, states, texts, undisturbed
from webapp.accounts.models import User
from webapp.generation.actions import slots as slot_actions
from webapp.generation.actions.batches import cancel_batch, resume_batch, retry_slots, set_budget
from webapp.generation.models import Batch
from webapp.generation.queries import errors_by_cause
from webapp.generation.states import BatchState
from webapp.items.models import Item
from workers.tasks.sweep import resend_stalled_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def closed_address() -> Iterator[str]:
    """Where nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"


def test_a_provider_that_is_down_is_waited_for(
    launch: Launch, providers: RunningEmulator, django_capture_on_commit_callbacks: Any
) -> None:
    expected = undisturbed(launch)
    providers.fault("unavailable", provider="google", times=-1)
    batch = run(launch())
    assert batch.state == BatchState.PAUSED
    assert batch.resume_at is not None
    assert batch.resume_at > timezone.now()
    assert batch.error.startswith("Google")
    assert_paid(batch)
    providers.clear_faults()
    Batch.objects.filter(pk=batch.pk).update(resume_at=timezone.now() - timedelta(seconds=1))
    with django_capture_on_commit_callbacks(execute=True):
        resend_stalled_rows(0)
    batch.refresh_from_db()
    assert batch.state == BatchState.DONE
    assert texts(batch) == expected
    assert_paid(batch)


def test_one_that_stays_down_is_tried_ever_less_often(
    launch: Launch, settings: LazySettings, closed_address: str
) -> None:
    settings.LLM_BASE_URLS = {**settings.LLM_BASE_URLS, "dashscope": closed_address}
    batch = launch()
    waits = []
    for _ in range(2):
        batch = run(batch)
        assert batch.state == BatchState.PAUSED
        assert batch.resume_at is not None
        waits.append(batch.resume_at - timezone.now())
        Batch.objects.filter(pk=batch.pk).update(resume_at=timezone.now() - timedelta(seconds=1))
        resend_stalled_rows(0)
    assert waits[1] > waits[0]
    assert "DASHSCOPE_BASE_URL" in batch.error


def test_a_wrong_key_waits_for_a_person_and_loses_nothing(
    launch: Launch, settings: LazySettings, cleo: User
) -> None:
    expected = undisturbed(launch)
    right = settings.LLM_KEYS
    settings.LLM_KEYS = {**right, "google": "wrong-key"}
    batch = run(launch())
    assert (batch.state, batch.resume_at) == (BatchState.PAUSED, None)
    assert "key" in batch.error
    assert "wrong-key" not in batch.error
    settings.LLM_KEYS = right
    resume_batch(batch, by=cleo)
    batch = run(batch)
    assert (batch.state, batch.error) == (BatchState.DONE, "")
    assert texts(batch) == expected
    assert_paid(batch)


def test_too_small_a_budget_is_never_overspent(launch: Launch, cleo: User) -> None:
    expected = undisturbed(launch)
    batch = run(launch(budget="0.20"))
    assert (batch.state, batch.resume_at) == (BatchState.PAUSED, None)
    assert "does not hold the next call" in batch.error
    assert batch.spent_usd > 0
    assert_paid(batch)
    resume_batch(batch, by=cleo)
    batch = run(batch)
    assert batch.state == BatchState.PAUSED, "nobody raised it"
    assert_paid(batch)
    set_budget(batch, Decimal(20), by=cleo)
    resume_batch(batch, by=cleo)
    batch = run(batch)
    assert batch.state == BatchState.DONE
    assert texts(batch) == expected
    assert_paid(batch)


def test_one_cancelled_in_the_middle_goes_on_from_there(
    launch: Launch, providers: RunningEmulator, cleo: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = undisturbed(launch)
    providers.set_latency(300)
    batch = launch()
    fill = slot_actions.fill_slots

    def fill_and_cancel(made: Any, *, by: User) -> list[Item]:
        items = fill(made, by=by)
        now = Batch.objects.get(pk=batch.pk)
        if now.state == BatchState.RUNNING:
            cancel_batch(now, by=cleo)
        return items

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(slot_actions, "fill_slots", fill_and_cancel)
        batch = run(batch)
    assert batch.state == BatchState.CANCELLED
    assert 0 < states(batch)["planned"] < 10
    assert_paid(batch)
    resume_batch(batch, by=cleo)
    batch = run(batch)
    assert batch.state == BatchState.DONE
    assert texts(batch) == expected
    assert_paid(batch)
    assert set(batch.calls.values_list("sendings", flat=True)) == {1}


@pytest.mark.parametrize("kind", ["refusal", "prompt_block", "answer_block", "truncated"])
def test_an_adversary_that_gives_no_answer_is_no_pass(
    launch: Launch, providers: RunningEmulator, cleo: User, kind: str
) -> None:
    expected = undisturbed(launch)
    providers.fault(kind, provider="google", times=-1)
    batch = run(launch())
    assert batch.state == BatchState.DONE
    assert states(batch)["ready"] == 0
    ((cause, count),) = errors_by_cause(batch)
    assert cause.startswith("No verdict from gemini-3-pro: ")
    assert count == states(batch)["failed"] > 0
    assert_paid(batch)
    providers.clear_faults()
    written = batch.calls.filter(stage="generate").count()
    assert retry_slots(batch, cause, by=cleo) == count
    batch = run(batch)
    assert (batch.state, states(batch)["failed"]) == (BatchState.DONE, 0)
    first = {number: rounds[:1] for number, rounds in texts(batch).items()}
    assert first == {number: rounds[:1] for number, rounds in expected.items()}
    assert batch.calls.filter(stage="generate", request__asking=0).count() <= written
    assert_paid(batch)
