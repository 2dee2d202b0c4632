"""Asking a model until it gives something to work with, within bounds."""

import asyncio
from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from training.contract.text import without_refused
from workers.llm.types import Asker, Outcome, Reply, Request

T = TypeVar("T")

TRIES = 2
"""How often the same is asked when the answer is none."""

CAUSES: Mapping[Outcome, str] = {
    Outcome.OK: "it gave an answer",
    Outcome.REFUSED: "it refused to answer",
    Outcome.BLOCKED: "a safety filter of the provider stopped it",
    Outcome.TRUNCATED: "its answer was cut off at the limit of tokens",
    Outcome.MALFORMED: "its answer was not in the form that was asked for",
}
"""What an outcome is called in a sentence for the curator."""


@dataclass(frozen=True)
class Patience:
    """How often each question may be asked. `asking_from` counts earlier tries of the slot.

    A slot tried anew asks the same again from the start: what was answered then comes from the
    record and costs nothing, and only what had no usable answer is asked further. So twins whose
    slots were tried unequally often still have the same text.
    """

    asking_from: int = 0

    @property
    def tries(self) -> int:
        return TRIES * (1 + self.asking_from)


async def ask(
    asker: Asker, stage: str, request: Request, patience: Patience
) -> tuple[Reply, tuple[int, ...]]:
    """The first usable reply or else the last, and the ids of all calls."""
    calls = []
    for asking in range(patience.tries):
        reply = await asker.ask(stage, replace(request, asking=request.asking + asking))
        calls.append(reply.call)
        if usable(reply):
            break
    return reply, tuple(calls)


def usable(reply: Reply) -> bool:
    return reply.outcome is Outcome.OK and reply.value is not None


async def together(asked: Iterable[Awaitable[T]]) -> list[T]:
    """All results in order. Where some fail, the first failure is raised after all have ended, so
    that no call that is paid for is left behind unseen.
    """
    ended = await asyncio.gather(*asked, return_exceptions=True)
    for one in ended:
        if isinstance(one, BaseException):
            raise one
    return [one for one in ended if not isinstance(one, BaseException)]


def clean(text: str, limit: int) -> str:
    """What a model wrote, fit to be stored: no refused characters, one line, bounded."""
    kept = " ".join(without_refused(text).split())
    return kept if len(kept) <= limit else kept[: limit - 1].rstrip() + "…"
