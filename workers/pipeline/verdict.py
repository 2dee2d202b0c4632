"""What a model's answers, given without images under several option orders, amount to.

**One slide.** The question leaks when the answers settle on one option, *whichever it is*, more
than guessing would: the chance that the most chosen of four options is chosen so often by lot is
below 5 % (binomial tail times four; of four orders all four, of eight six), and the model says
so with a mean confidence of 0.5 or more. How often it was right is stored beside 25 % and does not
decide: were questions dropped because an adversary hit, the adversary would miss on those that are
left, and its misses would tell (workers.pipeline.screen says more).

**Twins.** The same text is put to several slides and another option is true of each, by lot. So a
preference tells nothing of the key; it is stored. The verdict is by the pooled rate: the share of
answers that fall on options true of some member, beside the share of such options among the four
(one-sided binomial tail below 5 %). Where each option is true of some member there is nothing left
to tell.

**Silence is no pass.** An abstention is an answer: the text did not decide. A refusal, a block, a
cut or a garbled reply is none. With fewer than half of the orders answered there is no verdict; nor
is there one when the missing answers could have made it a leak.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from math import comb

from webapp.generation.made import Verdict
from webapp.items.mcq import OPTION_COUNT

SIGNIFICANCE = 0.05
CONFIDENT = 0.5
CHANCE = 1 / OPTION_COUNT


@dataclass(frozen=True)
class Choice:
    """One answer; `option` is empty for an abstention."""

    option: str
    confidence: float
    reasoning: str = ""


def verdict(
    choices: Sequence[Choice], orders: int, true_somewhere: Collection[str] = ()
) -> Verdict:
    """`true_somewhere` are the options true of some member of a group of twins; empty for a
    question about one slide.
    """
    missing = orders - len(choices)
    if 2 * len(choices) < orders or not choices:
        return "none"
    judge = _twins if true_somewhere else _single
    if judge(choices, 0, true_somewhere):
        return "leaks"
    if missing and judge(choices, missing, true_somewhere):
        return "none"
    return "holds"


def preferred(choices: Sequence[Choice]) -> tuple[str, int, float]:
    """The option most often chosen (of equals the surest), how often, and the mean confidence;
    an empty id when all abstained."""
    counts = Counter(one.option for one in choices if one.option)
    if not counts:
        return "", 0, 0.0

    def surety(option: str) -> float:
        return _mean([one.confidence for one in choices if one.option == option])

    best = max(counts, key=lambda option: (counts[option], surety(option), option))
    return best, counts[best], surety(best)


def guess_rate(choices: Sequence[Choice], key: str) -> float | None:
    """How often the key was hit; an abstention counts as a guess by lot."""
    if not choices:
        return None
    return _mean([float(one.option == key) if one.option else CHANCE for one in choices])


@cache
def tail(tries: int, hits: int, chance: float) -> float:
    """The probability of `hits` or more by lot."""
    return sum(
        comb(tries, k) * chance**k * (1 - chance) ** (tries - k) for k in range(hits, tries + 1)
    )


def _single(choices: Sequence[Choice], missing: int, _: Collection[str]) -> bool:
    """Whether it leaks if the missing answers are for the preferred option, and sure of it."""
    _, count, confidence = preferred(choices)
    count += missing
    if OPTION_COUNT * tail(len(choices) + missing, count, CHANCE) >= SIGNIFICANCE:
        return False
    return (confidence * (count - missing) + missing) / count >= CONFIDENT


def _twins(choices: Sequence[Choice], missing: int, true_somewhere: Collection[str]) -> bool:
    given = [one for one in choices if one.option]
    hits = [one.confidence for one in given if one.option in true_somewhere]
    hits += [1.0] * missing
    chance = len(true_somewhere) / OPTION_COUNT
    if not hits or chance >= 1 or tail(len(given) + missing, len(hits), chance) >= SIGNIFICANCE:
        return False
    return _mean(hits) >= CONFIDENT


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
