"""supervisord with a generated configuration: which programs, where they log, how they stop."""

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from deploy.processes import read_pid, wait_until

MARK = "CROSSCOPE_SUPERVISED_HOME"
STOP_TIMEOUT_S = 60.0
PROGRAM_STOP_S = 10  # work is resumable, so a task in progress is not waited for

# Relative to the home, where supervisord runs: it expands percent signs of some paths twice.
HEADER = """\
[supervisord]
nodaemon=true
silent=true
logfile=log/supervisord.log
logfile_maxbytes=5MB
logfile_backups=1
pidfile=run/supervisord.pid
{account}
"""

PROGRAM = """
[program:{name}]
command={command}
directory={directory}
priority={priority}
autorestart=true
startsecs=1
startretries=1000000
stopsignal=TERM
stopwaitsecs={stop_s}
stopasgroup={whole_group}
killasgroup={whole_group}
redirect_stderr=true
stdout_logfile=log/{name}.log
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=1
"""


@dataclass(frozen=True)
class Program:
    """A program to keep alive; one that starts first also stops last."""

    name: str
    command: tuple[str, ...]
    starts_first: bool = False


def configuration(programs: Sequence[Program], *, cwd: Path) -> str:
    account = "user=root" if os.geteuid() == 0 else ""
    sections = [
        PROGRAM.format(
            name=program.name,
            command=_plain(shlex.join(program.command)),
            directory=_plain(str(cwd)),
            priority=1 if program.starts_first else 10,
            stop_s=30 if program.starts_first else PROGRAM_STOP_S,
            whole_group=str(not program.starts_first).lower(),
        )
        for program in programs
    ]
    return "".join([HEADER.format(account=account), *sections])


@contextmanager
def supervised(
    home: Path, programs: Sequence[Program], *, cwd: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """supervisord over `programs` for the length of a block, then no process left."""
    for folder in (home / "log", home / "run"):
        folder.mkdir(parents=True, exist_ok=True)
    conf = _conf(home)
    conf.write_text(configuration(programs, cwd=cwd))
    with (home / "log" / "supervisord.log").open("ab") as log:
        supervisor = subprocess.Popen(
            [sys.executable, "-P", "-m", "supervisor.supervisord", "-c", str(conf)],
            cwd=home, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            env={**os.environ, MARK: str(home)},
            start_new_session=True,  # the terminal's Ctrl-C is for the demo, which stops in order
        )  # fmt: skip
    try:
        yield supervisor
    finally:
        stop_all(home)


def stop_all(home: Path) -> None:
    """Stop the supervisord of `home` and all it runs, also what outlived a killed one.

    SIGTERM, on which supervisord stops its programs in order; SIGKILL for whatever remains.
    """
    pid = read_pid(home / "run" / "supervisord.pid")
    supervisor = next((process for process in _marked(home) if process.pid == pid), None)
    if supervisor is not None:
        _signal(supervisor, signal.SIGTERM)
        wait_until(lambda: not _alive(supervisor), STOP_TIMEOUT_S)
    for process in _marked(home):
        _signal(process, signal.SIGKILL)
    wait_until(lambda: not _marked(home), PROGRAM_STOP_S)


def _marked(home: Path) -> list[psutil.Process]:
    """Living processes whose environment says that the supervisord of `home` started them."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == str(home) and _alive(process):
                found.append(process)
        except (psutil.Error, OSError):  # not ours to read
            continue
    return found


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    with suppress(psutil.NoSuchProcess):
        process.send_signal(number)


def _alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _plain(text: str) -> str:
    """Text that supervisord leaves as it is: it expands %(name)s, so percent signs are doubled."""
    return text.replace("%", "%%")


def _conf(home: Path) -> Path:
    return home / "run" / "supervisord.conf"
