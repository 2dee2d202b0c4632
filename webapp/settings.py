"""Django settings, all from the environment (webapp/core/env.py)."""

import os
from contextlib import suppress
from pathlib import Path

from django.core.management.utils import get_random_secret_key

from webapp.core.env import database_from_url, read_env, socket_url_for_celery

ENV = read_env()
HOME = ENV.CROSSCOPE_HOME
MEDIA_ROOT = HOME / "media"
INBOX_ROOT = HOME / "inbox"
RELEASES_ROOT = HOME / "releases"


def _secret_key(home: Path) -> str:
    """The key given, or one made once and kept under the home (one machine only).

    Written aside and linked: of processes that start together all take the first one's, whole.
    """
    if ENV.SECRET_KEY:
        return ENV.SECRET_KEY
    file = home / "secret_key"
    if not file.exists():
        home.mkdir(parents=True, exist_ok=True)
        fresh = home / f".secret_key.{os.getpid()}"
        fresh.touch(mode=0o600)
        fresh.write_text(get_random_secret_key())
        with suppress(FileExistsError):
            os.link(fresh, file)
        fresh.unlink()
    return file.read_text()


SECRET_KEY = _secret_key(HOME)
DEBUG = ENV.DEBUG
ALLOWED_HOSTS = list(ENV.ALLOWED_HOSTS)
CSRF_TRUSTED_ORIGINS = list(ENV.CSRF_TRUSTED_ORIGINS)

INSTALLED_APPS = [
    "webapp.core",
    "webapp.accounts",
    "webapp.slides",
    "webapp.items",
    "webapp.generation",
    "webapp.review",
    "webapp.releases",
    "webapp.api",
    "django_htmx",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "webapp.core.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "webapp.core.middleware.ContentSecurityPolicyMiddleware",
    "webapp.core.middleware.UsableCookiesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "webapp.core.session_end.SessionEndMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "webapp.core.middleware.ErrorMiddleware",
]

ROOT_URLCONF = "webapp.urls"
WSGI_APPLICATION = "webapp.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {"default": database_from_url(ENV.DATABASE_URL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "core:home"
LOGOUT_REDIRECT_URL = "accounts:login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("MinimumLengthValidator", "CommonPasswordValidator", "NumericPasswordValidator")
]

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = HOME / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or ENV.CROSSCOPE_EAGER
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG or ENV.CROSSCOPE_EAGER
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENV.SECURE_COOKIES
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENV.SECURE_COOKIES else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "webapp.core.views.csrf_failure"

REDIS_URL = ENV.REDIS_URL
CELERY_BROKER_URL = socket_url_for_celery(ENV.REDIS_URL) or "redis://127.0.0.1:6379/0"
CELERY_TASK_ALWAYS_EAGER = ENV.CROSSCOPE_EAGER
CELERY_TASK_EAGER_PROPAGATES = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # The row is the queue: the sweep re-sends what a lost message pointed to, so a short
    # visibility timeout only costs a message that finds its row claimed.
    "visibility_timeout": 60,
    "unacked_restore_throttle": 1,
    "socket_keepalive": True,
}
CELERY_TASK_ROUTES = {
    f"{queue}.*": {"queue": queue} for queue in ("slides", "generation", "review", "releases")
} | {"sweep.*": {"queue": "sweep"}}
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "sweep.resend_stalled_rows", "schedule": ENV.CROSSCOPE_SWEEP_SECONDS},
}
CELERY_TIMEZONE = "UTC"

REVIEW_LEASE_S = ENV.CROSSCOPE_REVIEW_LEASE_MINUTES * 60
SWEEP_S = ENV.CROSSCOPE_SWEEP_SECONDS
CLAIM_S = ENV.CROSSCOPE_CLAIM_SECONDS
MAX_UPLOAD_BYTES = int(ENV.CROSSCOPE_MAX_UPLOAD_GB * 1e9)
UPLOAD_KEEP_S = ENV.CROSSCOPE_UPLOAD_KEEP_HOURS * 3600
MAX_SLIDE_PIXELS = int(ENV.CROSSCOPE_MAX_SLIDE_GIGAPIXELS * 1e9)
TILE_CACHE_BYTES = ENV.CROSSCOPE_TILE_CACHE_MB * 1024 * 1024

# Language models, by provider; workers/llm is given them.
LLM_KEYS = {
    "openai": ENV.OPENAI_API_KEY,
    "google": ENV.GOOGLE_API_KEY,
    "dashscope": ENV.DASHSCOPE_API_KEY,
    "vllm": ENV.VLLM_API_KEY,
}
LLM_BASE_URLS = {
    "openai": ENV.OPENAI_BASE_URL,
    "google": ENV.GOOGLE_BASE_URL,
    "dashscope": ENV.DASHSCOPE_BASE_URL,
    "vllm": ENV.VLLM_BASE_URL,
}
LLM_MODELS_FILE = ENV.CROSSCOPE_MODELS

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "webapp.core.context.RequestIdFilter"}},
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"}
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["request_id"],
        }
    },
    # One line for each call of a model says nothing that the call's row does not.
    "loggers": {
        name: {"level": "WARNING"} for name in ("httpx", "httpx2", "google_genai", "dashscope")
    },
    "root": {"handlers": ["stderr"], "level": ENV.CROSSCOPE_LOG_LEVEL},
}
