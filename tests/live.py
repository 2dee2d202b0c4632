"""A real Celery worker process for tests that must see one work, die and come back."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import redis
from django.conf import settings
from django.db import connection

from deploy.demo import QUEUES
from deploy.processes import wait_until
from webapp.core.queue import app

ROOT = Path(__file__).resolve().parents[1]


@dataclass
class LiveWorker:
    """`start` and `kill` as often as the test likes; `log` holds what the worker said."""

    environment: dict[str, str]
    log: Path
    arguments: tuple[str, ...] = ("-P", "threads", "-c", "4", "-Q", ",".join(QUEUES))
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        """Start the worker and wait until it takes tasks."""
        self.log.unlink(missing_ok=True)
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", "workers.celery", "worker",
                 "--without-gossip", "--without-mingle", "-l", "INFO", *self.arguments],
                cwd=ROOT, env=self.environment, stdout=output, stderr=output,
                start_new_session=True,
            )  # fmt: skip
        if not wait_until(lambda: " ready." in self.log.read_text(), 60.0):
            self.kill()
            raise AssertionError(f"the worker did not start:\n{self.log.read_text()}")

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        if self.process is None:
            return
        if self.process.poll() is None:
            os.killpg(self.process.pid, number)
        self.process.wait(timeout=30)
        self.process = None


def database_url_of_tests() -> str:
    """DATABASE_URL with the name of the database that pytest-django made for this process."""
    name = str(connection.settings_dict["NAME"])
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))


@contextmanager
def worker_on_test_database() -> Iterator[LiveWorker]:
    redis.Redis.from_url(os.environ["REDIS_URL"]).flushdb()
    environment = {**os.environ, "CROSSCOPE_EAGER": "0", "DATABASE_URL": database_url_of_tests()}
    worker = LiveWorker(environment, log=Path(settings.HOME) / "worker.log")
    eager = app.conf.task_always_eager
    app.conf.task_always_eager = False
    try:
        worker.start()
        yield worker
    finally:
        app.conf.task_always_eager = eager
        worker.kill()
