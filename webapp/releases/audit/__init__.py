"""What a release holds and what its text gives away, as plain values and as plots."""

from webapp.releases.audit.gate import GateTold, gate_told
from webapp.releases.audit.plots import (
    Facet,
    LeakRow,
    facets,
    leak_bars,
    leak_maximum,
    leak_rows,
    lint_rows,
    size_rows,
)
from webapp.releases.audit.report import Audit, Audited, SplitCounts, audit_report

__all__ = [
    "Audit",
    "Audited",
    "Facet",
    "GateTold",
    "LeakRow",
    "SplitCounts",
    "audit_report",
    "facets",
    "gate_told",
    "leak_bars",
    "leak_maximum",
    "leak_rows",
    "lint_rows",
    "size_rows",
]
