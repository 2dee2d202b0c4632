"""Stopping a batch and going on with it."""

from collections.abc import Callable, Sequence

import pytest
from celery.signals import worker_shutting_down
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from tests.factories import make_user
from tests.generation.conftest import Launch
from webapp.accounts.models import User
from webapp.accounts.roles import Role
from webapp.core.errors import BadInput, NotAllowed, NotAMove
from webapp.core.models import Event
from webapp.generation.actions import batches
from webapp.generation.actions.batches import (
    cancel_batch,
    fail_batch,
    resume_batch,
    retry_slots,
)
from webapp.generation.actions.slots import fail_slots
from webapp.generation.models import Batch, Slot
from webapp.generation.states import BatchState, SlotState
from webapp.items.models import Item
from webapp.slides.models import Triplet
from workers.batch import making
from workers.batch.run import Filled, Run
from workers.batch.stops import LEAVING
from workers.tasks.generation import run_batch

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("triplets")]


def fresh(batch: Batch) -> Batch:
    return Batch.objects.get(pk=batch.pk)


def run_until(
    monkeypatch: pytest.MonkeyPatch, batch: Batch, made: int, then: Callable[[], None]
) -> None:
    """Run the batch one slot at a time; before the item after `made` others, call `then`."""
    original, fills = Run._fill, iter(range(1_000))

    def fill(run: Run, filled: list[Filled]) -> Sequence[None]:
        if next(fills) == made:
            then()
        return original(run, filled)

    with monkeypatch.context() as patched:
        patched.setattr(making, "OPEN_SLOTS", 1)
        patched.setattr(Run, "_fill", fill)
        run_batch(batch.pk)


class Killed(BaseException):
    """Stands for SIGKILL."""


