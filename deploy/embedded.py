"""PostgreSQL and Redis under one folder, shared by every process that works in it.

Nothing is installed by hand and nothing stays behind: whoever comes first starts the engines,
whoever leaves last stops them. A shared lock on `engines.lock` counts the users; the kernel drops
it when a process dies, however it dies, so a crash never blocks the folder.

    with running(Path("var")) as engines: ...     # a block of code
    ensure(Path("var"))                           # this process, until it exits
    python -m deploy.embedded watch var           # keep both alive, whatever kills them
    python -m deploy.embedded stop var            # stop what a killed user left running
    python -m deploy.embedded run var -- COMMAND  # a command with DATABASE_URL and REDIS_URL set
"""

import atexit
import fcntl
import hashlib
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO

from deploy.postgres_engine import PORT as POSTGRES_SOCKET_NUMBER
from deploy.postgres_engine import PostgresEngine
from deploy.processes import EngineError, kill_with_children
from deploy.redis_engine import RedisEngine

SOCKET_PATH_LIMIT = 100  # sun_path holds 108 bytes on Linux and 104 on macOS
WATCH_INTERVAL_S = 0.3
PING_INTERVAL_S = 5.0
PATIENCE_S = 60.0
USAGE = "usage: python -m deploy.embedded watch HOME | stop HOME | run HOME -- COMMAND"
NAMES = ("DATABASE_URL", "REDIS_URL")


@dataclass(frozen=True)
class Engines:
    """Where the engines answer; `redis_url` in the words of redis-py (`unix:///path?db=0`)."""

    database_url: str
    redis_url: str


@contextmanager
def running(home: Path) -> Iterator[Engines]:
    """Both engines up for the length of a block; stopped at its end by the last user of `home`."""
    lock = acquire(home)
    try:
        yield engines(home)
    finally:
        release(home, lock)


def ensure(home: Path) -> None:
    """Set DATABASE_URL and REDIS_URL for this process, unless given, and leave at its exit."""
    if servers_are_given():
        return
    lock = acquire(home)
    use(home)
    owner = os.getpid()

    def leave() -> None:
        if os.getpid() == owner:  # a forked child shares the lock and must not give it up
            release(home, lock)

    atexit.register(leave)


def chosen_home(default: Path) -> Path:
    """The folder that CROSSCOPE_HOME names; the default where it is unset or empty."""
    return Path(os.environ.get("CROSSCOPE_HOME") or default).expanduser().resolve()


def servers_are_given() -> bool:
    """Whether the environment names both servers, so that none need be started."""
    return all(os.environ.get(name) for name in NAMES)


def use(home: Path) -> None:
    """Point this process, and those it starts, to the engines of `home` where none is named."""
    for name, value in engine_environment(home).items():
        os.environ[name] = os.environ.get(name) or value


def engines(home: Path) -> Engines:
    postgres, redis = engines_at(home)
    return Engines(database_url=postgres.url, redis_url=redis.url)


def engine_environment(home: Path) -> dict[str, str]:
    """The environment of a process that uses the engines of `home`."""
    found = engines(home)
    return dict(zip(NAMES, (found.database_url, found.redis_url), strict=True))


def acquire(home: Path) -> IO[bytes]:
    """Count this process among the users and start what is not running; give it to `release`."""
    home.mkdir(parents=True, exist_ok=True)
    users = (home / "engines.lock").open("ab")
    fcntl.flock(users, fcntl.LOCK_SH)  # waits while a last user is stopping them
    try:
        revive(home)
    except BaseException:
        release(home, users)
        raise
    return users


def release(home: Path, users: IO[bytes]) -> None:
    """Leave; the last one to leave stops the engines and waits until they are gone."""
    with users:
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        _stop_both(home)


def revive(home: Path) -> None:
    """Start each engine that is not running. For users: the lock of `acquire` must be held."""
    with (home / "starting.lock").open("ab") as one_at_a_time:
        fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
        for engine in engines_at(home):
            if not engine.is_running():
                engine.start()


