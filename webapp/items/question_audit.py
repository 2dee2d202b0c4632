"""Auditing published questions as they lie in a file: lint and adversaries, without a database."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from webapp.core.errors import BadInput
from webapp.items.leakage import AdversaryReport, Gate, judge, run_family
from webapp.items.leakage.crossfit import Progress
from webapp.items.lint import RULES, lint
from webapp.items.mcq import Mcq
from webapp.items.published import mcq_from_row
from webapp.items.question_files import NumberedRow

UNANSWERABLE = frozenset({"answer_not_an_option", "duplicate_options"})
"""No adversary can be right or wrong about such a question."""
MOST_NAMED = 10


@dataclass(frozen=True)
class QuestionAudit:
    """`faults` name the rows that could not be read at all, `notes` what was left out and why."""

    items: int
    reports: dict[str, AdversaryReport]
    gate: Gate
    lint: dict[str, int]
    """By rule, how many questions it finds fault with; every rule is there."""
    notes: tuple[str, ...]
    faults: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        return {"items": self.items, "adversaries": self.reports, "lint": self.lint}


@dataclass(frozen=True)
class _Question:
    where: str
    slide: str
    mcq: Mcq
    rules: frozenset[str]

    @property
    def hindrances(self) -> list[str]:
        return sorted(self.rules & UNANSWERABLE)


def audit_rows(
    rows: Sequence[NumberedRow], *, file: str, jobs: int = 1, progress: Progress | None = None
) -> QuestionAudit:
    """Judge the rows of one file; the learned probes are cross-validated by slide.

    Raises:
        BadInput: the file holds no question, or no row that can be read.
    """
    if not rows:
        raise BadInput(f"{file} holds no question; give a list of them.")
    questions = [found for row in rows if (found := _question(row)) is not None]
    faults = _some([row.fault for row in rows if row.row is None and row.unanswered is None])
    if not questions:
        raise BadInput("\n".join(faults))
    asked = [one for one in questions if not one.hindrances]
    family = run_family(
        [one.mcq for one in asked], [one.slide for one in asked], jobs=jobs, progress=progress
    )
    reports = family.reports()
    hit = Counter(rule for one in questions for rule in one.rules)
    left_out = _some([_left_out(one) for one in questions if one.hindrances])
    return QuestionAudit(
        items=len(questions),
        reports=reports,
        gate=judge(family, reports),
        lint={rule.name: hit[rule.name] for rule in RULES},
        notes=(*left_out, *family.notes),
        faults=faults,
    )


def _question(row: NumberedRow) -> _Question | None:
    if row.row is not None:
        published, mcq = row.row, mcq_from_row(row.row, seed=row.where)
    elif row.unanswered is not None:
        published = row.unanswered
        mcq = replace(mcq_from_row(published, seed=row.where), key=row.stray_answer)
    else:
        return None
    rules = frozenset(finding.rule for finding in lint(mcq))
    return _Question(row.where, published.wsi_name, mcq, rules)


def _left_out(question: _Question) -> str:
    return (
        f"{question.where}: left out of the adversaries because of "
        f"{' and '.join(question.hindrances)}."
    )


def _some(sentences: Sequence[str]) -> tuple[str, ...]:
    """The first few, and how many more there are."""
    shown = tuple(sentences[:MOST_NAMED])
    more = len(sentences) - len(shown)
    return (*shown, f"And {more} more rows like these.") if more else shown
