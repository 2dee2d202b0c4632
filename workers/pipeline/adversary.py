"""Stage 4 with models: each answers without images, once under each of several option orders."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from annotation_configs.prompts import prompt
from webapp.generation.made import ScreeningRecord
from webapp.items.lettering import LETTERS
from webapp.items.mcq import Mcq, Option
from workers.llm.types import Asker, Outcome, Reply, Request
from workers.pipeline.asking import CAUSES, Patience, ask, clean, together, usable
from workers.pipeline.prompting import request_for
from workers.pipeline.schemas import Attempt
from workers.pipeline.verdict import Choice, guess_rate, preferred, verdict

PROMPT = "adversary"
MAX_REASONING_CHARS = 600
_PERCENT = 100


@dataclass(frozen=True)
class Trial:
    """One model's answers to one question; `reasons` are those for its preferred option."""

    record: ScreeningRecord
    reasons: tuple[str, ...] = ()


async def try_models(
    mcq: Mcq,
    asker: Asker,
    *,
    models: Sequence[str],
    orders: int,
    patience: Patience,
    true_somewhere: Collection[str] = (),
) -> list[Trial]:
    """All models under all orders at the same time.

    Raises:
        LlmError: of workers.llm.errors.
    """
    shown = option_orders(mcq, orders)
    asked = [(model, order) for model in models for order in shown]
    replies = await together(
        ask(asker, "screen", screen_request(mcq.stem, order, model), patience)
        for model, order in asked
    )
    answers = list(zip(replies, [order for _, order in asked], strict=True))
    size = len(shown)
    return [
        _trial(mcq, model, answers[turn * size : (turn + 1) * size], true_somewhere)
        for turn, model in enumerate(models)
    ]


def option_orders(mcq: Mcq, count: int) -> list[tuple[Option, ...]]:
    """Cyclic shifts of an order that hangs on the texts alone, so that twins are asked the same and
    the key's place means nothing; from the fifth on of its reverse. Over four, each option stands
    once in each place.
    """

    def place(option: Option) -> str:
        return sha256(f"{mcq.stem}\n{option.text}".encode()).hexdigest()

    base = sorted(mcq.options, key=place)
    size = len(base)
    rows = [base if turn < size else base[::-1] for turn in range(count)]
    return [(*row[turn % size :], *row[: turn % size]) for turn, row in enumerate(rows)]


def screen_request(stem: str, order: Sequence[Option], model: str) -> Request:
    return request_for(PROMPT, model, stem=stem, options=lettered(order))


def lettered(order: Sequence[Option]) -> str:
    """One line for each option, whatever line breaks its text holds."""
    return "\n".join(
        f"{letter}. {' '.join(option.text.split())}"
        for letter, option in zip(LETTERS, order, strict=True)
    )


Answer = tuple[tuple[Reply, tuple[int, ...]], tuple[Option, ...]]
"""A reply with the ids of its calls, and the order that was asked about."""


def _trial(
    mcq: Mcq, model: str, answers: Sequence[Answer], true_somewhere: Collection[str]
) -> Trial:
    choices = [
        _choice(order, reply.value)
        for (reply, _), order in answers
        if usable(reply) and isinstance(reply.value, Attempt)
    ]
    option, count, confidence = preferred(choices)
    reasons = tuple(one.reasoning for one in choices if one.option == option and one.reasoning)
    found = verdict(choices, len(answers), true_somewhere)
    if found == "none":
        said = _silence([reply.outcome for (reply, _), _ in answers if not usable(reply)])
    else:
        said = _summary(count, len(choices), confidence, reasons)
    record = ScreeningRecord(
        adversary=model,
        version=prompt(PROMPT).ref,
        option=option,
        correct=guess_rate(choices, mcq.key),
        confidence=confidence,
        reasoning=said,
        verdict=found,
        answers=len(choices),
        calls=tuple(call for (_, calls), _ in answers for call in calls),
    )
    return Trial(record, reasons)


def _choice(order: Sequence[Option], attempt: Attempt) -> Choice:
    letter: Literal["A", "B", "C", "D", "abstain"] = attempt.answer
    option = "" if letter == "abstain" else order[LETTERS.index(letter)].id
    return Choice(option, _probability(attempt.confidence), clean(attempt.reasoning, 300))


def _probability(stated: float) -> float:
    """Some models state percent."""
    share = stated / _PERCENT if 1 < stated <= _PERCENT else stated
    return min(1.0, max(0.0, share)) if share == share else 0.0  # nan


def _silence(outcomes: Sequence[Outcome]) -> str:
    """Why there is no verdict, the same for all questions of one cause."""
    commonest = max(sorted(set(outcomes)), key=outcomes.count)
    return f"{CAUSES[commonest]} under too many of the option orders."


def _summary(count: int, answers: int, confidence: float, reasons: Sequence[str]) -> str:
    if not count:
        return f"It abstained under all {answers} option orders."
    said = f"It chose one option {count} times of {answers}, with mean confidence {confidence:.2f}."
    return clean(f"{said} {reasons[0]}" if reasons else said, MAX_REASONING_CHARS)
