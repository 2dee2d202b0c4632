"""Keeping count of what is true, so that no wording tells by itself.

A reader without images who learns that a phrase is mostly true answers above chance; one who finds
it mostly false does as well. So each phrase, and each pair of phrases that are set against each
other, is true as often as false; so is being the longer, wordier or negative phrase, alone and for
both parts of an option together (else the longest option would tell). The tallies are kept per
dimension, where wording differs, and over the whole batch.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from webapp.generation.factorial import CELLS
from webapp.generation.wording import Question
from webapp.items.words import words

_OVERALL = "*"
_OVERALL_WEIGHT = 0.5
_SHAPE_WEIGHT = 0.25

Key = tuple[str, ...]


@dataclass
class Balance:
    """Signed tallies: +1 for a use that is true, -1 for one that is false."""

    tallies: Counter[Key] = field(default_factory=Counter)

    def add(self, question: Question, texts: tuple[str, ...]) -> None:
        for key, sign, _ in _votes(question, texts):
            self.tallies[key] += sign

    def cost(self, question: Question, texts: tuple[str, ...]) -> float:
        """How much more uneven the tallies are with this question: negative where it evens them."""
        return sum(
            weight * ((self.tallies[key] + sign) ** 2 - self.tallies[key] ** 2)
            for key, sign, weight in _votes(question, texts)
        )

    def worst(self, question: Question) -> int:
        """The highest tally, of phrases and pairs in its dimension, that the question leads to."""
        return max(
            abs(self.tallies[question.dimension, *key] + sign)
            for key, sign in wording_votes(question)
        )


def wording_votes(question: Question) -> Iterator[tuple[Key, int]]:
    """What the question makes true and false in words."""
    if question.claim is not None:
        sign = 1 if question.claim == question.first.true else -1
        yield ("outcome",), sign
        yield ("claim", question.claim.phrase), sign
    axes = (question.second,) if question.claim is not None else (question.first, question.second)
    for axis in axes:
        true, false = axis.true.phrase, axis.false.phrase
        yield ("pair", min(true, false), max(true, false)), 1 if true < false else -1
        yield ("phrase", true), 1
        yield ("phrase", false), -1


def shape_votes(question: Question, texts: tuple[str, ...]) -> Iterator[tuple[Key, int]]:
    """Whether the true phrase is the longer, wordier or negative one: first, second, both."""
    by_cell = dict(zip(CELLS, texts, strict=True))
    key, wrong_second, wrong_first = by_cell[True, True], by_cell[True, False], by_cell[False, True]
    for name, measure in (("length", len), ("words", lambda text: len(set(words(text))))):
        first = _sign(measure(key) - measure(wrong_first))
        second = _sign(measure(key) - measure(wrong_second))
        yield (name, "first"), first
        yield (name, "second"), second
        yield (name, "both"), first * second
    negative = [
        int(axis.true.negative) - int(axis.false.negative)
        for axis in (question.first, question.second)
    ]
    if question.claim is not None:
        negative[0] = 0
    yield ("negative",), sum(negative)
    yield ("negative", "both"), negative[0] * negative[1]


def _votes(question: Question, texts: tuple[str, ...]) -> Iterator[tuple[Key, int, float]]:
    for votes, weight in (
        (wording_votes(question), 1.0),
        (shape_votes(question, texts), _SHAPE_WEIGHT),
    ):
        for key, sign in votes:
            yield (question.dimension, *key), sign, weight
            yield (_OVERALL, *key), sign, weight * _OVERALL_WEIGHT


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)
