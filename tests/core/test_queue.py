"""Asking for work: after the commit, as a hint, by a name that some worker knows."""

import pytest
from django.db import transaction
from kombu.exceptions import OperationalError

from webapp.core.queue import Job, app, enqueue, resend, send
from webapp.settings import CELERY_TASK_ROUTES


class Sent(list[tuple[str, int]]):
    """What would have gone to the broker."""

    def __init__(self) -> None:
        super().__init__()
        self.options: list[dict[str, object]] = []

    def signature(self, name: str, *, args: tuple[int, ...]) -> "Sent":
        self.append((name, args[0]))
        return self

    def apply_async(self, **options: object) -> None:
        self.options.append(options)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    recorder = Sent()
    monkeypatch.setattr(app, "signature", recorder.signature)
    return recorder


@pytest.mark.django_db(transaction=True)
def test_a_job_is_sent_when_the_transaction_commits(sent: Sent) -> None:
    with transaction.atomic():
        enqueue(Job.RUN_BATCH, 7)
        assert sent == []
    assert sent == [("generation.run_batch", 7)]


@pytest.mark.django_db(transaction=True)
def test_a_job_whose_transaction_fails_is_never_sent(sent: Sent) -> None:
    def fail() -> None:
        with transaction.atomic():
            enqueue(Job.RUN_BATCH, 7)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert sent == []


def test_a_broker_that_is_down_costs_time_and_no_work(
    sent: Sent, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def down(**_: object) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(sent, "apply_async", down)
    send(Job.RUN_BATCH, 7)
    assert "the sweep will" in caplog.text


def test_a_reminder_lapses_before_the_next_one(sent: Sent) -> None:
    resend(Job.SCREEN_ITEM, 3)
    assert sent.options[0]["expires"]


def test_every_job_has_a_task_and_every_task_a_job() -> None:
    import workers.celery  # noqa: F401  names the modules of tasks

    app.loader.import_default_modules()
    registered = {name for name in app.tasks if not name.startswith("celery.")}
    assert registered == {job.value for job in Job}


@pytest.mark.parametrize("job", Job)
def test_every_job_goes_to_a_queue(job: Job) -> None:
    assert f"{job.value.partition('.')[0]}.*" in CELERY_TASK_ROUTES
