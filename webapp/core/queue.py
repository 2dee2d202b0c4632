"""The only file of the web app that knows Celery: the names of the jobs, and how to ask for one."""

import logging
from enum import StrEnum
from typing import Any

from celery import Celery
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)

# Long enough for a busy worker to get to it.
REMINDER_S = 30.0

app = Celery("crosscope")
app.config_from_object("django.conf:settings", namespace="CELERY")


class Job(StrEnum):
    """Every task by its registered name; the part before the dot is its queue."""

    RUN_IMPORT = "slides.run_import"
    IMPORT_QUESTIONS = "slides.import_questions"
    RUN_BATCH = "generation.run_batch"
    SCREEN_ITEM = "generation.screen_item"
    CHECK_MODEL = "generation.check_model"
    BUILD_RELEASE = "releases.build_release"
    RESEND_STALLED_ROWS = "sweep.resend_stalled_rows"


def enqueue(job: Job, record_id: int) -> None:
    """Ask for the job once the transaction has committed.

    The message is a hint: the row is the queue, so a broker that is down costs time, not work.
    """
    transaction.on_commit(lambda: send(job, record_id))


def send(job: Job, record_id: int, **options: Any) -> None:
    try:
        app.signature(job.value, args=(record_id,)).apply_async(retry=False, **options)
    except OperationalError as error:
        log.warning("%s(%s) not sent, the sweep will: %s", job, record_id, error)


def resend(job: Job, record_id: int) -> None:
    """The sweep's reminder; it lapses after a while, so reminders do not pile up without end."""
    send(job, record_id, expires=max(REMINDER_S, 2 * settings.SWEEP_S))
