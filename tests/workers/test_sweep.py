"""The sweep finds every row whose message was lost, and leaves the others alone."""

from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.utils import timezone

from tests.factories import make_item, make_user
from webapp.accounts.queries import system_user
from webapp.accounts.roles import Role
from webapp.core.queue import Job
from webapp.generation.actions.batches import launch_batch
from webapp.generation.config import BatchConfig
from webapp.generation.models import Batch
from webapp.items.actions import advance_item
from webapp.items.models import Item
from webapp.items.states import ItemState
from webapp.slides.actions.imports import IMPORT_JOBS, cancel_import, start_import
from webapp.slides.models import Import
from workers.tasks.sweep import resend_stalled_rows

pytestmark = pytest.mark.django_db

Sent = list[tuple[str, int]]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """What the sweep asks for."""
    asked: Sent = []
    monkeypatch.setattr(
        "webapp.core.queue.send", lambda job, record_id, **_: asked.append((job, record_id))
    )
    return asked


def launch() -> Batch:
    by = make_user(Role.CURATOR)
    return launch_batch(BatchConfig(dimensions=("A",), count=1), by=by)


def start(kind: Import.Kind) -> Import:
    return start_import(kind, ["nowhere"], by=make_user(Role.CURATOR))


def test_nothing_stalled_nothing_sent(sent: Sent) -> None:
    make_item(state=ItemState.READY)
    resend_stalled_rows(0)
    assert sent == []


def test_a_batch_that_nobody_holds_is_sent_again(sent: Sent) -> None:
    batch = launch()
    resend_stalled_rows(0)
    assert sent == [(Job.RUN_BATCH, batch.pk)]


def test_a_batch_at_work_is_left_alone(sent: Sent) -> None:
    Batch.claim(launch().pk)
    resend_stalled_rows(0)
    assert sent == []


def test_a_batch_whose_worker_died_is_sent_when_its_claim_has_run_out(
    sent: Sent, settings: LazySettings
) -> None:
    batch = launch()
    Batch.objects.filter(pk=batch.pk).update(state="running")
    settings.CLAIM_S = -1
    Batch.claim(batch.pk)
    resend_stalled_rows(0)
    assert sent == [(Job.RUN_BATCH, batch.pk)]


@pytest.mark.parametrize("state", ["done", "cancelled", "failed"])
def test_an_ended_batch_is_left_alone(sent: Sent, state: str) -> None:
    Batch.objects.filter(pk=launch().pk).update(state=state)
    resend_stalled_rows(0)
    assert sent == []


@pytest.mark.parametrize(("minutes", "woken"), [(-1, True), (5, False), (None, False)])
def test_a_paused_batch_is_tried_again_when_its_time_has_come(
    sent: Sent, minutes: int | None, woken: bool
) -> None:
    batch = launch()
    at = None if minutes is None else timezone.now() + timedelta(minutes=minutes)
    Batch.objects.filter(pk=batch.pk).update(state="paused", resume_at=at, error="Down.")
    resend_stalled_rows(0)
    assert ((Job.RUN_BATCH, batch.pk) in sent) is woken
    assert Batch.objects.get().state == ("queued" if woken else "paused")


@pytest.mark.parametrize("kind", Import.Kind)
def test_each_kind_of_import_goes_to_its_own_job(sent: Sent, kind: Import.Kind) -> None:
    run = start(kind)
    resend_stalled_rows(0)
    assert sent == [(IMPORT_JOBS[kind], run.pk)]


def test_a_cancelled_import_is_left_alone(sent: Sent) -> None:
    cancel_import(start(Import.Kind.QUESTIONS), by=system_user())
    resend_stalled_rows(0)
    assert sent == []


def test_an_item_waiting_to_be_screened_is_sent_after_some_patience(
    sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = make_item()
    advance_item(item, ItemState.SCREENING, by=system_user())
    resend_stalled_rows(0)
    assert sent == []
    monkeypatch.setattr("webapp.items.queries.SCREENING_PATIENCE_S", -1)
    resend_stalled_rows(0)
    assert sent == [(Job.SCREEN_ITEM, item.pk)]


def test_it_takes_a_bite_at_a_time(sent: Sent, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(5):
        make_item(state=ItemState.SCREENING)
    monkeypatch.setattr("webapp.items.queries.waiting_for_screening.__defaults__", (3,))
    resend_stalled_rows(0)
    assert [record for _job, record in sent] == sorted(Item.objects.values_list("pk", flat=True))[
        :3
    ]
