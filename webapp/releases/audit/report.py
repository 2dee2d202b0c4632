"""Counts, lint and leakage of a set of lettered questions, as JSON values."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypedDict

from webapp.items.leakage import AdversaryReport, Family, Gate, judge, run_family
from webapp.items.leakage.crossfit import Progress
from webapp.items.lettering import LETTERS, letter_of
from webapp.items.lint import RULES, lint
from webapp.items.mcq import Dimension, Mcq
from webapp.releases.split import SPLITS
from webapp.slides.geometry import Scale

FORMAT = "crossscope-release-audit/2"
NO_ORGAN = "not stated"
LEAST_LEARNED = 100
"""With fewer questions what a learned probe finds says nothing, and small releases stay quick."""


@dataclass(frozen=True)
class Audited:
    """One question as released; `order` gives its letters, `mcq.scales` its images."""

    mcq: Mcq
    order: tuple[str, ...]
    split: str
    patient: str
    slide: str
    organ: str
    twin_group: str = ""

    @property
    def letter(self) -> str:
        return letter_of(self.order, self.mcq.key)


class SplitCounts(TypedDict):
    items: int
    patients: int
    slides: int
    dimension: dict[str, int]
    organ: dict[str, int]
    letter: dict[str, int]
    images: dict[str, int]


class LintCount(TypedDict):
    severity: str
    items: int


class Audit(TypedDict):
    format: str
    items: int
    patients: int
    slides: int
    splits: dict[str, SplitCounts]
    leakage: dict[str, AdversaryReport]
    gate: Gate | None
    lint: dict[str, LintCount]


def audit_report(
    members: Sequence[Audited], *, seed: int, progress: Progress | None = None
) -> Audit:
    """The same members give the same report, whatever their order.

    `seed` draws the folds of the learned probes and the intervals; `progress` is called after each
    fit of a probe. `leakage` has the adversaries that could be tried.
    """
    ordered = sorted(members, key=lambda one: (one.patient, one.slide, one.mcq.stem, one.order))
    family = _family(ordered, seed, progress) if ordered else None
    reports = family.reports(seed=seed) if family else {}
    return Audit(
        format=FORMAT,
        items=len(ordered),
        patients=len({one.patient for one in ordered}),
        slides=len({one.slide for one in ordered}),
        splits={
            split: _split_counts([one for one in ordered if one.split == split]) for split in SPLITS
        },
        leakage={name: one for name, one in reports.items() if one["accuracy"] is not None},
        gate=judge(family, reports) if family else None,
        lint=_lint_counts(ordered),
    )


def _family(members: Sequence[Audited], seed: int, progress: Progress | None) -> Family:
    return run_family(
        [one.mcq for one in members],
        [one.patient for one in members],
        [one.twin_group for one in members],
        seed=seed,
        least=LEAST_LEARNED,
        progress=progress,
    )


def _split_counts(members: Sequence[Audited]) -> SplitCounts:
    return SplitCounts(
        items=len(members),
        patients=len({one.patient for one in members}),
        slides=len({one.slide for one in members}),
        dimension=_tally(members, lambda one: one.mcq.dimension.value, Dimension),
        organ=_tally(members, lambda one: one.organ or NO_ORGAN),
        letter=_tally(members, lambda one: one.letter, LETTERS),
        images={scale: sum(scale in one.mcq.scales for one in members) for scale in Scale},
    )


def _tally(
    members: Iterable[Audited], value_of: Callable[[Audited], str], known: Iterable[str] = ()
) -> dict[str, int]:
    """Counts in the order of the values; known values that do not occur count 0."""
    found = Counter(value_of(one) for one in members)
    return {value: found[value] for value in sorted({*map(str, known), *found})}


def _lint_counts(members: Sequence[Audited]) -> dict[str, LintCount]:
    """How many questions each rule finds fault with; rules without a finding are left out."""
    hit = Counter(rule for one in members for rule in {finding.rule for finding in lint(one.mcq)})
    return {
        rule.name: LintCount(severity=rule.severity, items=hit[rule.name])
        for rule in RULES
        if hit[rule.name]
    }
