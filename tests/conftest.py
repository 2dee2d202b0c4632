"""What every test stands on: engines of its own, a home of its own, and the real worker on demand.

Done while this file is imported, because other conftests import models: Django needs DATABASE_URL
before that. The first process starts the engines; pytest-xdist's workers inherit its environment.
"""

import atexit
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy import embedded
from deploy.processes import EngineError

ROOT = Path(__file__).resolve().parents[1]
PREFIX = "crosscope-tests-"
STALE_S = 3600.0


def _sweep_killed_sessions() -> None:
    """Remove what test sessions that were killed left behind, their engines first."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        if time.time() - folder.stat().st_mtime < STALE_S:
            continue
        try:
            embedded.stop(folder / "engines")
        except (EngineError, OSError):
            continue
        shutil.rmtree(folder, ignore_errors=True)


def _start_session() -> Path:
    _sweep_killed_sessions()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)  # runs after the engines' own exit
    os.environ["CROSSCOPE_TEST_SESSION"] = str(folder)
    embedded.ensure(folder / "engines")
    return folder


def _prepare_process() -> None:
    """Environment of this process: its own home, its own Redis database, tasks run at once."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    session = Path(os.environ["CROSSCOPE_TEST_SESSION"]) if worker else _start_session()
    home = session / (worker or "main")
    (home / "static").mkdir(parents=True, exist_ok=True)
    number = int(worker.removeprefix("gw")) + 1 if worker else 0
    os.environ["REDIS_URL"] = os.environ["REDIS_URL"].rpartition("=")[0] + f"={number}"
    os.environ["CROSSCOPE_HOME"] = str(home)
    os.environ["CROSSCOPE_EAGER"] = "1"
    os.environ["SECRET_KEY"] = "only-for-tests"
    os.environ["DJANGO_SETTINGS_MODULE"] = "webapp.settings"


_prepare_process()

import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402

from tests.flush import allow_flush_of_insert_only_tables  # noqa: E402
from tests.live import LiveWorker, worker_on_test_database  # noqa: E402
from webapp.core.queue import app  # noqa: E402
from workers import celery as _names_the_task_modules  # noqa: E402, F401

allow_flush_of_insert_only_tables()
# A good hash takes a third of a second on purpose; tests make thousands of people.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# An eager job runs at once only where its task is known; the web process knows names alone.
app.loader.import_default_modules()


def pytest_configure(config: pytest.Config) -> None:
    """Hide our settings from xdist's workers until each has a home and a Redis database of its own.

    With the variable inherited, pytest-django would load the settings before this file runs there.
    """
    if config.getoption("numprocesses", None) and "PYTEST_XDIST_WORKER" not in os.environ:
        os.environ.pop("DJANGO_SETTINGS_MODULE", None)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real slides, captions and published questions, where the machine has them."""
    folder = Path(os.environ.get("CROSSCOPE_SHARED_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("no real data here: set CROSSCOPE_SHARED_DATA to their folder")
    return folder


@pytest.fixture
def home() -> Path:
    """This process's CROSSCOPE_HOME."""
    return Path(os.environ["CROSSCOPE_HOME"])


@pytest.fixture
def live_workers(transactional_db: None) -> Iterator[LiveWorker]:
    """A real Celery worker on the test database; tasks of this test go to it, not in-process."""
    with worker_on_test_database() as worker:
        yield worker
