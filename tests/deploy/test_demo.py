"""`make demo`: what it refuses, and one real run that is killed piece by piece."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Collection, Iterator
from functools import partial
from pathlib import Path

import psutil
import pytest

from deploy import demo
from deploy.processes import wait_until

ROOT = Path(__file__).resolve().parents[2]
PIECES = {
    "web": "gunicorn",
    "worker": "workers.celery worker",
    "beat": "workers.celery beat",
    "engines": "deploy.embedded watch",
    "postgres": "postgres -D",
    "redis": "redis-server",
}


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(home: Path, port: int) -> dict[str, str]:
    ours = ("DATABASE_URL", "REDIS_URL", "CROSSCOPE_EAGER", "DJANGO_SETTINGS_MODULE")
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    return {**kept, "CROSSCOPE_HOME": str(home), "PORT": str(port)}


def try_to_start(home: Path, port: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "deploy.demo"],
        cwd=ROOT, env=environment(home, port), capture_output=True, text=True, check=False,
        timeout=60,
    )  # fmt: skip


def test_a_busy_port_is_named_with_the_way_out(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        done = try_to_start(tmp_path / "home", port)
    assert done.returncode == 1
    assert done.stderr.startswith(f"crosscope: Port {port} cannot be used")
    assert "choose another with PORT" in done.stderr


def test_a_second_demo_of_the_same_home_is_refused(tmp_path: Path, free_port: int) -> None:
    home = tmp_path / "home"
    home.mkdir()
    with (home / "demo.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = try_to_start(home, free_port)
    assert done.returncode == 1
    assert "already running" in done.stderr


@pytest.mark.parametrize("port", ["", "web", "0", "65536", "-1", "80.5"])
def test_a_port_that_is_none_is_refused(port: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", port)
    with pytest.raises(demo.DemoError, match="PORT"):
        demo.chosen_port()


def processes_of(home: Path) -> dict[str, list[psutil.Process]]:
    """The living pieces of the demo of `home`; the engines know it by their working folder."""
    found: dict[str, list[psutil.Process]] = {name: [] for name in PIECES}
    for process in psutil.process_iter():
        try:
            command = " ".join(process.cmdline())
            ours = str(home) in command or process.environ().get("CROSSCOPE_HOME") == str(home)
            if not ours or process.status() == psutil.STATUS_ZOMBIE:
                continue
        except (psutil.Error, OSError):
            continue
        for name, words in PIECES.items():
            if words in command:
                found[name].append(process)
    return found


def has(home: Path, name: str, besides: Collection[int] = ()) -> bool:
    return any(found.pid not in besides for found in processes_of(home)[name])


def answers(port: int) -> bool:
    return demo.answers(f"http://127.0.0.1:{port}")


def read_until_ready(process: subprocess.Popen[str], port: int) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if line == f"CrossScope is ready at http://127.0.0.1:{port}\n":
            return
    raise AssertionError("the demo ended before it was ready")


def load_little(home: Path, port: int) -> None:
    """One phantom slide instead of the demo's three, which the demo then keeps: they take long."""
    for command in ("migrate --verbosity 0", "load_demo --slides 1 --items 9"):
        subprocess.run(
            [sys.executable, "manage.py", *command.split()],
            cwd=ROOT, env=environment(home, port), check=True, timeout=300,
        )  # fmt: skip


@pytest.fixture
def running_demo(folder: Path, free_port: int) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    home = folder / "home"
    load_little(home, free_port)
    process = subprocess.Popen(
        [sys.executable, "-m", "deploy.demo"],
        cwd=ROOT, env=environment(home, free_port), stdout=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    try:
        read_until_ready(process, free_port)
        yield process, home
    finally:
        process.terminate()
        process.wait(timeout=90)


@pytest.mark.live
@pytest.mark.timeout(600)
def test_every_piece_that_is_killed_comes_back_and_ctrl_c_leaves_nothing(
    running_demo: tuple[subprocess.Popen[str], Path], free_port: int
) -> None:
    process, home = running_demo
    with urllib.request.urlopen(f"http://127.0.0.1:{free_port}") as response:
        assert response.status == 200
    for name in PIECES:
        assert wait_until(partial(has, home, name), 60), name
        victims = processes_of(home)[name]
        for victim in victims:
            victim.kill()
        gone = {victim.pid for victim in victims}
        assert wait_until(partial(has, home, name, besides=gone), 60), f"{name} did not come back"
        assert wait_until(lambda: answers(free_port), 60), f"no answer after {name} was killed"
    os.kill(process.pid, signal.SIGINT)
    assert process.wait(timeout=90) == 0
    time.sleep(0.2)
    assert not any(processes_of(home).values())


def test_only_a_home_of_ours_is_removed(tmp_path: Path) -> None:
    script = ROOT / "deploy" / "remove_home.sh"
    (tmp_path / "letter.txt").write_text("mine")
    done = subprocess.run([str(script), str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "does not look like a CROSSCOPE_HOME" in done.stderr
    assert (tmp_path / "letter.txt").exists()
    (tmp_path / "engines.lock").touch()
    subprocess.run([str(script), str(tmp_path)], check=True)
    assert not tmp_path.exists()
