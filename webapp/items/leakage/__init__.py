"""What the text of a question gives away: adversaries that guess the key without an image."""

from webapp.items.leakage.adversary import Adversary, Guess, guess
from webapp.items.leakage.centroid import Centroid
from webapp.items.leakage.length import Longest, Shortest
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
    "STRUCTURAL",
    "Adversary",
    "AdversaryReport",
    "Centroid",
    "Estimate",
    "Guess",
    "Longest",
    "QuestionOverlap",
    "Shortest",
    "covers_chance",
    "guess",
    "structural_report",
]
