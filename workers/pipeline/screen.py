"""Stage 4: what the text-only adversaries make of a question.

**The rule.** A question is leaky when the text of its options singles one of them out: when some
adversary prefers one option to all others by more than its margin, *whichever option that is*.

Whether the adversary happened to be right is recorded but does not decide, and that matters. Among
four options without any leak an adversary is right in a quarter of all cases. Were those hits
thrown out, it would be wrong on all that is left: then the key is never the option it prefers, and
a reader who knows that guesses among three. Selection by outcome turns chance into a leak below
chance; selection by structure, which is the same whichever option is the key, cannot. So the
verdict of a question does not change when its key does (tested).

A margin is the lead of the best score over the second. Options of a 2×2 scheme tie or nearly tie
by construction; what remains is the length of single phrases, which over a batch is balanced by
the plan. An option made to be the key with distractors edited out of it leads by more: on 450
published questions the centroid is right in 74 % of those beyond its margin, in 32 % of the others.

The lint comes before (workers.tasks.generation): a question with an error of it is not made.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from webapp.generation.factorial import CENTROID_LEAD
from webapp.items.leakage import STRUCTURAL, Adversary, guess
from webapp.items.mcq import Mcq

MARGINS: Mapping[str, float] = {
    "centroid": CENTROID_LEAD,
    "longest": 0.15,
    "shortest": 0.15,
    "question_overlap": 0.10,
}
"""How far an option may lead before it is singled out, in the adversary's own score (0 to 1).

Centroid: mean word overlap. Longest and shortest: a part of the length. Question overlap: the part
of the option's words that the stem holds too."""

DEFAULT_MARGIN = 0.10


@dataclass(frozen=True)
class ScreeningResult:
    """What one adversary made of one question."""

    adversary: str
    version: str
    option_id: str
    """Its first choice; of tied options any one."""
    correct: float
    """The chance that it hit the key, ties drawn by lot."""
    confidence: float
    """The lead of its first choice over the second, 0 to 1."""
    reasoning: str
    leaks: bool


def screen(mcq: Mcq, adversaries: Sequence[Adversary] = STRUCTURAL) -> tuple[ScreeningResult, ...]:
    """One result for each adversary, in their order."""
    return tuple(_result(adversary, mcq) for adversary in adversaries)


def _result(adversary: Adversary, mcq: Mcq) -> ScreeningResult:
    made = guess(adversary, mcq)
    margin = MARGINS.get(adversary.name, DEFAULT_MARGIN)
    leaks = made.confidence > margin
    return ScreeningResult(
        adversary=adversary.name,
        version=adversary.version,
        option_id=made.option_id,
        correct=made.correct,
        confidence=made.confidence,
        reasoning=_reasoning(adversary.name, made.confidence, margin, leaks),
        leaks=leaks,
    )


def _reasoning(name: str, lead: float, margin: float, leaks: bool) -> str:
    sign = _SIGNS.get(name, f"The adversary {name!r} prefers one option")
    if lead == 0:
        return f"{_TIES.get(name, f'The adversary {name!r} prefers no option')}."
    close = f"beyond the margin of {margin:.2f}" if leaks else f"within the margin of {margin:.2f}"
    return f"{sign} by {lead:.2f}, {close}."


_SIGNS: Mapping[str, str] = {
    "centroid": "One option leads in likeness to the others",
    "longest": "One option leads in length",
    "shortest": "One option leads in shortness",
    "question_overlap": "One option leads in words shared with the question",
}
_TIES: Mapping[str, str] = {
    "centroid": "No option is most like the others",
    "longest": "No option is longest",
    "shortest": "No option is shortest",
    "question_overlap": "No option shares most words with the question",
}