def test_cancel_stops_after_the_item_at_work_and_keeps_what_is_made(
    launch: Launch, cleo: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = launch(8)
    run_until(monkeypatch, batch, 3, lambda: cancel_batch(fresh(batch), by=cleo))
    assert fresh(batch).state == BatchState.CANCELLED
    assert fresh(batch).finished_at is not None
    assert Item.objects.count() == 4


def test_resume_makes_the_rest(launch: Launch, cleo: User, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = launch(8)
    run_until(monkeypatch, batch, 3, lambda: cancel_batch(fresh(batch), by=cleo))
    resume_batch(fresh(batch), by=cleo)
    assert fresh(batch).finished_at is None
    run_batch(batch.pk)
    assert fresh(batch).state == BatchState.DONE
    assert Item.objects.count() == 8
    assert Event.objects.filter(verb="resume_batch").count() == 1


def test_a_resume_while_the_worker_still_holds_the_batch_is_not_forgotten(
    launch: Launch,
    cleo: User,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    batch = launch(6)

    def cancel_and_resume() -> None:
        cancel_batch(fresh(batch), by=cleo)
        resume_batch(fresh(batch), by=cleo)

    with monkeypatch.context() as patched, django_capture_on_commit_callbacks(execute=True):
        # Its message finds the row held and is gone.
        patched.setattr(batches, "enqueue", lambda job, record_id: None)
        run_until(monkeypatch, batch, 2, cancel_and_resume)
    assert fresh(batch).state == BatchState.DONE
    assert Item.objects.count() == 6


def test_cancel_at_the_very_end_is_no_fault(
    launch: Launch, cleo: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = launch(4)
    run_until(monkeypatch, batch, 3, lambda: cancel_batch(fresh(batch), by=cleo))
    assert fresh(batch).state == BatchState.CANCELLED
    assert Item.objects.count() == 4


def test_a_killed_worker_leaves_a_batch_that_goes_on(
    launch: Launch, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = launch(8)

    def die() -> None:
        raise Killed

    with pytest.raises(Killed):
        run_until(monkeypatch, batch, 5, die)
    assert fresh(batch).state == BatchState.RUNNING
    run_batch(batch.pk)
    assert fresh(batch).state == BatchState.DONE
    assert Item.objects.count() == 8
    assert set(batch.slots.values_list("attempts", flat=True)) == {0}


def test_cancel_between_claim_and_start_leaves_nothing_planned(
    launch: Launch, cleo: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = launch(count=3)
    original = batches.start_batch

    def start(held: Batch, *, by: User) -> None:
        cancel_batch(batch, by=cleo)
        original(fresh(held), by=by)

    monkeypatch.setattr(batches, "start_batch", start)
    run_batch(batch.pk)
    stored = fresh(batch)
    assert (stored.state, stored.planned) == (BatchState.CANCELLED, False)


def test_a_worker_that_is_asked_to_stop_leaves_its_batch_to_another(
    launch: Launch, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = launch(count=6)

    def shut_down() -> None:
        worker_shutting_down.send(sender=None)

    try:
        run_until(monkeypatch, batch, 2, shut_down)
    finally:
        LEAVING.clear()
    stored = fresh(batch)
    assert (stored.state, stored.claim_token) == (BatchState.RUNNING, None)
    assert 0 < Item.objects.count() < 6
    run_batch(batch.pk)
    assert fresh(batch).state == BatchState.DONE
    assert Item.objects.count() == 6


def test_a_batch_that_somebody_holds_is_left_alone(launch: Launch) -> None:
    batch = launch(3)
    token = Batch.claim(batch.pk)
    run_batch(batch.pk)
    assert not Item.objects.exists()
    assert token is not None
    Batch.drop_claim(batch.pk, token)
    run_batch(batch.pk)
    assert Item.objects.count() == 3


def test_failed_slots_are_tried_again(
    launch: Launch, cleo: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workers.pipeline.generate import GenerateError

    def fails(*_: object) -> None:
        raise GenerateError("No.")

    batch = launch(4)
    with monkeypatch.context() as patched:
        patched.setattr("workers.pipeline.rounds.generate", fails)
        run_batch(batch.pk)
    assert batch.slots.filter(state=SlotState.FAILED).count() == 4
    resume_batch(fresh(batch), by=cleo)
    run_batch(batch.pk)
    assert Item.objects.count() == 4
    assert set(Slot.objects.values_list("attempts", flat=True)) == {1}


def test_a_batch_with_nothing_left_is_not_resumed(launch: Launch, cleo: User) -> None:
    batch = launch(3)
    run_batch(batch.pk)
    with pytest.raises(BadInput, match="nothing left"):
        resume_batch(fresh(batch), by=cleo)


def test_a_done_batch_is_not_cancelled(launch: Launch, cleo: User) -> None:
    batch = launch(3)
    run_batch(batch.pk)
    with pytest.raises(NotAMove):
        cancel_batch(fresh(batch), by=cleo)


def test_a_fault_of_ours_is_told_and_can_be_resumed(
    launch: Launch, cleo: User, triplets: list[Triplet]
) -> None:
    batch = launch(3)
    fail_batch(batch.pk, "The disk is full.", by=cleo)
    assert (fresh(batch).state, fresh(batch).error) == (BatchState.FAILED, "The disk is full.")
    fail_batch(batch.pk, "Again.", by=cleo)
    assert fresh(batch).error == "The disk is full."
    resume_batch(fresh(batch), by=cleo)
    assert fresh(batch).error == ""
    run_batch(batch.pk)
    assert Item.objects.count() == 3


def test_a_pathologist_may_neither(launch: Launch) -> None:
    batch, ada = launch(3), make_user(Role.PATHOLOGIST)
    for verb in (cancel_batch, resume_batch):
        with pytest.raises(NotAllowed):
            verb(batch, by=ada)


def test_the_buttons_do_it(client: Client, cleo: User, launch: Launch) -> None:
    batch = launch(3)
    client.force_login(cleo)
    assert "Cancel" in client.get(f"/batches/{batch.pk}/").content.decode()
    assert client.post(f"/batches/{batch.pk}/cancel/").status_code == 302
    assert client.post(f"/batches/{batch.pk}/cancel/").status_code == 409
    assert "Resume" in client.get(f"/batches/{batch.pk}/").content.decode()
    assert client.post(f"/batches/{batch.pk}/resume/").status_code == 302
    assert fresh(batch).state == BatchState.QUEUED
    assert client.post("/batches/999999/cancel/").status_code == 404


def failed_for(batch: Batch, *causes: str) -> None:
    """Plan as many slots and let them fail."""
    planned = [
        batches.PlannedSlot(n, Triplet.objects.order_by("pk")[0].pk, "A", {})
        for n in range(1, len(causes) + 1)
    ]
    batches.write_plan(batch, planned, by=batch.created_by)
    ids = batch.slots.order_by("number").values_list("pk", flat=True)
    fail_slots(dict(zip(ids, causes, strict=True)), by=batch.created_by)
    batches.start_batch(batch, by=batch.created_by)
    batches.finish_batch(fresh(batch), by=batch.created_by)


def test_retry_tries_again_what_failed_for_one_cause(launch: Launch, cleo: User) -> None:
    batch = launch(3)
    failed_for(batch, "Too short.", "Too long.", "Too short.")
    assert retry_slots(fresh(batch), "Too short.", by=cleo) == 2
    assert fresh(batch).state == BatchState.QUEUED
    states = batch.slots.order_by("number").values_list("state", flat=True)
    assert list(states) == [SlotState.PLANNED, SlotState.FAILED, SlotState.PLANNED]
    event = Event.objects.get(verb="retry_slots")
    assert event.after == {"cause": "Too short.", "retried": 2}


def test_retry_of_what_nothing_failed_for_says_so(launch: Launch, cleo: User) -> None:
    batch = launch(1)
    failed_for(batch, "Too short.")
    with pytest.raises(BadInput, match="reload"):
        retry_slots(fresh(batch), "Too long.", by=cleo)
    assert fresh(batch).state == BatchState.DONE


def test_retry_waits_until_the_batch_has_stopped(launch: Launch, cleo: User) -> None:
    batch = launch(1)
    failed_for(batch, "Too short.")
    Batch.objects.filter(pk=batch.pk).update(state=BatchState.RUNNING)
    with pytest.raises(NotAMove):
        retry_slots(fresh(batch), "Too short.", by=cleo)
    assert batch.slots.get().state == SlotState.FAILED


def test_retry_is_for_curators(launch: Launch) -> None:
    with pytest.raises(NotAllowed):
        retry_slots(launch(1), "Too short.", by=make_user(Role.PATHOLOGIST))
