"""What the pipeline hands to be stored, as plain values: a question through all its rounds."""

from dataclasses import dataclass, field
from typing import Any, Literal

from webapp.items.mcq import Mcq

Verdict = Literal["holds", "leaks", "none"]


@dataclass(frozen=True)
class ScreeningRecord:
    """One adversary's attempt (webapp.generation.models.Screening says what the fields mean)."""

    adversary: str
    version: str
    option: str
    correct: float | None
    confidence: float
    reasoning: str
    verdict: Verdict
    answers: int = 1
    calls: tuple[int, ...] = ()

    @property
    def leaks(self) -> bool:
        return self.verdict == "leaks"


@dataclass(frozen=True)
class Learned:
    """What a leak taught: a constraint's kind and wording, and the analysis it came from."""

    kind: str
    text: str
    adversary: str
    analysis: str
    call: int = 0


@dataclass(frozen=True)
class Round:
    """One writing of the question and what the adversaries made of it.

    `provenance` is plain JSON for the revision: generator, version, prompt, calls by stage, round.
    """

    mcq: Mcq
    provenance: dict[str, Any]
    screenings: tuple[ScreeningRecord, ...]
    learned: tuple[Learned, ...] = ()

    @property
    def leaks(self) -> bool:
        return any(one.leaks for one in self.screenings)


@dataclass(frozen=True)
class Made:
    """A slot's question: every round in order; the last one stands."""

    rounds: tuple[Round, ...] = field(default=())

    @property
    def leaky(self) -> bool:
        return self.rounds[-1].leaks
