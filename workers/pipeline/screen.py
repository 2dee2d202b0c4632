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

Models are adversaries too: what their answers amount to is said in workers.pipeline.verdict. The
lint comes before: a question with an error of it is not made.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Protocol

from webapp.generation.factorial import CENTROID_LEAD
from webapp.generation.made import ScreeningRecord
from webapp.items.leakage import MARGIN, STRUCTURAL, Adversary, guess
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

PROBE = "learned_probe"
PROBE_MARGIN = MARGIN
"""How much more probable than the second the probe may find one option; measured there."""
FORM = "form"
FORM_VERSION = "1"


class Probe(Protocol):
    """What was learned from the questions made so far (webapp.items.leakage fits it)."""

    @property
    def version(self) -> str: ...

    def scores(self, mcq: Mcq, patient: str) -> Sequence[float]:
        """The probability of each option in their order; by a fit that never saw the patient."""
        ...


def screen(mcq: Mcq, adversaries: Sequence[Adversary] = STRUCTURAL) -> tuple[ScreeningRecord, ...]:
    """One record for each structural adversary, in their order."""
    return tuple(_structural(adversary, mcq) for adversary in adversaries)


def screen_probe(mcq: Mcq, patient: str, probe: Probe, *, twins: bool = False) -> ScreeningRecord:
    """The learned probe as an adversary. Of twins its preference is stored and says nothing of the
    key, which is drawn by lot among the options: it holds.
    """
    scores = dict(zip(mcq.option_ids, probe.scores(mcq, patient), strict=True))
    second, best = sorted(scores.values())[-2:]
    first = sorted(uid for uid, score in scores.items() if score == best)
    lead = min(1.0, max(0.0, best - second))
    leaks = lead > PROBE_MARGIN and not twins
    return ScreeningRecord(
        adversary=PROBE,
        version=probe.version,
        option=first[0],
        correct=1 / len(first) if mcq.key in first else 0.0,
        confidence=lead,
        reasoning=_probe_reasoning(lead, leaks=leaks, twins=twins),
        verdict="leaks" if leaks else "holds",
    )


def screen_form(mcq: Mcq, forms: Mapping[str, str]) -> ScreeningRecord:
    """Whether the options of a planned question are one form of words but for their findings; where
    they are not, the wording tells them apart, whichever is the key. `forms` go by option id.
    """
    uses = Counter(forms.values())
    odd = sorted(uid for uid, form in forms.items() if uses[form] == min(uses.values()))
    leaks = len(uses) > 1
    return ScreeningRecord(
        adversary=FORM,
        version=FORM_VERSION,
        option=odd[0],
        correct=1 / len(odd) if mcq.key in odd else 0.0,
        confidence=1.0 if leaks else 0.0,
        reasoning="The options differ in more than their findings."
        if leaks
        else "The options differ in nothing but their findings.",
        verdict="leaks" if leaks else "holds",
    )


def _structural(adversary: Adversary, mcq: Mcq) -> ScreeningRecord:
    made = guess(adversary, mcq)
    margin = MARGINS.get(adversary.name, DEFAULT_MARGIN)
    leaks = made.confidence > margin
    return ScreeningRecord(
        adversary=adversary.name,
        version=adversary.version,
        option=made.option_id,
        correct=made.correct,
        confidence=made.confidence,
        reasoning=_reasoning(adversary.name, made.confidence, margin, leaks),
        verdict="leaks" if leaks else "holds",
    )


def _reasoning(name: str, lead: float, margin: float, leaks: bool) -> str:
    sign = _SIGNS.get(name, f"The adversary {name!r} prefers one option")
    if lead == 0:
        return f"{_TIES.get(name, f'The adversary {name!r} prefers no option')}."
    return f"{sign} by {lead:.2f}, {_place(leaks, margin)}."


def _probe_reasoning(lead: float, *, leaks: bool, twins: bool) -> str:
    sign = f"What was learned from other questions favours one option by {lead:.2f}"
    if twins:
        return f"{sign}; among twins that tells nothing of the key."
    return f"{sign}, {_place(leaks, PROBE_MARGIN)}."


def _place(leaks: bool, margin: float) -> str:
    return f"beyond the margin of {margin:.2f}" if leaks else f"within the margin of {margin:.2f}"


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
