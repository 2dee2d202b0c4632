"""The process environment as one typed value; a bad variable stops the process and is named."""

from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qs, unquote, urlsplit

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

BASE_DIR = Path(__file__).resolve().parents[2]

CommaSeparated = Annotated[tuple[str, ...], NoDecode]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class UnusableEnvironment(SystemExit):
    """A variable of the environment is unusable; the message names it."""


class Env(BaseSettings):
    """What an operator may set. `deploy/env.example` documents each variable."""

    model_config = SettingsConfigDict(extra="ignore", case_sensitive=True, env_ignore_empty=True)

    CROSSCOPE_HOME: Path = BASE_DIR / "var"
    DATABASE_URL: str = ""
    REDIS_URL: str = ""
    SECRET_KEY: str = ""
    DEBUG: bool = False
    ALLOWED_HOSTS: CommaSeparated = ("127.0.0.1", "localhost", "[::1]")
    CSRF_TRUSTED_ORIGINS: CommaSeparated = ()
    SECURE_COOKIES: bool = False
    PORT: int = Field(default=8000, ge=1, le=65535)
    CROSSCOPE_EAGER: bool = False
    CROSSCOPE_LOG_LEVEL: str = Field(default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")
    CROSSCOPE_MAX_UPLOAD_GB: Positive = 20.0
    CROSSCOPE_UPLOAD_KEEP_HOURS: Positive = 168.0
    CROSSCOPE_MAX_SLIDE_GIGAPIXELS: Positive = 100.0
    CROSSCOPE_REVIEW_LEASE_MINUTES: Positive = 30.0
    CROSSCOPE_CLAIM_SECONDS: Positive = 30.0
    CROSSCOPE_SWEEP_SECONDS: Positive = 10.0
    CROSSCOPE_TILE_CACHE_MB: int = Field(default=128, ge=8)
    OPENAI_API_KEY: str = ""
    OPENAI_BASE_URL: str = ""
    GOOGLE_API_KEY: str = ""
    GOOGLE_BASE_URL: str = ""
    DASHSCOPE_API_KEY: str = ""
    DASHSCOPE_BASE_URL: str = ""
    VLLM_API_KEY: str = ""
    VLLM_BASE_URL: str = ""
    CROSSCOPE_MODELS: Path | None = None

    @field_validator("ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", mode="before")
    @classmethod
    def split_on_commas(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("DATABASE_URL")
    @classmethod
    def must_be_postgresql(cls, value: str) -> str:
        if value and urlsplit(value).scheme not in ("postgresql", "postgres"):
            raise ValueError("must start with postgresql://")
        return value

    @field_validator("OPENAI_BASE_URL", "GOOGLE_BASE_URL", "DASHSCOPE_BASE_URL", "VLLM_BASE_URL")
    @classmethod
    def must_be_http(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and not (parts.scheme in ("http", "https") and parts.hostname):
            raise ValueError("must start with https:// or http:// and name a host")
        return value.rstrip("/")

    @field_validator("CROSSCOPE_MODELS")
    @classmethod
    def must_be_a_file(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError(f"there is no file {value}; give the path of a models.yaml")
        return value

    @field_validator("CROSSCOPE_HOME")
    @classmethod
    def must_be_absolute(cls, value: Path) -> Path:
        return value.expanduser().resolve()


def read_env() -> Env:
    """The environment, checked.

    Raises:
        SystemExit: a variable cannot be used; the message names each one and says why.
    """
    try:
        return Env()
    except ValidationError as error:
        lines = [f"  {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        raise UnusableEnvironment(
            "CrossScope cannot start; mend these variables:\n" + "\n".join(lines)
        ) from error


def database_from_url(url: str) -> dict[str, Any]:
    """Django's DATABASES entry for `postgresql://user:password@host:port/name?host=/socket/dir`.

    An empty URL gives Django's dummy engine, so that tools which only import the settings work;
    the first query then fails and `manage.py check` names DATABASE_URL.
    """
    if not url:
        return {"ENGINE": "django.db.backends.dummy"}
    parts = urlsplit(url)
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or query.pop("user", "")),
        "PASSWORD": unquote(parts.password or query.pop("password", "")),
        "HOST": query.pop("host", "") or unquote(parts.hostname or ""),
        "PORT": query.pop("port", "") or str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": query,
    }


def socket_url_for_celery(url: str) -> str:
    """Celery spells a Redis socket `redis+socket://`, redis-py spells it `unix://`."""
    if url.startswith("unix://"):
        return "redis+socket://" + url.removeprefix("unix://").replace("?db=", "?virtual_host=")
    return url
