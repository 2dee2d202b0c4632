from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from webapp.accounts.management.acting import add_actor_argument
from webapp.items.question_import import plan_questions
from webapp.slides.management.importing import run_import
from webapp.slides.models import Import


class Command(BaseCommand):
    help = "Take published Scale-VQA questions in, with the images that lie beside the file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="FILE.json")
        add_actor_argument(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        run_import(
            Import.Kind.QUESTIONS,
            [str(path.absolute()) for path in options["paths"]],
            {},
            username=options["username"],
            out=self.stdout,
            plan=plan_questions,
        )
