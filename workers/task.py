"""The one task decorator: late acknowledgement, named retries, loud failures, ids in the log."""

import logging
from collections.abc import Callable
from functools import wraps

from celery import Task
from django.db import InterfaceError, OperationalError, connections

from webapp.core.context import request_id
from webapp.core.queue import Job, app

log = logging.getLogger(__name__)

# The database went away for a moment (restart, failover): nothing is wrong with the work.
TRANSIENT = (OperationalError, InterfaceError)

Work = Callable[[int], None]
OnFailure = Callable[[int, str], None]


def task(job: Job, *, on_failure: OnFailure | None = None) -> Callable[[Work], Work]:
    """Register a function of one record id as the job.

    Transient database errors are retried. Anything else that escapes is a bug: it is logged with
    its trace, and `on_failure(record_id, sentence)` tells the record's reader.
    """

    def decorate(work: Work) -> Work:
        @wraps(work)
        def run(record_id: int = 0) -> None:
            with request_id():
                _close_stale_connections()
                log.info("%s(%s) starts", job, record_id)
                try:
                    work(record_id)
                finally:
                    _close_stale_connections()
                log.info("%s(%s) ends", job, record_id)

        registered: Work = app.task(
            name=job.value,
            base=_task_class(job, on_failure),
            autoretry_for=TRANSIENT,
            max_retries=8,
            retry_backoff=1,
            retry_backoff_max=30,
            retry_jitter=True,
        )(run)
        return registered

    return decorate


def _close_stale_connections() -> None:
    """Like Django's close_old_connections, but an eager task leaves its caller's transaction be."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()


def _task_class(job: Job, on_failure: OnFailure | None) -> "type[Task[..., None]]":
    class LoudTask(Task):  # type: ignore[type-arg]  # celery has no generic Task at run time
        def on_failure(
            self, exc: Exception, task_id: str, args: tuple[int, ...], kwargs: object, einfo: object
        ) -> None:
            log.error("%s%s failed: %r", job, args, exc, exc_info=exc)
            if on_failure is not None and args:
                sentence = (
                    f"{type(exc).__name__}: {exc}. This is a fault of CrossScope; the log has more."
                )
                on_failure(args[0], sentence)

    return LoudTask
