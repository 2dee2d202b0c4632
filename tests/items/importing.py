"""Running an import of questions in this process, as a worker would."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.items.published_files import write_rows
from webapp.accounts.queries import system_user
from webapp.items.question_import import plan_questions
from webapp.slides.actions.imports import start_import
from webapp.slides.actions.running import work_through
from webapp.slides.models import Import

Outcomes = list[tuple[int, str, str]]


def run_to_the_end(run: Import, pulse: Callable[[], None] = lambda: None) -> Import:
    token = Import.claim(run.pk)
    assert token is not None
    run.refresh_from_db()
    try:
        work_through(run, plan_questions, pulse=pulse)
    finally:
        Import.drop_claim(run.pk, token)
    run.refresh_from_db()
    return run


def import_file(file: Path) -> Import:
    run = start_import(Import.Kind.QUESTIONS, [str(file)], by=system_user(), send=False)
    return run_to_the_end(run)


def outcomes(run: Import) -> Outcomes:
    return [(entry.number, entry.outcome, entry.message) for entry in run.entries.all()]


def import_rows(folder: Path, rows: list[Any], name: str = "questions.json") -> Outcomes:
    return outcomes(import_file(write_rows(folder / name, rows)))
