"""The audit report as what the release page draws: tables, stacked bars and whiskers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from webapp.core.charts import Bar, Segment
from webapp.items.leakage import CHANCE, AdversaryReport, Estimate, Gate, covers_chance
from webapp.items.mcq import Dimension
from webapp.releases.audit.gate import listed, title_of
from webapp.releases.audit.report import Audit, SplitCounts
from webapp.releases.split import SPLITS
from webapp.slides.geometry import Scale

FEW_VALUES = 5
WHOLE = "All"
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


def leak_rows(leakage: Leakage, gate: Gate | None = None) -> tuple[LeakRow, ...]:
    """Adversaries by all questions and by dimension, for the table.

    With a gate only what it condemns is called off chance.
    """
    return tuple(
        LeakRow(
            adversary=name,
            title=title_of(name),
            cells=tuple(
                _cell(heading, found, _condemned(gate, name, heading))
                for heading, found in _estimates(report)
            ),
        )
        for name, report in _in_order(leakage)
    )


def leak_bars(leakage: Leakage, *, by_dimension: bool, gate: Gate | None = None) -> tuple[Bar, ...]:
    """Percent with whiskers: one bar an adversary, or a group of dimensions an adversary."""
    bars: list[Bar] = []
    for name, report in _in_order(leakage):
        for heading, found in _estimates(report):
            if (heading != WHOLE) == by_dimension:
                off = _condemned(gate, name, heading)
                bars += (
                    _dimension_bar(name, heading, found, off)
                    if by_dimension
                    else _bar(title_of(name), found, off)
                )
    return tuple(bars)


def _condemned(gate: Gate | None, name: str, heading: str) -> bool | None:
    """Whether the gate calls this off chance; None where there is no gate."""
    judged = gate["adversaries"].get(name) if gate else None
    if judged is None:
        return None
    if heading != WHOLE:
        return heading in judged["leaking_dimensions"]
    return judged["family_ci"] is not None and not covers_chance(judged["family_ci"])


def leak_maximum(bars: Sequence[Bar]) -> int:
    """The end of the axis: twice chance, unless something leaks further."""
    return 50 if all((bar.high or 0) <= 50 for bar in bars) else 100


def _in_order(leakage: Leakage) -> list[tuple[str, AdversaryReport]]:
    return sorted(leakage.items(), key=lambda pair: listed(pair[0]))


def _dimension_bar(name: str, dimension: str, found: Estimate, off: bool | None) -> list[Bar]:
    label = f"{dimension} {Dimension(dimension).title}"
    return _bar(label, found, off, group=title_of(name))


def _bar(label: str, found: Estimate, off: bool | None, group: str = "") -> list[Bar]:
    if found["accuracy"] is None or found["ci95"] is None:
        return []
    low, high = (100 * bound for bound in found["ci95"])
    tone = 2 if (not covers_chance(found["ci95"]) if off is None else off) else 1
    value, note = 100 * found["accuracy"], f"n {found['n']}"
    return [Bar(label, value, low, high, note=note, tone=tone, group=group)]


def _estimates(report: AdversaryReport) -> list[tuple[str, Estimate]]:
    whole = Estimate(accuracy=report["accuracy"], ci95=report["ci95"], n=report["n"])
    return [(WHOLE, whole), *sorted(report["by_dimension"].items())]


def _cell(heading: str, found: Estimate, off: bool | None) -> LeakCell:
    low, high = found["ci95"] or (None, None)
    return LeakCell(heading, found["accuracy"], low, high, found["n"], _verdict(found, off))


def _verdict(found: Estimate, off: bool | None) -> Verdict:
    if found["accuracy"] is None or found["ci95"] is None:
        return "no items"
    if not (not covers_chance(found["ci95"]) if off is None else off):
        return "covers chance"
    return "above chance" if found["accuracy"] > CHANCE else "below chance"
