"""The embedded engines: shared, stopped by the last user, recovered from SIGKILL, data kept."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import redis

from deploy import embedded
from deploy.postgres_engine import PostgresEngine
from deploy.processes import EngineError, wait_until
from deploy.redis_engine import RedisEngine

ROOT = Path(__file__).resolve().parents[2]
HOLD = (
    "import sys; from pathlib import Path; from deploy.embedded import running\n"
    "with running(Path(sys.argv[1])): print('up', flush=True); sys.stdin.readline()"
)


@pytest.fixture
def engine_home(folder: Path) -> Iterator[Path]:
    home = folder / "home"
    yield home
    embedded.stop(home)


def engines_of(home: Path) -> tuple[PostgresEngine, RedisEngine]:
    return embedded.engines_at(home)


def both_run(home: Path) -> bool:
    return all(engine.is_running() for engine in engines_of(home))


def none_runs(home: Path) -> bool:
    return not any(engine.is_running() for engine in engines_of(home))


def hold(home: Path) -> subprocess.Popen[str]:
    """Another process that uses the engines until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    return process


def is_broken(silence: embedded.Silence) -> bool:
    silence.break_it()
    return not silence.engine.is_running()


def remember(engines: embedded.Engines, word: str) -> None:
    with psycopg.connect(engines.database_url) as link:
        link.execute("CREATE TABLE IF NOT EXISTS memory (word text)")
        link.execute("INSERT INTO memory VALUES (%s)", [word])
    redis.Redis.from_url(engines.redis_url).set("word", word)


def recall(engines: embedded.Engines) -> tuple[str, str]:
    with psycopg.connect(engines.database_url) as link:
        row = link.execute("SELECT word FROM memory").fetchone()
    word = redis.Redis.from_url(engines.redis_url).get("word")
    assert row is not None
    assert isinstance(word, bytes)
    return row[0], word.decode()


def test_both_answer_inside_the_block_and_are_gone_after_it(engine_home: Path) -> None:
    with embedded.running(engine_home) as engines:
        with psycopg.connect(engines.database_url) as link:
            found = link.execute(
                "SELECT current_user, current_database(), getdatabaseencoding(), "
                "current_setting('fsync'), current_setting('listen_addresses')"
            ).fetchone()
        assert found == ("crosscope", "crosscope", "UTF8", "on", "")
        assert redis.Redis.from_url(engines.redis_url).config_get("appendonly") == {
            "appendonly": "yes"
        }
    assert none_runs(engine_home)


