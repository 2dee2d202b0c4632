"""Stage 1: captions to canonical features: by rule, and by a model whose word is checked.

The model reads what the rules cannot (synonyms, other languages), one caption at a time. What it
finds counts only where the vocabulary knows it at that scale and the quote that it gives stands in
the caption and means it there. The two are united by the caller; where they contradict each other,
both values stand and planning leaves the attribute out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from annotation_configs.load import SCALE_NAMES, SUMMARY, Vocabulary, scales
from annotation_configs.load import vocabulary as default_vocabulary
from annotation_configs.prompts import inert, prompt
from webapp.generation.catalog import (
    Feature,
    Standing,
    denied_abroad,
    features_of,
    match,
    standing,
)
from workers.llm.types import Asker, Outcome
from workers.pipeline.asking import CAUSES, Patience, ask, together, usable
from workers.pipeline.prompting import request_for
from workers.pipeline.schemas import Findings, StatedFinding

NAME = "rules"
VERSION = "1"
PROMPT = "decompose"
MAX_CAPTION_CHARS = 12_000
"""What a model is given of one caption; the rules read all of it. The longest published caption has
a sixth of that."""


class DecomposeError(ValueError):
    """Captions or feature ids that cannot be used; the message names which."""


@dataclass(frozen=True)
class Decomposed:
    """`features` are those kept by scale, `dropped` what was not: scale, what was said, and why;
    `silent` says by scale why the model gave nothing to use.
    """

    features: Mapping[str, tuple[Feature, ...]]
    dropped: tuple[tuple[str, str, str], ...] = ()
    silent: Mapping[str, str] = field(default_factory=dict)
    calls: tuple[int, ...] = ()


def extractor(vocabulary: Vocabulary | None = None) -> str:
    """What a stored feature set was made by: it changes with the rules and with the words."""
    digest = (vocabulary or default_vocabulary()).digest
    return f"{NAME}/{VERSION}/{digest[:12]}"


def model_extractor(model: str, vocabulary: Vocabulary | None = None) -> str:
    """The same of a model: it changes with the model, the prompt and the words."""
    digest = (vocabulary or default_vocabulary()).digest
    return f"{model}/{prompt(PROMPT).digest[:12]}/{digest[:12]}"


def decompose(
    captions: Mapping[str, str], vocabulary: Vocabulary | None = None
) -> dict[str, tuple[Feature, ...]]:
    """The features of each scale that has a caption; a scale without one is left out."""
    words = vocabulary or default_vocabulary()
    _refuse_strangers(captions, SCALE_NAMES)
    return {
        scale: match(captions[scale], scale, words)
        for scale in SCALE_NAMES
        if captions.get(scale, "").strip()
    }


async def decompose_by_model(
    captions: Mapping[str, str],
    asker: Asker,
    *,
    model: str,
    vocabulary: Vocabulary | None = None,
) -> Decomposed:
    """Each caption that is not empty by a call of its own; `captions` may hold the summary too.

    Raises:
        LlmError: of workers.llm.errors.
    """
    words = vocabulary or default_vocabulary()
    _refuse_strangers(captions, (*SCALE_NAMES, SUMMARY))
    named = [one for one in (*SCALE_NAMES, SUMMARY) if captions.get(one, "").strip()]
    read = await together(_read(scale, captions[scale], asker, model, words) for scale in named)
    return Decomposed(
        features={scale: one.features for scale, one in zip(named, read, strict=True)},
        dropped=tuple(each for one in read for each in one.dropped),
        silent={s: one.silence for s, one in zip(named, read, strict=True) if one.silence},
        calls=tuple(call for one in read for call in one.calls),
    )


@dataclass(frozen=True)
class _Reading:
    features: tuple[Feature, ...]
    dropped: tuple[tuple[str, str, str], ...]
    silence: str
    calls: tuple[int, ...]


async def _read(scale: str, caption: str, asker: Asker, model: str, words: Vocabulary) -> _Reading:
    shown = inert(caption[:MAX_CAPTION_CHARS])
    request = request_for(
        PROMPT, model, menu=_menu(scale, words), field=_field(scale), caption=shown
    )
    reply, calls = await ask(asker, "decompose", request, Patience())
    if not usable(reply) or not isinstance(reply.value, Findings):
        outcome = Outcome.MALFORMED if reply.outcome is Outcome.OK else reply.outcome
        return _Reading((), (), CAUSES[outcome], calls)
    sure = match(shown, scale, words)
    kept, dropped = [], []
    for said in reply.value.findings:
        feature = features_of(words).get(f"{scale}.{said.attribute}.{said.value}")
        fault = _fault(said, feature, shown, sure, words)
        if fault or feature is None:
            dropped.append((scale, f"{said.attribute}.{said.value}"[:100], fault))
        else:
            kept.append(feature)
    return _Reading(tuple(dict.fromkeys(kept)), tuple(dropped), "", calls)


@cache
def _menu(scale: str, vocabulary: Vocabulary) -> str:
    """What can be found at a scale, a line for each attribute."""
    return "\n".join(
        f"- {one.name}: " + "; ".join(f"{value.name} ({value.phrase})" for value in one.values)
        for one in vocabulary.attributes
        if scale in one.scales
    )


def _field(scale: str) -> str:
    named = {one.name: f"{one.label}, {one.long_name}" for one in scales()}
    return named.get(scale, "the fields of all magnifications, summed up")


def _fault(
    said: StatedFinding,
    feature: Feature | None,
    caption: str,
    sure: Sequence[Feature],
    vocabulary: Vocabulary,
) -> str:
    """Why a finding does not count; empty where it does. `sure` is what the rules read as well."""
    if feature is None:
        return "the vocabulary does not have it at this scale"
    stands = standing(caption, said.quote)
    if stands == "missing":
        return "its quote does not stand in the caption"
    return "" if feature in sure else _doubt(said.quote, feature, caption, stands, vocabulary)


def _doubt(
    quote: str, feature: Feature, caption: str, stands: Standing, vocabulary: Vocabulary
) -> str:
    """Why a quote does not say what it is quoted for; empty where it does."""
    if stands == "unsure" or denied_abroad(caption, quote):
        return "the caption leaves it open"
    if stands not in _meanings(feature, vocabulary):
        return f"its quote is {stands} in the caption, which says something else"
    if _says_otherwise(feature, quote, vocabulary):
        return "its quote says another value of the attribute"
    return ""


def _meanings(feature: Feature, vocabulary: Vocabulary) -> Iterator[str]:
    """How a quote of the finding may stand: an absence is shown by what is denied."""
    values = vocabulary.attribute(feature.attribute).values
    value = next(one for one in values if one.name == feature.value)
    if not value.negative:
        yield "stated"
    if value.negative or value.negated:
        yield "negated"


def _says_otherwise(feature: Feature, quote: str, vocabulary: Vocabulary) -> bool:
    """Whether the rules read another value of the attribute in the quote."""
    read = [one for one in match(quote, feature.scale, vocabulary)
            if one.attribute == feature.attribute]  # fmt: skip
    return bool(read) and feature not in read


def _refuse_strangers(captions: Mapping[str, str], known: tuple[str, ...]) -> None:
    strangers = sorted(set(captions) - set(known))
    if strangers:
        raise DecomposeError(f"{strangers[0]!r} is no scale; name the captions low, mid and high.")
