"""What `make demo` starts from: people, phantom slides with captions, and a first batch."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from webapp.accounts.actions import add_person
from webapp.accounts.queries import system_user
from webapp.accounts.roles import Role
from webapp.generation.actions import launch_batch
from webapp.generation.models import Batch
from webapp.items.mcq import Dimension
from webapp.slides.models import Slide

PASSWORD = "crosscope-demo"  # noqa: S105  the demo's, printed on purpose
PEOPLE = {
    "curator": (Role.CURATOR, "Cora Curator"),
    "pathologist": (Role.PATHOLOGIST, "Paula Pathologist"),
    "pathologist2": (Role.PATHOLOGIST, "Piet Pathologist"),
    "admin": (Role.ADMIN, "Ada Admin"),
}
SEED = 7


class Command(BaseCommand):
    help = "Load the demo's people, phantom slides, captions and batch; once, then it does nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--slides", type=int, default=3)
        parser.add_argument("--items", type=int, default=60)

    def handle(self, *, slides: int, items: int, **_options: Any) -> None:
        for username, (role, name) in PEOPLE.items():
            add_person(
                username,
                PASSWORD,
                roles=frozenset({role}),
                display_name=name,
                by=system_user(),
            )
        if not Slide.objects.exists():
            folder = Path(settings.HOME) / "demo"
            call_command("make_phantom", folder, seed=SEED, count=slides)
            call_command("import_captions", folder / "captions.jsonl")
        if not Batch.objects.exists():
            batch = launch_batch(
                name="Demo batch",
                dimensions=list(Dimension),
                count=items,
                seed=SEED,
                by=system_user(),
            )
            self.stdout.write(f"Batch {batch.pk} of {items} items is queued.")
