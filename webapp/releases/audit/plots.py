"""The audit report as what the release page draws: tables, stacked bars and whiskers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from webapp.core.charts import Bar, Segment
from webapp.items.leakage import CHANCE, STRUCTURAL, AdversaryReport, Estimate, covers_chance
from webapp.items.mcq import Dimension
from webapp.releases.audit.report import Audit, SplitCounts
from webapp.releases.split import SPLITS
from webapp.slides.geometry import Scale

FEW_VALUES = 5
Leakage = Mapping[str, AdversaryReport]
Verdict = Literal["covers chance", "above chance", "below chance", "no items"]
FacetName = Literal["dimension", "organ", "letter"]


@dataclass(frozen=True)
class FacetRow:
    value: str
    by_split: tuple[int, ...]
    total: int


@dataclass(frozen=True)
class Facet:
    """One way to count: a row a value, a column a split, and the same as bars."""

    title: str
    heading: str
    rows: tuple[FacetRow, ...]
    stacks: tuple[tuple[str, tuple[Segment, ...]], ...]
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class LintRow:
    rule: str
    severity: str
    count: int


@dataclass(frozen=True)
class LeakCell:
    heading: str
    accuracy: float | None
    low: float | None
    high: float | None
    n: int
    verdict: Verdict


@dataclass(frozen=True)
class LeakRow:
    adversary: str
    title: str
    cells: tuple[LeakCell, ...]


def facets(audit: Audit) -> tuple[Facet, ...]:
    titles = {one.value: f"{one.value} {one.title}" for one in Dimension}
    return (
        _facet(audit, "dimension", "Dimension", titles),
        _facet(audit, "organ", "Organ", {}),
        _facet(audit, "letter", "Key letter", {}),
    )


def _facet(audit: Audit, name: FacetName, heading: str, titles: dict[str, str]) -> Facet:
    by_split = [_counts(audit["splits"][split], name) for split in SPLITS]
    values = sorted({value for counts in by_split for value in counts})
    rows = tuple(
        _facet_row(titles.get(value, value), tuple(counts.get(value, 0) for counts in by_split))
        for value in values
    )
    few = len(values) <= FEW_VALUES
    return Facet(
        title=f"{heading} by split",
        heading=heading,
        rows=rows,
        stacks=tuple(_stack(place, name, rows) for place, name in enumerate(SPLITS) if few),
        bars=() if few else tuple(Bar(row.value, row.total) for row in rows),
    )


def _counts(split: SplitCounts, name: FacetName) -> dict[str, int]:
    return split[name]


def _facet_row(value: str, by_split: tuple[int, ...]) -> FacetRow:
    return FacetRow(value, by_split, sum(by_split))


def _stack(place: int, split: str, rows: Sequence[FacetRow]) -> tuple[str, tuple[Segment, ...]]:
    return split, tuple(Segment(row.value, row.by_split[place]) for row in rows)


def size_rows(audit: Audit) -> tuple[FacetRow, ...]:
    """Items, patients, slides, and the items that have an image at each scale."""
    splits = [audit["splits"][split] for split in SPLITS]
    return (
        FacetRow("Items", tuple(one["items"] for one in splits), audit["items"]),
        FacetRow("Patients", tuple(one["patients"] for one in splits), audit["patients"]),
        FacetRow("Slides", tuple(one["slides"] for one in splits), audit["slides"]),
        *(
            _facet_row(f"With a {scale.label} image", tuple(one["images"][scale] for one in splits))
            for scale in Scale
        ),
    )


def lint_rows(audit: Audit) -> tuple[LintRow, ...]:
    """Errors first, then by how many questions are hit."""
    rows = [
        LintRow(rule, found["severity"], found["items"]) for rule, found in audit["lint"].items()
    ]
    return tuple(sorted(rows, key=lambda row: (row.severity, -row.count, row.rule)))


def leak_rows(leakage: Leakage) -> tuple[LeakRow, ...]:
    """Adversaries by all questions and by dimension, for the table."""
    return tuple(
        LeakRow(
            adversary=name,
            title=_title(name),
            cells=tuple(_cell(heading, found) for heading, found in _estimates(report)),
        )
        for name, report in _in_order(leakage)
    )


def leak_bars(leakage: Leakage, *, by_dimension: bool) -> tuple[Bar, ...]:
    """Percent with whiskers: one bar an adversary, or a group of dimensions an adversary."""
    return tuple(
        bar
        for name, report in _in_order(leakage)
        for bar in (_dimension_bars(name, report) if by_dimension else _bars(_title(name), report))
    )


def leak_maximum(bars: Sequence[Bar]) -> int:
    """The end of the axis: twice chance, unless something leaks further."""
    return 50 if all((bar.high or 0) <= 50 for bar in bars) else 100


def _in_order(leakage: Leakage) -> list[tuple[str, AdversaryReport]]:
    """As the adversaries are listed: a report that comes from the database has lost its order."""
    listed = [one.name for one in STRUCTURAL]
    return sorted(
        leakage.items(),
        key=lambda pair: listed.index(pair[0]) if pair[0] in listed else len(listed),
    )


def _dimension_bars(name: str, report: AdversaryReport) -> list[Bar]:
    return [
        bar
        for dimension, found in sorted(report["by_dimension"].items())
        for bar in _bars(f"{dimension} {Dimension(dimension).title}", found, group=_title(name))
    ]


def _bars(label: str, found: Estimate, group: str = "") -> list[Bar]:
    if found["accuracy"] is None or found["ci95"] is None:
        return []
    low, high = (100 * bound for bound in found["ci95"])
    tone = 1 if covers_chance(found["ci95"]) else 2
    value, note = 100 * found["accuracy"], f"n {found['n']}"
    return [Bar(label, value, low, high, note=note, tone=tone, group=group)]


def _estimates(report: AdversaryReport) -> list[tuple[str, Estimate]]:
    whole = Estimate(accuracy=report["accuracy"], ci95=report["ci95"], n=report["n"])
    return [("All", whole), *sorted(report["by_dimension"].items())]


def _cell(heading: str, found: Estimate) -> LeakCell:
    low, high = found["ci95"] or (None, None)
    return LeakCell(heading, found["accuracy"], low, high, found["n"], _verdict(found))


def _verdict(found: Estimate) -> Verdict:
    if found["accuracy"] is None or found["ci95"] is None:
        return "no items"
    if covers_chance(found["ci95"]):
        return "covers chance"
    return "above chance" if found["accuracy"] > CHANCE else "below chance"


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()
