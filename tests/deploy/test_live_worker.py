"""The real worker that other tests lean on: it takes messages, dies and comes back."""

import os
from pathlib import Path

import pytest
from django.conf import settings

from deploy.processes import wait_until
from tests.live import LiveWorker
from webapp.core.queue import Job, app


def has_done(worker: LiveWorker, job: Job) -> bool:
    return any(job.value in line and "succeeded" in line for line in worker.log.open())


@pytest.mark.live
def test_a_worker_takes_a_message_also_after_it_was_killed(live_workers: LiveWorker) -> None:
    app.signature(Job.RESEND_STALLED_ROWS.value).apply_async()
    assert wait_until(lambda: has_done(live_workers, Job.RESEND_STALLED_ROWS), 60)
    live_workers.kill()
    app.signature(Job.RESEND_STALLED_ROWS.value).apply_async()
    live_workers.start()
    assert wait_until(lambda: has_done(live_workers, Job.RESEND_STALLED_ROWS), 60)


def test_this_process_has_a_home_and_a_redis_database_of_its_own(home: Path) -> None:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    assert home == settings.HOME
    assert home.name == worker
    assert str(app.conf.broker_url).endswith(os.environ["REDIS_URL"].rpartition("=")[2])
