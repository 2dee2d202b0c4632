"""`make demo`: everything on one machine, one command, one Ctrl-C.

Starts the embedded engines (unless DATABASE_URL and REDIS_URL name others), brings the database
up to date, loads the demo data, then keeps the web server, the Celery worker and Celery beat alive
under supervisord: a process that dies, engines included, is started again. All state is under
CROSSCOPE_HOME, logs in its `log/`.
"""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType

from deploy import embedded, supervision
from deploy.processes import EngineError, wait_until

ROOT = Path(__file__).resolve().parents[1]
# One worker process takes every queue here; a larger site runs one per queue (compose.yaml).
QUEUES = ("slides", "generation", "review", "releases", "sweep")
READY_TIMEOUT_S = 120.0
BATCH_TIMEOUT_S = 120
PASSWORD = "crosscope-demo"  # noqa: S105  (the demo's, printed on purpose)
LOGINS = (
    ("curator", "imports slides, starts batches, edits questions"),
    ("pathologist", "reviews questions"),
    ("pathologist2", "reviews questions, as a second opinion"),
    ("admin", "freezes releases, manages people"),
)


class DemoError(RuntimeError):
    """The demo cannot start; the sentence says why and what to do."""


class Stopped(BaseException):
    """SIGINT or SIGTERM arrived. No Exception: nothing but `main` may swallow it."""


def say(line: str) -> None:
    print(line, flush=True)


def chosen_port() -> int:
    text = os.environ.get("PORT", "8000")
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise DemoError(f"PORT is {text!r}: it must be a whole number from 1 to 65535.")
    return int(text)


def refuse_busy_port(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise DemoError(
                f"Port {port} cannot be used ({error.strerror}): stop what holds it, or choose "
                f"another with PORT, for example `make demo PORT={port % 65535 + 1}`."
            ) from None


@contextmanager
def only_demo_of(home: Path) -> Iterator[None]:
    """One demo per home; what a killed one left running is stopped first."""
    (home / "run").mkdir(parents=True, exist_ok=True)
    with (home / "demo.lock").open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DemoError(
                f"CrossScope is already running from {home}: stop that one, or set CROSSCOPE_HOME."
            ) from None
        supervision.stop_all(home)
        yield


def call(*arguments: str) -> None:
    """Run Python with these arguments; it prints by itself what goes wrong."""
    result = subprocess.run([sys.executable, *arguments], cwd=ROOT, check=False)
    if result.returncode != 0:
        raise DemoError(f"`{' '.join(arguments)}` failed for the reason above.")


def manage(*arguments: str) -> None:
    """Run a manage.py command."""
    call("manage.py", *arguments)


def make_first_questions() -> None:
    """Wait for the workers to finish the demo's batch, so that questions are there to review."""
    command = [sys.executable, "manage.py", "await_batches", "--timeout", str(BATCH_TIMEOUT_S)]
    if subprocess.run(command, cwd=ROOT, check=False).returncode != 0:
        say("Not all questions are made yet; the batch page shows how far they are, and why.")


def programs(home: Path, port: int, *, with_engines: bool) -> list[supervision.Program]:
    python = sys.executable
    # Polite: on one machine, a batch must not make a reviewer wait for the next page.
    celery = ("nice", "-n", "10", python, "-m", "celery", "-A", "workers.celery")
    found = [
        supervision.Program(
            "web",
            (python, "-m", "gunicorn", "webapp.wsgi", "--bind", f"127.0.0.1:{port}",
             "--preload", "--worker-class", "gthread", "--workers", "2", "--threads", "8",
             "--timeout", "120", "--graceful-timeout", "5", "--no-control-socket"),
        ),
        supervision.Program(
            "worker",
            (*celery, "worker", "-P", "threads", "-c", "8", "-Q", ",".join(QUEUES),
             "--without-gossip", "--without-mingle", "-l", "INFO"),
        ),
        supervision.Program(
            "beat", (*celery, "beat", "-s", str(home / "run" / "beat-schedule"), "--pidfile=")
        ),
    ]  # fmt: skip
    if with_engines:
        watch = (python, "-m", "deploy.embedded", "watch", str(home))
        found.insert(0, supervision.Program("engines", watch, starts_first=True))
    return found


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=10) as response:  # noqa: S310  (our own http URL)
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def wait_for_answer(url: str, supervisor: subprocess.Popen[bytes], log: Path) -> None:
    def decided() -> bool:
        return supervisor.poll() is not None or answers(url)

    if not wait_until(decided, READY_TIMEOUT_S) or supervisor.poll() is not None:
        raise DemoError(f"{url} does not answer; the reason is at the end of {log}.")


def announce(url: str) -> None:
    say(f"CrossScope is ready at {url}")
    width = max(len(name) for name, _ in LOGINS)
    for name, purpose in LOGINS:
        say(f"  {name:<{width}}  password {PASSWORD}  {purpose}")
    say("Ctrl-C stops it.")


def run(home: Path, port: int) -> None:
    url = f"http://127.0.0.1:{port}"
    with ExitStack() as stack:
        stack.enter_context(only_demo_of(home))
        refuse_busy_port(port)
        with_engines = not embedded.servers_are_given()
        if with_engines:
            say("Starting PostgreSQL and Redis ...")
            stack.enter_context(embedded.running(home))
            embedded.use(home)
        call("-m", "deploy.set_up")
        say("Starting the web server and the workers ...")
        supervisor = stack.enter_context(
            supervision.supervised(home, programs(home, port, with_engines=with_engines), cwd=ROOT)
        )
        wait_for_answer(url, supervisor, home / "log" / "web.log")
        make_first_questions()
        announce(url)
        supervisor.wait()
        raise DemoError(f"The supervisor ended; see {home / 'log' / 'supervisord.log'}.")


def stop_on_signal(_number: int, _frame: FrameType | None) -> None:
    """Turn the first signal into an orderly way out; later ones wait for it."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    say("\nStopping ...")
    raise Stopped


def main() -> int:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop_on_signal)
    try:
        port = chosen_port()
        home = embedded.chosen_home(ROOT / "var")
        os.environ["CROSSCOPE_HOME"], os.environ["PORT"] = str(home), str(port)
        run(home, port)
    except (DemoError, EngineError) as problem:
        print(f"crosscope: {problem}", file=sys.stderr, flush=True)
        return 1
    except Stopped:
        say("Stopped. The data are kept; `make demo` starts again, `make clean` removes them.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
