"""The one task decorator: late acknowledgement, named retries, ids in every log line."""

import logging
from collections.abc import Callable
from functools import wraps

from django.db import InterfaceError, OperationalError, close_old_connections

from webapp.core.context import request_id
from webapp.core.queue import Job, app

log = logging.getLogger(__name__)

# The database went away for a moment (restart, failover): nothing is wrong with the work.
TRANSIENT = (OperationalError, InterfaceError)


def task(job: Job) -> Callable[[Callable[[int], None]], Callable[[int], None]]:
    """Register a function of one record id as the job; transient database errors are retried."""

    def decorate(work: Callable[[int], None]) -> Callable[[int], None]:
        @wraps(work)
        def run(record_id: int = 0) -> None:
            with request_id():
                close_old_connections()
                log.info("%s(%s) starts", job, record_id)
                try:
                    work(record_id)
                finally:
                    close_old_connections()
                log.info("%s(%s) ends", job, record_id)

        registered: Callable[[int], None] = app.task(
            name=job.value,
            autoretry_for=TRANSIENT,
            max_retries=8,
            retry_backoff=1,
            retry_backoff_max=30,
            retry_jitter=True,
        )(run)
        return registered

    return decorate
