"""What `make demo` starts from: people, phantom slides with captions, and a first batch."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db.models import QuerySet

from webapp.accounts.actions import add_person
from webapp.accounts.queries import system_user
from webapp.accounts.roles import Role
from webapp.generation.actions.batches import launch_batch
from webapp.generation.config import BatchConfig
from webapp.generation.models import Batch
from webapp.items.mcq import Dimension
from webapp.slides.models import Slide
from webapp.slides.phantom import PhantomSlide

PASSWORD = "crosscope-demo"  # noqa: S105  the demo's, printed on purpose
PEOPLE = {
    "curator": (Role.CURATOR, "Cora Curator"),
    "pathologist": (Role.PATHOLOGIST, "Paula Pathologist"),
    "pathologist2": (Role.PATHOLOGIST, "Piet Pathologist"),
    "admin": (Role.ADMIN, "Ada Admin"),
}
SEED = 7
BATCH = "Demo batch"


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
        phantoms = self._load_phantoms(Path(settings.HOME) / "demo", slides)
        if not Batch.objects.filter(name=BATCH, created_by=system_user()).exists():
            batch = launch_batch(
                BatchConfig(tuple(Dimension), count=items, slides=tuple(phantoms)),
                name=BATCH,
                seed=SEED,
                by=system_user(),
            )
            self.stdout.write(f"Batch {batch.pk} of {items} items is queued.")

    def _load_phantoms(self, folder: Path, count: int) -> list[int]:
        """Ids of the demo's captioned slides, made and imported where they still lack.

        Phantoms write their captions file last: where it is, their files are whole. It says how
        many there are, whatever is asked for now; other people's slides do not count.
        """
        captions = folder / "captions.jsonl"
        if not captions.exists() and not captioned_phantoms().exists():
            call_command("make_phantom", folder, seed=SEED, count=count)
        if captions.exists() and not names_in(captions) <= names_of(captioned_phantoms()):
            call_command("import_captions", captions)
        return sorted(captioned_phantoms().values_list("pk", flat=True))


def captioned_phantoms() -> QuerySet[Slide]:
    """The demo's slides that questions can be asked about."""
    prefix = PhantomSlide(SEED, 0).name.removesuffix("0")
    named = Slide.objects.filter(name__startswith=prefix)
    return named.filter(triplets__rois__caption__gt="").distinct()


def names_of(slides: QuerySet[Slide]) -> set[str]:
    return set(slides.values_list("name", flat=True))


def names_in(captions: Path) -> set[str]:
    lines = captions.read_text("utf-8").splitlines()
    return {json.loads(line)["wsi_name"] for line in lines}
