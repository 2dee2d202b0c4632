"""The real worker that other tests lean on: it takes messages, dies and comes back."""

import pytest

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
