from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from webapp.core.errors import CrossScopeError
from webapp.core.management.printing import counting_bar, print_table, to_json
from webapp.items.leakage import CHANCE, AdversaryReport, Estimate
from webapp.items.lint import RULES
from webapp.items.mcq import Dimension
from webapp.items.question_audit import QuestionAudit, audit_rows
from webapp.items.question_files import read_rows

MOST_JOBS = 64


def _jobs(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_JOBS:
        raise ArgumentTypeError(f"{text!r} is no number of processes; give 1 to {MOST_JOBS}.")
    return int(text)


class Command(BaseCommand):
    help = (
        "Audit questions in the published JSON: how often each text-only adversary, learned ones "
        "cross-validated by slide, finds the key without an image, and what the lint finds. "
        "Needs no database."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.json")
        parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
        parser.add_argument(
            "--jobs", type=_jobs, default=2, metavar="N", help="processes at work (2)"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            audit = self._audit(options["file"], options["jobs"])
        except CrossScopeError as error:
            raise CommandError(error.message) from error
        for sentence in (*audit.faults, *audit.notes):
            self.stderr.write(self.style.WARNING(sentence))
        if options["json"]:
            self.stdout.write(to_json(audit.as_json()))
        else:
            self._print(audit)
        if audit.faults:
            raise CommandError("Not every row could be audited; the lines above name them.")

    def _audit(self, file: Path, jobs: int) -> QuestionAudit:
        rows = read_rows(file)
        with counting_bar() as bar:
            task = bar.add_task("training probes", total=None)
            return audit_rows(
                rows,
                file=file.name,
                jobs=jobs,
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )

    def _print(self, audit: QuestionAudit) -> None:
        counted = "1 question" if audit.items == 1 else f"{audit.items} questions"
        self.stdout.write(
            f"{counted}. Accuracy from the text alone, in percent with its 95 % "
            f"interval over slides; chance is {100 * CHANCE:g}."
        )
        letters = [one.value for one in Dimension]
        heads = ("Adversary", "#All", "#95 % interval", *(f"#{one}" for one in letters), "Verdict")
        print_table(self.stdout, heads, _adversary_rows(audit, letters))
        self.stdout.write(f"As a family: {audit.gate['verdict']}.")
        print_table(self.stdout, ("Lint rule", "Severity", "#Questions", "#%"), _lint_rows(audit))


def _adversary_rows(audit: QuestionAudit, letters: list[str]) -> Iterator[tuple[object, ...]]:
    for name, report in audit.reports.items():
        judged = audit.gate["adversaries"].get(name)
        by_letter = (_percent(report["by_dimension"].get(letter)) for letter in letters)
        verdict = judged["verdict"] if judged else "not tried"
        yield (name, _percent(report), _interval(report), *by_letter, verdict)


def _lint_rows(audit: QuestionAudit) -> Iterator[tuple[object, ...]]:
    for rule in RULES:
        count = audit.lint[rule.name]
        yield (rule.name, rule.severity, count, f"{100 * count / audit.items:.1f}")


def _percent(found: Estimate | AdversaryReport | None) -> str:
    return "" if found is None or found["accuracy"] is None else f"{100 * found['accuracy']:.1f}"


def _interval(report: AdversaryReport) -> str:
    low, high = report["ci95"] or (None, None)
    return "" if low is None or high is None else f"{100 * low:.1f} to {100 * high:.1f}"
