from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from webapp.core.errors import CrossScopeError
from webapp.releases.queries import release_numbered
from webapp.releases.states import ReleaseState
from webapp.releases.writer import folder_faults, release_folder


class Command(BaseCommand):
    help = "Compute every SHA-256 of a release folder again and compare it with what was released."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("number", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        number = options["number"]
        try:
            release = release_numbered(number)
        except CrossScopeError as error:
            raise CommandError(error.message) from error
        if release.state != ReleaseState.READY:
            raise CommandError(f"Release {number} is {release.state}; only a ready one has files.")
        folder = release_folder(Path(settings.RELEASES_ROOT), number)
        faults = folder_faults(folder, release.manifest_sha256)
        if faults:
            raise CommandError(f"Release {number} is damaged:\n" + "\n".join(faults))
        self.stdout.write(f"Release {number} is whole: every file is as released.")
