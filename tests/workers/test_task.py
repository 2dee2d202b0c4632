"""The one task decorator: late acknowledgement, named retries, loud failures."""

import pytest
from celery.exceptions import Retry
from django.conf import LazySettings
from django.db import OperationalError

from webapp.core.context import current_request_id
from webapp.core.queue import Job, app
from workers.task import task

pytestmark = pytest.mark.django_db

JOB = Job.SCREEN_ITEM


@pytest.fixture(autouse=True)
def keep_the_registered_task() -> object:
    registered = app.tasks[JOB.value]
    yield
    app.tasks[JOB.value] = registered


def test_the_work_runs_under_an_id_of_its_own() -> None:
    seen = []
    app.tasks.pop(JOB.value)

    @task(JOB)
    def work(record_id: int) -> None:
        seen.append((record_id, current_request_id()))

    work(7)
    work(8)
    assert [record for record, _ in seen] == [7, 8]
    assert seen[0][1] != seen[1][1] != ""
    assert current_request_id() == ""


def test_a_database_that_went_away_is_tried_again() -> None:
    app.tasks.pop(JOB.value)

    @task(JOB)
    def work(record_id: int) -> None:
        raise OperationalError("the server closed the connection")

    with pytest.raises(Retry, match="server closed the connection"):
        app.tasks[JOB.value].apply(args=(1,), throw=True)


def test_anything_else_is_loud_and_told_to_the_records_reader(
    caplog: pytest.LogCaptureFixture,
) -> None:
    told = []
    app.tasks.pop(JOB.value)

    @task(JOB, on_failure=lambda record_id, sentence: told.append((record_id, sentence)))
    def work(record_id: int) -> None:
        raise ZeroDivisionError("three by nothing")

    app.tasks[JOB.value].apply(args=(5,), throw=False)
    assert [record for record, _ in told] == [5]
    assert "ZeroDivisionError: three by nothing" in told[0][1]
    assert "fault of CrossScope" in told[0][1]
    assert "failed" in caplog.text


def test_messages_are_acknowledged_late_and_small(settings: LazySettings) -> None:
    assert app.conf.task_acks_late
    assert app.conf.task_reject_on_worker_lost
    assert app.conf.task_ignore_result
    assert app.conf.worker_prefetch_multiplier == 1
