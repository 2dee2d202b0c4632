"""The option that repeats the question: a key is often written with the question in mind."""

from collections.abc import Sequence
from dataclasses import dataclass

from webapp.items.words import words


@dataclass(frozen=True)
class QuestionOverlap:
    """The part of an option's words that the stem holds too."""

    name: str = "question_overlap"
    version: str = "1"

    def choose(self, stem: str, options: Sequence[str]) -> tuple[float, ...]:
        asked = frozenset(words(stem))
        bags = [frozenset(words(text)) for text in options]
        return tuple(len(bag & asked) / len(bag) if bag else 0.0 for bag in bags)
