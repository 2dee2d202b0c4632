"""The Celery app with its tasks: `celery -A workers.celery worker`."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.settings")
django.setup()

from webapp.core.queue import app  # noqa: E402  needs the settings

TASK_MODULES = ("slides", "questions", "generation", "releases", "sweep")

app.conf.include = [f"workers.tasks.{name}" for name in TASK_MODULES]

__all__ = ["app"]
