"""`await_batches`, and `launch_batch --wait`: what is waited for, what is told at the end."""

import signal
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.management import CommandError
from django.utils import timezone

from tests.commands import run, run_json
from tests.generation.made_calls import make_batch
from webapp.generation.actions.batches import cancel_batch
from webapp.generation.management import watching
from webapp.generation.models import Batch
from webapp.generation.states import BatchState
from webapp.slides.models import Triplet

pytestmark = pytest.mark.django_db

SLEEP = "webapp.generation.management.watching.time.sleep"
Meanwhile = Callable[[Callable[[], object]], None]


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    """What happens while the command sleeps, once."""

    def set_up(event: Callable[[], object]) -> None:
        left = [event]
        monkeypatch.setattr(SLEEP, lambda _s: left.pop()() if left else None)

    return set_up


def now(batch: Batch, state: BatchState, **fields: object) -> None:
    Batch.objects.filter(pk=batch.pk).update(state=state, **fields)


def test_nothing_to_wait_for_is_said() -> None:
    make_batch(state=BatchState.DONE)
    assert "No batch is at work." in run("await_batches")


def test_a_batch_at_work_is_waited_for(meanwhile: Meanwhile) -> None:
    batch = make_batch(state=BatchState.RUNNING)
    meanwhile(lambda: now(batch, BatchState.DONE, notes=["Few captions."]))
    told = run("await_batches")
    assert f"Batch {batch.pk} “Night” is done: 0 ready" in told
    assert "Few captions." in told


def test_waiting_ends_when_the_time_is_over() -> None:
    batch = make_batch()
    with pytest.raises(CommandError, match=f"Batch {batch.pk} not ready after 0.01 s"):
        run("await_batches", "--timeout", "0.01")


def test_a_batch_that_only_a_person_can_resume_is_not_waited_for() -> None:
    batch = make_batch(state=BatchState.PAUSED, error="The key of openai is wrong.")
    with pytest.raises(CommandError) as refusal:
        run("await_batches")
    assert "The key of openai is wrong." in str(refusal.value)
    assert f"manage.py resume_batch {batch.pk}" in str(refusal.value)


def test_other_batches_are_not_waited_for_when_some_are_named() -> None:
    make_batch(state=BatchState.PAUSED)
    done = make_batch(state=BatchState.DONE)
    assert f"Batch {done.pk} “Night” is done" in run("await_batches", done.pk)


def test_a_short_pause_is_waited_through(meanwhile: Meanwhile) -> None:
    soon = timezone.now() + timedelta(minutes=1)
    batch = make_batch(state=BatchState.PAUSED, error="openai is down.", resume_at=soon, pauses=1)
    meanwhile(lambda: now(batch, BatchState.DONE))
    assert "is done" in run("await_batches")


def test_a_provider_that_stays_down_is_told_and_not_waited_for() -> None:
    soon = timezone.now() + timedelta(minutes=8)
    many = watching.MOST_PAUSES + 1
    make_batch(state=BatchState.PAUSED, error="openai is down.", resume_at=soon, pauses=many)
    with pytest.raises(CommandError, match=f"openai is down. It tries again at {soon:%H:%M} UTC"):
        run("await_batches")


@pytest.mark.parametrize("state", [BatchState.FAILED, BatchState.CANCELLED])
def test_what_ends_undone_meanwhile_is_a_failure(meanwhile: Meanwhile, state: BatchState) -> None:
    batch = make_batch(state=BatchState.RUNNING)
    meanwhile(lambda: now(batch, state, error="A reason."))
    with pytest.raises(CommandError, match=f"Batch {batch.pk} is {state}. A reason."):
        run("await_batches")


@pytest.mark.django_db(transaction=True)
def test_a_launch_waits_until_a_worker_is_done(triplets: list[Triplet]) -> None:
    told = run("launch_batch", 4, "--wait", "--seed", 3)
    batch = Batch.objects.get()
    assert batch.state == BatchState.DONE
    assert f"Batch {batch.pk} “{batch.name}” is done: 4 ready, 0 leaky, 0 failed." in told


@pytest.mark.django_db(transaction=True)
def test_a_launch_that_waited_tells_json_of_the_end(triplets: list[Triplet]) -> None:
    told = run_json("launch_batch", 4, "--wait", "--seed", 3)
    assert (told["state"], told["done"], told["funnel"]["written"]) == ("done", 4, 4)


def interrupted() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's "&" has it ignored
    signal.raise_signal(signal.SIGINT)


def test_an_interrupt_leaves_the_batch_at_work(
    triplets: list[Triplet], meanwhile: Meanwhile
) -> None:
    meanwhile(interrupted)
    with pytest.raises(CommandError, match="goes on without you") as refusal:
        run("launch_batch", 4, "--wait")
    batch = Batch.objects.get()
    assert batch.state == BatchState.QUEUED
    assert f"manage.py await_batches {batch.pk}" in str(refusal.value)
    assert refusal.value.returncode == 130


def test_an_interrupt_cancels_it_where_that_was_asked_for(
    triplets: list[Triplet], meanwhile: Meanwhile
) -> None:
    meanwhile(interrupted)
    with pytest.raises(CommandError, match="is cancelled; what is made stays"):
        run("launch_batch", 4, "--wait", "--cancel-on-interrupt")
    assert Batch.objects.get().state == BatchState.CANCELLED


def test_an_interrupt_after_the_end_says_that_nothing_was_cancelled(
    triplets: list[Triplet], meanwhile: Meanwhile
) -> None:
    def end_and_interrupt() -> None:
        batch = Batch.objects.get()
        cancel_batch(batch, by=batch.created_by)
        interrupted()

    meanwhile(end_and_interrupt)
    with pytest.raises(CommandError, match="is cancelled and cannot become cancelled"):
        run("launch_batch", 4, "--wait", "--cancel-on-interrupt")