def test_the_role_is_no_superuser_but_may_make_the_test_database(engine_home: Path) -> None:
    with embedded.running(engine_home) as engines, psycopg.connect(engines.database_url) as link:
        row = link.execute(
            "SELECT rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
    assert row == (False, True)


def test_a_second_start_finds_the_data_again(engine_home: Path) -> None:
    with embedded.running(engine_home) as engines:
        remember(engines, "mitosis")
    with embedded.running(engine_home) as engines:
        assert recall(engines) == ("mitosis", "mitosis")


def test_two_processes_share_one_pair_and_the_last_one_stops_it(engine_home: Path) -> None:
    with embedded.running(engine_home):
        pids = [engine.pid for engine in engines_of(engine_home)]
        other = hold(engine_home)
        assert [engine.pid for engine in engines_of(engine_home)] == pids
    assert both_run(engine_home)
    other.communicate("\n", timeout=30)
    assert none_runs(engine_home)


def test_a_killed_user_does_not_block_the_next_one(engine_home: Path) -> None:
    user = hold(engine_home)
    user.kill()
    user.communicate()
    with embedded.running(engine_home):
        assert both_run(engine_home)
    assert none_runs(engine_home)


def test_stop_refuses_while_somebody_uses_them(engine_home: Path) -> None:
    with embedded.running(engine_home), pytest.raises(EngineError, match="in use"):
        embedded.stop(engine_home)


@pytest.mark.parametrize("victim", [0, 1], ids=["postgres", "redis"])
def test_a_killed_engine_is_revived_with_its_data(engine_home: Path, victim: int) -> None:
    with embedded.running(engine_home) as engines:
        remember(engines, "nucleolus")
        engine = engines_of(engine_home)[victim]
        assert engine.pid is not None
        os.kill(engine.pid, signal.SIGKILL)
        assert wait_until(lambda: not engine.is_running(), 10)
        embedded.revive(engine_home)
        assert recall(engines) == ("nucleolus", "nucleolus")


def test_both_killed_with_their_user_leave_files_that_the_next_start_forgives(
    engine_home: Path,
) -> None:
    user = hold(engine_home)
    remember(embedded.engines(engine_home), "stroma")
    user.kill()
    for engine in engines_of(engine_home):
        assert engine.pid is not None
        os.kill(engine.pid, signal.SIGKILL)
    user.communicate()
    with embedded.running(engine_home) as engines:
        assert recall(engines) == ("stroma", "stroma")


def test_a_pid_file_that_names_another_program_is_not_believed(engine_home: Path) -> None:
    with embedded.running(engine_home):
        pass
    postgres, server = engines_of(engine_home)
    (postgres.data / "postmaster.pid").write_text(f"{os.getpid()}\n{postgres.data}\n")
    (server.data / "redis.pid").write_text(f"{os.getpid()}\n")
    with embedded.running(engine_home):
        assert both_run(engine_home)


def test_a_home_too_long_for_a_socket_gets_a_short_one_elsewhere(folder: Path) -> None:
    home = folder / "-".join(["long"] * 30)
    with embedded.running(home) as engines:
        remember(engines, "gland")
        assert recall(engines) == ("gland", "gland")
    assert str(home) not in engines.database_url
    assert not Path(urlsplit(engines.redis_url).path).parent.exists()


def test_watch_brings_a_killed_engine_back(engine_home: Path) -> None:
    watcher = subprocess.Popen(
        [sys.executable, "-m", "deploy.embedded", "watch", str(engine_home)], cwd=ROOT
    )
    try:
        assert wait_until(lambda: both_run(engine_home), 60)
        victim = engines_of(engine_home)[0].pid
        assert victim is not None
        os.kill(victim, signal.SIGKILL)
        assert wait_until(lambda: engines_of(engine_home)[0].pid not in (None, victim), 20)
        assert wait_until(lambda: both_run(engine_home), 20)
    finally:
        watcher.terminate()
        watcher.wait(timeout=60)
    assert none_runs(engine_home)


@pytest.mark.parametrize("victim", [0, 1], ids=["postgres", "redis"])
def test_an_engine_that_lives_but_hangs_is_killed_and_revived(
    engine_home: Path, victim: int
) -> None:
    with embedded.running(engine_home) as engines:
        remember(engines, "mucosa")
        engine = engines_of(engine_home)[victim]
        assert engine.answers()
        assert engine.pid is not None
        os.kill(engine.pid, signal.SIGSTOP)
        silence = embedded.Silence(engine, patience_s=0.2)
        assert wait_until(lambda: is_broken(silence), 20)
        assert silence.patience_s == 0.4
        embedded.revive(engine_home)
        assert recall(engines) == ("mucosa", "mucosa")
        silence.break_it()
        assert silence.patience_s == embedded.PATIENCE_S


def test_an_engine_that_answers_is_left_alone_however_long_it_runs(engine_home: Path) -> None:
    with embedded.running(engine_home):
        pids = [engine.pid for engine in engines_of(engine_home)]
        for engine in engines_of(engine_home):
            embedded.Silence(engine, patience_s=0.0, since=0.0).break_it()
        assert [engine.pid for engine in engines_of(engine_home)] == pids
        assert both_run(engine_home)


@pytest.mark.parametrize("value", ["", None])
def test_no_home_given_is_the_default(
    value: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CROSSCOPE_HOME", raising=False)
    if value is not None:
        monkeypatch.setenv("CROSSCOPE_HOME", value)
    assert embedded.chosen_home(tmp_path / "var") == tmp_path / "var"


def test_a_home_may_begin_with_a_tilde(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSCOPE_HOME", "~/crosscope")
    assert embedded.chosen_home(Path("var")) == Path.home() / "crosscope"


def test_ensure_leaves_given_servers_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://there/db")
    monkeypatch.setenv("REDIS_URL", "redis://there/0")
    embedded.ensure(tmp_path / "home")
    assert os.environ["DATABASE_URL"] == "postgresql://there/db"
    assert not (tmp_path / "home").exists()


def test_ensure_starts_for_a_command_and_stops_at_its_exit(engine_home: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from deploy.embedded import ensure\n"
        "ensure(Path(sys.argv[1])); print(os.environ['DATABASE_URL'], os.environ['REDIS_URL'])"
    )
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DATABASE_URL", "REDIS_URL")
    }
    done = subprocess.run(
        [sys.executable, "-c", code, str(engine_home)],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    found = embedded.engines(engine_home)
    assert done.stdout.split() == [found.database_url, found.redis_url]
    assert none_runs(engine_home)
