"""Schema, static files, demo data: three Django commands in one process.

Run by `make demo`: in a process of its own, so that its memory goes before the servers start; in
one, because starting Django thrice would cost more than all the work of a second start.
"""

import os

import django
from django.core.management import CommandError, call_command


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "webapp.settings"
    django.setup()
    print("Bringing the database up to date ...", flush=True)
    call_command("migrate", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    print("Loading the demo data (the first time takes a while) ...", flush=True)
    call_command("load_demo")


if __name__ == "__main__":
    try:
        main()
    except CommandError as error:
        raise SystemExit(f"crosscope: {error}") from error
