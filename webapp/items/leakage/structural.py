"""The adversaries that need no training, in the order in which they are shown."""

from webapp.items.leakage.adversary import Adversary
from webapp.items.leakage.centroid import Centroid
from webapp.items.leakage.length import Longest, Shortest
from webapp.items.leakage.question_overlap import QuestionOverlap

STRUCTURAL: tuple[Adversary, ...] = (Centroid(), Longest(), Shortest(), QuestionOverlap())
