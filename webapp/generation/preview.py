"""What a batch would ask of language models, and what that may cost, before any is asked.

Expected numbers rest on an assumed rate of leaks and on the sizes of prompts and answers as they
were measured; the most that can be rests on the limits alone: every answer unusable once, every
text leaking in every round, every answer as long as it may be.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from annotation_configs.models import ModelOffer
from webapp.generation.config import OFFLINE, RULES, BatchConfig
from webapp.generation.planned import PlannedItem

TRIES = 2
"""How often the same is asked while the answer is unusable."""
LEAK_RATE = 0.15
"""The part of the texts that is assumed to leak in a round."""

_TOKENS_PER_CHAR = Decimal("0.25")
_MOST_TOKENS_PER_CHAR = Decimal("0.5")
_THOUGHT = Decimal("0.25")
"""The part of the tokens that a model may think with which it is assumed to use."""
_MILLION = Decimal(1_000_000)


@dataclass(frozen=True)
class Size:
    """Characters that a call sends and that are answered, and the most tokens of an answer."""

    sent: int
    answered: int
    most_tokens: int


SIZES: Mapping[str, Size] = {
    "decompose": Size(sent=5_800, answered=650, most_tokens=2_048),
    "generate": Size(sent=7_400, answered=1_300, most_tokens=2_048),
    "screen": Size(sent=2_650, answered=500, most_tokens=1_024),
    "refine": Size(sent=2_800, answered=500, most_tokens=1_024),
}
"""By stage, as measured over phantoms' captions and the prompts that are shipped."""


@dataclass(frozen=True)
class Work:
    """`captions` that the decomposer has not read yet, and `texts` to be written: twins share one,
    and what is asked for them all is paid once.
    """

    captions: int
    texts: int


@dataclass(frozen=True)
class StageCost:
    """Calls of one model in one stage: as expected, and the most that can be."""

    stage: str
    model: str
    calls: int
    most_calls: int
    usd: Decimal
    most_usd: Decimal


def work_of(sample: Iterable[PlannedItem], *, count: int, captions: int) -> Work:
    """The work of `count` items of which a sample was planned."""
    lone, planned, groups = 0, 0, set()
    for item in sample:
        planned += 1
        lone += not item.twin_group
        groups.add(item.twin_group)
    texts = lone + len(groups - {""})
    return Work(captions=captions, texts=round(count * texts / planned) if planned else 0)


def estimate(
    config: BatchConfig,
    work: Work,
    offers: Mapping[str, ModelOffer],
    *,
    leak_rate: float = LEAK_RATE,
    sizes: Mapping[str, Size] = SIZES,
) -> tuple[StageCost, ...]:
    """One row for each stage and model that would be called, in the order of the stages.

    Raises:
        KeyError: the config names a model that is not on offer.
    """
    return tuple(
        _cost(stage, offers[model], calls, most * TRIES, sizes[stage])
        for stage, model, calls, most in _calls(config, work, leak_rate)
    )


def in_all(costs: Iterable[StageCost]) -> tuple[Decimal, Decimal]:
    """US dollars as expected, and the most that can be."""
    rows = list(costs)
    return sum((one.usd for one in rows), Decimal(0)), sum(
        (one.most_usd for one in rows), Decimal(0)
    )


def _calls(
    config: BatchConfig, work: Work, leak_rate: float
) -> Iterator[tuple[str, str, float, int]]:
    """Stage, model, calls as expected, and the most when each answer is usable."""
    offline = config.generator == OFFLINE
    most_rounds = 1 if offline else config.rounds
    rounds = sum(leak_rate**earlier for earlier in range(most_rounds))
    if config.decomposer != RULES:
        yield "decompose", config.decomposer, work.captions, work.captions
    if not offline:
        yield "generate", config.generator, work.texts * rounds, work.texts * most_rounds
    for model in config.adversaries:
        shown = work.texts * config.orders
        yield "screen", model, shown * rounds, shown * most_rounds
    # Offline wording cannot be written again, so nobody is asked what gave it away.
    for model in () if offline else config.adversaries:
        leaking = work.texts * rounds * leak_rate / len(config.adversaries)
        yield "refine", model, leaking, work.texts * most_rounds


def _cost(stage: str, offer: ModelOffer, calls: float, most_calls: int, size: Size) -> StageCost:
    expected, most = round(calls), most_calls
    thought = _THOUGHT * offer.thinking_tokens
    usd = _usd(offer, size.sent * _TOKENS_PER_CHAR, size.answered * _TOKENS_PER_CHAR + thought)
    most_usd = _usd(
        offer, size.sent * _MOST_TOKENS_PER_CHAR, Decimal(size.most_tokens + offer.thinking_tokens)
    )
    return StageCost(stage, offer.name, expected, most, expected * usd, most * most_usd)


def _usd(offer: ModelOffer, tokens_in: Decimal, tokens_out: Decimal) -> Decimal:
    paid = tokens_in * offer.usd_per_mtok_in + tokens_out * offer.usd_per_mtok_out
    return paid / _MILLION