def watch(home: Path) -> None:
    """Keep both engines alive until SIGTERM or SIGINT; the process behind `make demo`'s engines."""
    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    with running(home):
        silences = [Silence(engine) for engine in engines_at(home)]
        asked = time.monotonic()
        while not stopping.wait(WATCH_INTERVAL_S):
            try:
                if time.monotonic() - asked > PING_INTERVAL_S:
                    asked = time.monotonic()
                    for silence in silences:
                        silence.break_it()
                revive(home)
            except EngineError as error:
                print(f"{time.strftime('%H:%M:%S')} {error} Trying again.", flush=True)


@dataclass
class Silence:
    """How long an engine that runs has not answered; one that hangs is killed, to be revived.

    A process that lives may still serve nobody, such as a server stuck in its recovery. Each kill
    doubles the patience, so that a recovery which only needs long is not cut off for ever.
    """

    engine: PostgresEngine | RedisEngine
    patience_s: float = PATIENCE_S
    since: float = field(default_factory=time.monotonic)

    def break_it(self) -> None:
        """Ask once; kill the engine when its time is over."""
        if not self.engine.is_running():
            self.since = time.monotonic()
        elif self.engine.answers():
            self.since, self.patience_s = time.monotonic(), PATIENCE_S
        elif time.monotonic() - self.since > self.patience_s:
            print(f"{time.strftime('%H:%M:%S')} {self.engine.pid} hangs: killed.", flush=True)
            kill_with_children(self.engine.pid)
            self.since, self.patience_s = time.monotonic(), 2 * self.patience_s


def stop(home: Path) -> None:
    """Stop engines that a killed user left behind; refuses while somebody uses them."""
    if not (home / "engines.lock").exists():
        return
    with (home / "engines.lock").open("ab") as users:
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise EngineError(
                f"The engines under {home} are in use: stop `make demo` or the command first."
            ) from None
        _stop_both(home)


def _stop_both(home: Path) -> None:
    for engine in engines_at(home):
        engine.stop()
    sockets = _socket_folder(home.resolve())
    if home.resolve() not in sockets.parents:
        shutil.rmtree(sockets, ignore_errors=True)


def engines_at(home: Path) -> tuple[PostgresEngine, RedisEngine]:
    home = home.resolve()
    sockets = _socket_folder(home)
    postgres = PostgresEngine(
        data=home / "postgres", sockets=sockets / "pg", log=home / "log" / "postgres.log"
    )
    redis = RedisEngine(
        data=home / "redis", socket=sockets / "redis.sock", log=home / "log" / "redis.log"
    )
    return postgres, redis


def _socket_folder(home: Path) -> Path:
    """`home/run`, or a short private folder in the temporary one when that is too long."""
    longest = len(f"/pg/.s.PGSQL.{POSTGRES_SOCKET_NUMBER}")
    key = hashlib.sha256(os.fsencode(home)).hexdigest()[:10]
    name = f"crosscope-{os.geteuid()}-{key}"
    for folder in (home / "run", Path(tempfile.gettempdir()) / name, Path("/tmp") / name):  # noqa: S108
        if len(os.fsencode(folder)) + longest <= SOCKET_PATH_LIMIT:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            _refuse_foreign(folder)
            return folder
    raise EngineError(f"No folder has a path short enough for a socket; shorten {home}.")


def _refuse_foreign(folder: Path) -> None:
    """A folder that another account prepared in /tmp could listen in place of our servers."""
    found = folder.lstat()
    if found.st_uid != os.geteuid() or not stat.S_ISDIR(found.st_mode):
        raise EngineError(f"{folder} belongs to another account: remove it or move CROSSCOPE_HOME.")


def main(arguments: list[str]) -> int:
    match arguments:
        case ["watch", home]:
            watch(Path(home))
        case ["stop", home]:
            stop(Path(home))
        case ["run", home, "--", *command] if command:
            with running(Path(home)):
                use(Path(home))
                return subprocess.run(command, check=False).returncode
        case _:
            print(USAGE, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except EngineError as problem:
        sys.exit(f"crosscope: {problem}")
