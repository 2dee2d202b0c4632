"""What `manage.py check` finds before a first query would."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register


@register()
def database_is_named(**_: Any) -> list[CheckMessage]:
    if settings.DATABASES["default"]["ENGINE"].endswith("dummy"):
        hint = "Start by manage.py, which starts embedded engines, or set DATABASE_URL."
        return [Error("DATABASE_URL is not set.", hint=hint, id="crosscope.E001")]
    return []
