"""Which pairs of true findings a triplet has to offer for each dimension.

A slot is two true findings that may be crossed (and for D the appearance they explain). Where a
triplet lacks a scale or the findings, it has no slot: nothing is made up to fill the gap.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, permutations

from annotation_configs.load import SUMMARY, Vocabulary
from webapp.generation.catalog import Feature, TripletFacts, settle
from webapp.generation.factorial import independent
from webapp.generation.wording import in_order


@dataclass(frozen=True)
class Slot:
    first: Feature
    second: Feature
    subjects: tuple[Feature, ...] = ()
    """D: the appearances that the pair may explain."""

    @property
    def attributes(self) -> tuple[str, str]:
        return self.first.attribute, self.second.attribute


@dataclass(frozen=True)
class Evidence:
    """What may be asked of one triplet."""

    uid: str
    present: tuple[str, ...]
    """Its scales, widest first."""
    features: tuple[Feature, ...]
    """True, and the only value found of their attribute."""
    mentioned: frozenset[tuple[str, str]]
    """Every (attribute, value) found anywhere, so that none of them serves as false."""

    def wider(self, one: Feature, other: Feature) -> bool:
        return self.rank(one) < self.rank(other)

    def rank(self, one: Feature) -> int:
        return self.present.index(one.scale)


def evidence(facts: TripletFacts, vocabulary: Vocabulary) -> Evidence:
    """Findings at a scale without a caption are left aside: there is no field to check them in."""
    present = in_order(scale for scale, caption in facts.captions.items() if caption.strip())
    settled = tuple(one for found in settle(facts, vocabulary).values() for one in found)
    return Evidence(
        uid=facts.uid,
        present=present,
        features=tuple(one for one in settled if one.scale in (*present, SUMMARY)),
        mentioned=frozenset(
            (one.attribute, one.value)
            for one in (*settled, *(one for each in facts.features.values() for one in each))
        ),
    )


def slots(dimension: str, known: Evidence, vocabulary: Vocabulary) -> tuple[Slot, ...]:
    """At most one slot for each pair of attributes, always in the same order."""
    if len(known.present) < 2:
        return ()
    by_pair: dict[tuple[str, str], Slot] = {}
    for slot in _FINDERS[dimension](known, vocabulary):
        if independent(slot.first, slot.second, vocabulary):
            by_pair.setdefault(slot.attributes, slot)
    return tuple(by_pair[pair] for pair in sorted(by_pair))


def lacking(dimension: str) -> str:
    """Why a triplet may have no slot, as the end of a sentence."""
    return _LACKING[dimension]


def _seen(known: Evidence) -> tuple[Feature, ...]:
    return tuple(one for one in known.features if one.scale != SUMMARY)


def _correspondence(known: Evidence, vocabulary: Vocabulary) -> Iterator[Slot]:
    for one, other in permutations(_seen(known), 2):
        if known.wider(one, other):
            yield Slot(one, other)


def _confirmation(known: Evidence, vocabulary: Vocabulary) -> Iterator[Slot]:
    closer = [one for one in _seen(known) if known.rank(one) > 0]
    for one, other in permutations(closer, 2):
        yield Slot(one, other)


def _localization(known: Evidence, vocabulary: Vocabulary) -> Iterator[Slot]:
    def site(one: Feature) -> str:
        return vocabulary.attribute(one.attribute).site

    for one, other in permutations(_seen(known), 2):
        if known.wider(one, other) and site(one) and site(other) and site(one) != site(other):
            yield Slot(one, other)


def _explanation(known: Evidence, vocabulary: Vocabulary) -> Iterator[Slot]:
    appearances = [one for one in _seen(known) if _needs_explaining(one, vocabulary)]
    for one, other in combinations(_seen(known), 2):
        subjects = tuple(
            subject
            for subject in appearances
            if _explains(subject, (one, other), known, vocabulary)
        )
        if subjects:
            first, second = sorted((one, other), key=lambda each: (known.rank(each), each.id))
            yield Slot(first, second, subjects)


def _needs_explaining(one: Feature, vocabulary: Vocabulary) -> bool:
    """What is not there does not."""
    return bool(vocabulary.attribute(one.attribute).noun) and not one.negative


def _explains(
    subject: Feature, pair: tuple[Feature, Feature], known: Evidence, vocabulary: Vocabulary
) -> bool:
    """Both are seen closer than the appearance, and one at least is of a kind that explains it."""
    kinds = vocabulary.attribute(subject.attribute).explained_by
    return all(
        known.wider(subject, one) and one.attribute != subject.attribute for one in pair
    ) and any(vocabulary.attribute(one.attribute).family in kinds for one in pair)


def _diagnosis(known: Evidence, vocabulary: Vocabulary) -> Iterator[Slot]:
    readable = [one for one in known.features if one.reading]
    for one, other in combinations(readable, 2):
        heads = [each for each in (one, other) if vocabulary.attribute(each.attribute).head]
        if len(heads) < 2:
            yield Slot(other, one) if heads == [other] else Slot(one, other)


_FINDERS: Mapping[str, Callable[[Evidence, Vocabulary], Iterator[Slot]]] = {
    "A": _correspondence,
    "B": _confirmation,
    "C": _localization,
    "D": _explanation,
    "E": _diagnosis,
}

_LACKING: Mapping[str, str] = {
    "A": "two independent findings at two scales",
    "B": "two independent findings at the closer scales",
    "C": "independent findings at two scales that lie in two compartments",
    "D": "two independent findings closer than an appearance that one of them explains",
    "E": "two independent findings that a diagnosis can rest on",
}
