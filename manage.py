#!/usr/bin/env python
"""Django's commands, on embedded engines where DATABASE_URL or REDIS_URL names no real ones."""

import os
import sys
from pathlib import Path

from deploy.embedded import chosen_home, ensure

ROOT = Path(__file__).resolve().parent
NEED_NO_ENGINE = {"help", "--help", "version", "--version", "collectstatic", "audit_questions"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.settings")
    if not NEED_NO_ENGINE.intersection(sys.argv[1:2]):
        ensure(chosen_home(ROOT / "var"))
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
