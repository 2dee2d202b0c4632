"""supervisord over small programs: restarted when killed, none left at the end."""

import os
import signal
import sys
from pathlib import Path

import psutil
import pytest

from deploy.processes import read_pid, wait_until
from deploy.supervision import Program, configuration, stop_all, supervised

TICKER = (
    "import os, sys, time\n"
    "open(sys.argv[1], 'w').write(str(os.getpid()))\n"
    "while True: time.sleep(0.1)"
)


def ticker(name: str, pid_file: Path) -> Program:
    """A program that writes its pid and then waits."""
    script = pid_file.with_name("ticker.py")
    script.write_text(TICKER)
    return Program(name, (sys.executable, str(script), str(pid_file)))


def runs(pid: int | None) -> bool:
    try:
        return pid is not None and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_killed_program_comes_back_and_all_end_with_the_block(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    with supervised(tmp_path / "home", [ticker("one", pid_file)], cwd=tmp_path):
        assert wait_until(lambda: runs(read_pid(pid_file)), 30)
        first = read_pid(pid_file)
        assert first is not None
        os.kill(first, signal.SIGKILL)
        assert wait_until(lambda: read_pid(pid_file) not in (None, first), 30)
        second = read_pid(pid_file)
    assert not runs(first)
    assert not runs(second)


def test_what_outlives_a_killed_supervisor_is_found_and_stopped(tmp_path: Path) -> None:
    home, pid_file = tmp_path / "home", tmp_path / "pid"
    with supervised(home, [ticker("one", pid_file)], cwd=tmp_path) as supervisor:
        assert wait_until(lambda: runs(read_pid(pid_file)), 30)
        orphan = read_pid(pid_file)
        supervisor.kill()
        supervisor.wait()
        assert runs(orphan)
        stop_all(home)
        assert not runs(orphan)


@pytest.mark.parametrize("name", ["with a space", "100%", "it's"])
def test_a_home_with_an_odd_name_works(tmp_path: Path, name: str) -> None:
    pid_file = tmp_path / name / "pid"
    pid_file.parent.mkdir()
    with supervised(tmp_path / name, [ticker("one", pid_file)], cwd=tmp_path / name):
        assert wait_until(lambda: runs(read_pid(pid_file)), 30)


def test_the_one_that_starts_first_has_the_lowest_priority(tmp_path: Path) -> None:
    programs = [Program("web", ("web",)), Program("engines", ("engines",), starts_first=True)]
    text = configuration(programs, cwd=tmp_path)
    sections = text.split("[program:")
    assert "priority=10\n" in sections[1]
    assert "priority=1\n" in sections[2]
