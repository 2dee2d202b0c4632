"""Processes that outlive their parent: is it still that program, and make it stop."""

import os
import signal
import stat
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil

POLL_S = 0.05


class EngineError(RuntimeError):
    """An embedded engine does not start or stop; the sentence says which, and where to look."""


def bare_environment() -> dict[str, str]:
    """For a server: neither our secrets nor our marks nor the language of the terminal."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    return {**kept, "LC_ALL": "C"}


def read_pid(pid_file: Path) -> int | None:
    """First line of a pid file, or None when the file is missing or half-written."""
    try:
        return int(pid_file.read_text().splitlines()[0])
    except (FileNotFoundError, IndexError, ValueError):
        return None


def is_program(pid: int | None, name: str, argument: str = "") -> bool:
    """Whether `pid` is alive and is the program we mean: pids are reused, and zombies linger."""
    if pid is None:
        return False
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        return process.name() == name and argument in " ".join(process.cmdline())
    except psutil.Error:
        return False


def wait_until(condition: Callable[[], bool], timeout_s: float) -> bool:
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_S)
    return True


def stop_program(
    pid: int | None, name: str, *, first: signal.Signals, timeout_s: float = 20.0
) -> None:
    """Ask politely with `first`, wait, then SIGKILL."""
    for number, patience_s in ((first, timeout_s), (signal.SIGKILL, 5.0)):
        if pid is None or not is_program(pid, name):
            return
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        if wait_until(lambda: not is_program(pid, name), patience_s):
            return
    raise EngineError(f"{name} (process {pid}) does not stop, not even after SIGKILL.")


def kill_with_children(pid: int | None) -> None:
    """SIGKILL for a process and all below it, which may hold its shared memory."""
    try:
        parent = psutil.Process(pid)
        family = [parent, *parent.children(recursive=True)]
    except psutil.Error:
        return
    for process in family:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(family, timeout=5)


def let_others_pass(path: Path) -> None:
    """Let another account walk down to `path`: adds search permission (o+x) to closed parents."""
    for folder in (path, *path.parents):
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)
