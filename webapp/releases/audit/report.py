"""Counts, lint and structural leakage of a set of lettered questions, as JSON values."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypedDict

from webapp.items.leakage import AdversaryReport, structural_report
from webapp.items.lettering import LETTERS, letter_of
from webapp.items.lint import RULES, lint
from webapp.items.mcq import Dimension, Mcq
from webapp.releases.split import SPLITS
from webapp.slides.geometry import Scale

FORMAT = "crossscope-release-audit/1"
NO_ORGAN = "not stated"


@dataclass(frozen=True)
class Audited:
    """One question as released; `order` gives its letters, `mcq.scales` its images."""

    mcq: Mcq
    order: tuple[str, ...]
    split: str
    patient: str
    slide: str
    organ: str

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
    lint: dict[str, LintCount]


def audit_report(members: Sequence[Audited], *, seed: int) -> Audit:
    """The same members give the same report, whatever their order; `seed` draws the intervals."""
    ordered = sorted(members, key=lambda one: (one.patient, one.slide, one.mcq.stem, one.order))
    return Audit(
        format=FORMAT,
        items=len(ordered),
        patients=len({one.patient for one in ordered}),
        slides=len({one.slide for one in ordered}),
        splits={
            split: _split_counts([one for one in ordered if one.split == split]) for split in SPLITS
        },
        leakage=structural_report(
            [one.mcq for one in ordered], [one.patient for one in ordered], seed=seed
        )
        if ordered
        else {},
        lint=_lint_counts(ordered),
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
