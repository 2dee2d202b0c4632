"""The gate as people read it: may this be released, and what stands against it."""

from dataclasses import dataclass

from webapp.items.leakage import CHANCE, LEARNED, STRUCTURAL, AdversaryReport, Gate
from webapp.items.leakage.gate import HALF_WIDTH
from webapp.releases.audit.report import Audit

ORDER = (*(one.name for one in STRUCTURAL), *LEARNED)
"""As adversaries are listed: a report that comes from the database has lost its order."""
TONES = {"passes": "ok", "leaks": "danger", "too few to tell": "warn"}
TITLES = {
    "passes": "No text-only adversary is told from chance",
    "leaks": "The text gives keys away",
    "too few to tell": "Too few to tell",
}


@dataclass(frozen=True)
class GateTold:
    tone: str
    title: str
    sentences: tuple[str, ...]


def gate_told(audit: Audit) -> GateTold | None:
    """None for a release without items, or one built before there was a gate."""
    gate = audit.get("gate")
    if gate is None:
        return None
    verdict = gate["verdict"]
    return GateTold(TONES[verdict], TITLES[verdict], _sentences(audit, gate))


def listed(name: str) -> int:
    return ORDER.index(name) if name in ORDER else len(ORDER)


def title_of(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _sentences(audit: Audit, gate: Gate) -> tuple[str, ...]:
    names = sorted(gate["adversaries"], key=listed)
    leaks = tuple(
        _leak(name, audit["leakage"][name], gate)
        for name in names
        if gate["adversaries"][name]["verdict"] == "leaks"
    )
    wide = max((gate["adversaries"][name]["half_width"] or 0 for name in names), default=0)
    notes = gate["notes"]
    told = f"{gate['tried']} adversaries were tried"
    if gate["verdict"] == "too few to tell" and wide > HALF_WIDTH:
        reach = f"an interval reaches {100 * wide:.1f} points to either side"
        needed = f"{100 * HALF_WIDTH:g} are needed (about 800 questions)"
        return (f"{told}, and none is told from chance; but {reach}, where {needed}.", *notes)
    how = f"{told}, both ways, each interval widened for their number"
    return (*leaks, f"{how}.", *notes)


def _leak(name: str, report: AdversaryReport, gate: Gate) -> str:
    judged = gate["adversaries"][name]
    accuracy = report["accuracy"] or 0.0
    low, high = judged["family_ci"] or (0.0, 1.0)
    off = low > CHANCE or high < CHANCE
    dimensions = ", ".join(judged["leaking_dimensions"])
    alone = f", also in {dimensions} alone" if dimensions else ""
    if not off:
        return f"{title_of(name)} is off chance in {dimensions}."
    share = f"{100 * accuracy:.1f} % of the keys (chance: {100 * CHANCE:g} %)"
    return f"{title_of(name)} finds {share}{alone}."
