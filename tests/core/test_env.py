"""Settings come from the environment, typed; a bad one stops the process and is named."""

from pathlib import Path

import pytest

from webapp.core.env import UnusableEnvironment, database_from_url, read_env, socket_url_for_celery


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "REDIS_URL", "CROSSCOPE_HOME", "SECRET_KEY", "PORT"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "70000"),
        ("DEBUG", "perhaps"),
        ("DATABASE_URL", "mysql://localhost/x"),
        ("CROSSCOPE_LOG_LEVEL", "LOUD"),
        ("CROSSCOPE_CLAIM_SECONDS", "0"),
        ("CROSSCOPE_MAX_UPLOAD_GB", "-1"),
        ("CROSSCOPE_MAX_UPLOAD_GB", "inf"),
        ("CROSSCOPE_SWEEP_SECONDS", "nan"),
        ("CROSSCOPE_TILE_CACHE_MB", "1"),
        ("OPENAI_BASE_URL", "api.openai.com/v1"),
        ("VLLM_BASE_URL", "http:///v1"),
        ("CROSSCOPE_MODELS", "/nowhere/models.yaml"),
    ],
)
def test_a_bad_value_stops_the_process_and_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(UnusableEnvironment, match=name):
        read_env()


def test_every_bad_value_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "x")
    monkeypatch.setenv("DEBUG", "x")
    with pytest.raises(UnusableEnvironment, match=r"(?s)(PORT.*DEBUG|DEBUG.*PORT)"):
        read_env()


def test_an_empty_variable_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = read_env()
    for name in ("CROSSCOPE_HOME", "PORT", "SECRET_KEY", "DATABASE_URL"):
        monkeypatch.setenv(name, "")
    assert read_env() == expected


def test_lists_are_split_on_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_HOSTS", "a.example, b.example,,")
    assert read_env().ALLOWED_HOSTS == ("a.example", "b.example")


def test_the_home_is_absolute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSCOPE_HOME", "some/where")
    assert Path("some/where").resolve() == read_env().CROSSCOPE_HOME


def test_a_database_url_becomes_an_entry() -> None:
    entry = database_from_url("postgresql://me:p%40ss@db.example:6432/cross?sslmode=require")
    assert entry["NAME"] == "cross"
    assert (entry["USER"], entry["PASSWORD"]) == ("me", "p@ss")
    assert (entry["HOST"], entry["PORT"]) == ("db.example", "6432")
    assert entry["OPTIONS"] == {"sslmode": "require"}


def test_a_database_on_a_socket_is_found() -> None:
    entry = database_from_url("postgresql:///cross?host=/run/pg&user=me")
    assert (entry["HOST"], entry["USER"], entry["NAME"]) == ("/run/pg", "me", "cross")
    assert entry["OPTIONS"] == {}


def test_no_database_url_gives_the_engine_that_refuses_every_query() -> None:
    assert database_from_url("")["ENGINE"] == "django.db.backends.dummy"


def test_celery_is_told_of_a_redis_socket_in_its_own_words() -> None:
    url = socket_url_for_celery("unix:///run/redis.sock?db=2")
    assert url == "redis+socket:///run/redis.sock?virtual_host=2"
    assert socket_url_for_celery("redis://host:6379/0") == "redis://host:6379/0"
