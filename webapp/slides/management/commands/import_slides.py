from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from webapp.accounts.management.acting import add_actor_argument
from webapp.slides.geometry import PLAUSIBLE_MPP
from webapp.slides.management.importing import run_import
from webapp.slides.models import Import


def resolution(text: str) -> float:
    """um per pixel as typed."""
    lowest, highest = PLAUSIBLE_MPP
    try:
        mpp = float(text)
    except ValueError:
        mpp = 0.0
    if not lowest <= mpp <= highest:
        raise ArgumentTypeError(f"{text!r} is no um per pixel; slides have {lowest} to {highest}")
    return mpp


class Command(BaseCommand):
    help = "Take slide files in where they lie. A file that is refused does not stop the others."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="file or folder")
        parser.add_argument(
            "--mpp", type=resolution, help="um per pixel, for files that do not say it"
        )
        parser.add_argument("--organ", default="")
        parser.add_argument("--stain", default="")
        parser.add_argument("--patient", default="", help="key of the patient of all these slides")
        add_actor_argument(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        details = {
            name: options[name]
            for name in ("mpp", "organ", "stain", "patient")
            if options[name] not in (None, "")
        }
        run_import(
            Import.Kind.SLIDES,
            [str(path.absolute()) for path in options["paths"]],
            details,
            username=options["username"],
            out=self.stdout,
        )
