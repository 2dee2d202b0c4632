"""What the text of a question gives away: adversaries that guess the key without an image.

`run_family(items, patients, twin_groups)` tries all of them on a set of questions: the structural
ones and the learned probes, cross-validated by block; `.reports()` gives accuracy and interval of
each, and `judge` says whether the set may be released. `STRUCTURAL` are those that need no training
and judge one question at a time; `fit_probe(items, patients, twin_groups)` trains the one that
screens new questions (`.scores(mcq, patient)`, `MARGIN`).
"""

from webapp.items.leakage.adversary import Adversary, Guess, guess
from webapp.items.leakage.blocks import blocks_of
from webapp.items.leakage.centroid import Centroid
from webapp.items.leakage.family import LEARNED, Family, run_family
from webapp.items.leakage.folded_probe import MARGIN, FoldedProbe, ProbeError, ProbeReport
from webapp.items.leakage.gate import Gate, Judged, judge
from webapp.items.leakage.length import Longest, Shortest
from webapp.items.leakage.probe_fit import fit_probe
from webapp.items.leakage.question_overlap import QuestionOverlap
from webapp.items.leakage.stats import (
    CHANCE,
    AdversaryReport,
    Estimate,
    covers_chance,
    structural_report,
)
from webapp.items.leakage.structural import STRUCTURAL

__all__ = [
    "CHANCE",
    "LEARNED",
    "MARGIN",
    "STRUCTURAL",
    "Adversary",
    "AdversaryReport",
    "Centroid",
    "Estimate",
    "Family",
    "FoldedProbe",
    "Gate",
    "Guess",
    "Judged",
    "Longest",
    "ProbeError",
    "ProbeReport",
    "QuestionOverlap",
    "Shortest",
    "blocks_of",
    "covers_chance",
    "fit_probe",
    "guess",
    "judge",
    "run_family",
    "structural_report",
]
