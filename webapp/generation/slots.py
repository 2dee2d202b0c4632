"""Which pairs of true findings a triplet has to offer for each dimension.

A slot is two true findings that may be crossed (and for D the appearance they explain). Where a
triplet lacks a scale or the findings, it has no slot: nothing is made up to fill the gap.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
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

    @cached_property
    def ranks(self) -> Mapping[str, int]:
        """Its scales by their place, widest first."""
        return {scale: place for place, scale in enumerate(self.present)}

    def rank(self, one: Feature) -> int:
        return self.ranks[one.scale]


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
        by_pair.setdefault((slot.first.attribute, slot.second.attribute), slot)
    return tuple(by_pair[pair] for pair in sorted(by_pair))


def explained(
    known: Evidence, one: Feature, other: Feature, vocabulary: Vocabulary
) -> tuple[Feature, ...]:
    """D: the appearances of a triplet that two of its findings may explain."""
    appearances = _appearances(known, vocabulary)
    below, why = _reach(one, appearances, known, vocabulary)
    beside, because = _reach(other, appearances, known, vocabulary)
    return _chosen(appearances, below & beside & (why | because))


def lacking(dimension: str) -> str:
    """Why a triplet may have no slot, as the end of a sentence."""
    return _LACKING[dimension]


def _seen(known: Evidence) -> list[Feature]:
    return [one for one in known.features if one.scale != SUMMARY]


def _correspondence(known: Evidence, vocabulary: Vocabulary) -> Iterator[Slot]:
    ranked = [(known.rank(one), one) for one in _seen(known)]
    for (wide, one), (close, other) in permutations(ranked, 2):
        if wide < close and independent(one, other, vocabulary):
            yield Slot(one, other)


def _confirmation(known: Evidence, vocabulary: Vocabulary) -> Iterator[Slot]:
    closer = [one for one in _seen(known) if known.rank(one) > 0]
    for one, other in permutations(closer, 2):
        if independent(one, other, vocabulary):
            yield Slot(one, other)


def _localization(known: Evidence, vocabulary: Vocabulary) -> Iterator[Slot]:
    sited = [
        (known.rank(one), site, one)
        for one in _seen(known)
        if (site := vocabulary.attribute(one.attribute).site)
    ]
    for (wide, here, one), (close, there, other) in permutations(sited, 2):
        if wide < close and here != there and independent(one, other, vocabulary):
            yield Slot(one, other)


def _explanation(known: Evidence, vocabulary: Vocabulary) -> Iterator[Slot]:
    """Both are seen closer than the appearance, and one at least is of a kind that explains it."""
    found = sorted(_seen(known), key=lambda one: (known.rank(one), one.id))
    appearances = _appearances(known, vocabulary)
    reach = [_reach(one, appearances, known, vocabulary) for one in found]
    for (one, (below, why)), (other, (beside, because)) in combinations(
        zip(found, reach, strict=True), 2
    ):
        chosen = below & beside & (why | because)
        if chosen and independent(one, other, vocabulary):
            yield Slot(one, other, _chosen(appearances, chosen))


def _reach(
    one: Feature, appearances: Sequence[Feature], known: Evidence, vocabulary: Vocabulary
) -> tuple[int, int]:
    """One bit for each appearance: whether the finding is closer, and whether it explains it."""
    family = vocabulary.attribute(one.attribute).family
    closer = explains = 0
    for at, subject in enumerate(appearances):
        if known.rank(subject) < known.rank(one) and subject.attribute != one.attribute:
            closer |= 1 << at
        if family in vocabulary.attribute(subject.attribute).explained_by:
            explains |= 1 << at
    return closer, explains


def _appearances(known: Evidence, vocabulary: Vocabulary) -> list[Feature]:
    """What is not there needs no explaining."""
    return [
        one for one in _seen(known) if vocabulary.attribute(one.attribute).noun and not one.negative
    ]


def _chosen(appearances: Sequence[Feature], bits: int) -> tuple[Feature, ...]:
    return tuple(one for at, one in enumerate(appearances) if bits >> at & 1)


def _diagnosis(known: Evidence, vocabulary: Vocabulary) -> Iterator[Slot]:
    readable = [
        (vocabulary.attribute(one.attribute).head, one) for one in known.features if one.reading
    ]
    for (head, one), (other_head, other) in combinations(readable, 2):
        if head and other_head:
            continue
        if independent(one, other, vocabulary):
            yield Slot(other, one) if other_head else Slot(one, other)


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
