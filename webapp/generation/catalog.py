"""What a caption says in canonical features, by rule.

A canonical phrase counts wherever it stands unnegated, and what it covers is not read again, so
text that is written in canonical phrases comes back exactly. The rest is read by the patterns of
the vocabulary. Where the text is unsure ("possibly", or a negation whose reach is unclear) nothing
is concluded: a question rests only on what was plainly said.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from typing import Literal

from annotation_configs.load import SUMMARY, Attribute, Value, Vocabulary

_CLAUSE_END = re.compile(
    r"[.;:!?]|\b(?:but|however|whereas|while|although|though|yet)\b"
    r"|,\s*(?:and\s+)?(?=(?:with|there|a|an|the|many|numerous|frequent|scattered|dense)\b)"
)
_NEGATOR = re.compile(
    r"\b(?:no|not(?! only)|without|absence of|lack(?:s|ing)?(?: of)?|devoid of|free (?:of|from)"
    r"|neither|nor|never|negative for|rather than|instead of)\b"
)
_NEGATED_AFTER = re.compile(
    r"^\W*(?:\w+\W+){0,2}?(?:(?:is|are|was|were) (?:not|absent|lacking)"
    r"|not (?:seen|identified|present|found)|absent)\b"
)
_ABSENT = re.compile(r"\b(?:absent|lacking)\b")
_ENGLISH = re.compile(r"\b(?:the|of|and|with|are|is)\b")
_CLAUSE_END_ABROAD = re.compile(r"[.;:!?,\u3001\u3002\uff0c\uff1b\uff01\uff1f]")
_NEGATOR_ABROAD = re.compile(
    r"\b(?:kein\w*|nicht|ohne|fehl\w+|pas|sans|aucun\w*|absen\w+|sin|senza|non|nessun\w*|sem"
    r"|n\u00e3o|ausencia|aus\u00eancia|geen|niet|zonder|bez|brak|nie|\u043d\u0435|\u043d\u0435\u0442|\u0431\u0435\u0437)\b"
    r"|[\u65e0\u672a\u6ca1\u975e\u7121\u6c92\u4e0d]|\u306a\u3044|\u306a\u3057|\u305b\u305a|\u8a8d\u3081\u306a"
)
_SCOPE_BREAK = re.compile(
    r"\b(?:shows?|showing|contains?|containing|have|has|lies?|fills?|surrounds?|is|are)\b"
)
_HEDGE = re.compile(
    r"\b(?:possibl[ey]|probabl[ey]|perhaps|suggest\w*|suspicious|suspected|questionable|equivocal"
    r"|likely|cannot be excluded|uncertain|may|might|could)\b"
)
_NEGATION_REACH_WORDS = 6
_COVERED = "\x00"
_ALIKE = str.maketrans("\u2018\u2019\u201c\u201d\u2010\u2011\u2012\u2013\u2014", "''\"\"-----")

Standing = Literal["stated", "negated", "unsure", "missing"]
"""Whether a caption says, denies or leaves open what a piece of it says."""
_SUREST: tuple[Standing, ...] = ("stated", "negated", "unsure")
_SHORTEST_QUOTE = 2
_PLACES_LOOKED_AT = 20
_LONGEST_CLAUSE = 1_000


@dataclass(frozen=True)
class Feature:
    """One value of one attribute at one scale, such as `high.mitoses.present`."""

    id: str
    scale: str
    attribute: str
    value: str
    phrase: str
    reading: str = ""
    """The same as a diagnosis puts it; empty where it has no diagnostic weight."""
    negative: bool = False
    """The phrase states an absence."""


@dataclass(frozen=True)
class FeatureSet:
    """The canonical feature ids of one field."""

    scale: str
    features: tuple[str, ...]


@dataclass(frozen=True)
class TripletFacts:
    """What is known of one triplet. A scale without a field has no key in `captions`."""

    uid: str
    patient: str
    organ: str
    summary: str
    captions: Mapping[str, str] = field(hash=False)
    features: Mapping[str, tuple[Feature, ...]] = field(hash=False)


@cache
def features_of(vocabulary: Vocabulary) -> Mapping[str, Feature]:
    """Every feature by its id."""
    return {
        found.id: found
        for attribute in vocabulary.attributes
        for scale in attribute.scales
        for found in (feature(attribute, value, scale) for value in attribute.values)
    }


def feature(attribute: Attribute, value: Value, scale: str) -> Feature:
    return Feature(
        id=f"{scale}.{attribute.name}.{value.name}",
        scale=scale,
        attribute=attribute.name,
        value=value.name,
        phrase=value.phrase,
        reading=value.reading,
        negative=value.negative,
    )


def match(caption: str, scale: str, vocabulary: Vocabulary) -> tuple[Feature, ...]:
    """The features that a text states at a scale, in the order of the vocabulary.

    Two values of one attribute may both be found; `settle` then leaves that attribute out.
    """
    readers = _readers(vocabulary, scale)
    text = " ".join(caption.lower().split())
    found: set[str] = set()
    for reader in readers:
        text, seen = _take_phrase(text, reader)
        if seen:
            found.add(reader.feature.id)
    clauses = tuple(_clauses(text))
    rest = "\n".join(clauses)
    found |= {
        reader.feature.id
        for reader in readers
        if reader.may_read(rest) and any(reader.reads(clause) for clause in clauses)
    }
    return tuple(one for uid, one in features_of(vocabulary).items() if uid in found)


def standing(caption: str, quote: str) -> Standing:
    """How a caption means a piece of itself: the surest of the places where it stands."""
    text, piece = folded(caption), folded(quote).strip(" .,;:!?'\"")
    if sum(map(str.isalpha, piece)) < _SHORTEST_QUOTE:
        return "missing"
    found = set()
    places = re.finditer(rf"(?<![a-z0-9]){re.escape(piece)}(?![a-z0-9])", text)
    for hit in islice(places, _PLACES_LOOKED_AT):
        negated = _clause_negates(*_window(text, *hit.span()))
        found.add("unsure" if negated is None else "negated" if negated else "stated")
    if "stated" in found and (_NEGATOR.search(piece) or _ABSENT.search(piece)):
        return "negated"
    return next((one for one in _SUREST if one in found), "missing")


def denied_abroad(caption: str, quote: str) -> bool:
    """Whether a caption that is not English may deny a piece of itself: some word that negates in a
    common language stands in its clause. English negation is none of this function's business.
    """
    text, piece = folded(caption), folded(quote)
    if _ENGLISH.search(text):
        return False
    clauses = (each for each in _CLAUSE_END_ABROAD.split(text) if piece in each)
    return any(_NEGATOR_ABROAD.search(each) for each in clauses)


def _window(text: str, start: int, end: int) -> tuple[str, int, int]:
    """As much of a long text as a clause may take."""
    first = max(0, start - _LONGEST_CLAUSE)
    return text[first : end + _LONGEST_CLAUSE], start - first, end - first


def folded(text: str) -> str:
    """As texts are compared: lower case, one kind of blank, quotation mark and dash."""
    return " ".join(text.lower().translate(_ALIKE).split())


def settle(facts: TripletFacts, vocabulary: Vocabulary) -> dict[str, tuple[Feature, ...]]:
    """Attributes of one value only, wherever they are seen: the features that carry it."""
    by_attribute: dict[str, list[Feature]] = {}
    for scale in sorted(facts.features):
        for one in facts.features[scale]:
            by_attribute.setdefault(one.attribute, []).append(one)
    for one in match(facts.summary, SUMMARY, vocabulary):
        by_attribute.setdefault(one.attribute, []).append(one)
    return {
        name: tuple(sorted(set(found), key=lambda one: one.id))
        for name, found in sorted(by_attribute.items())
        if len({one.value for one in found}) == 1
    }


@cache
def alternatives(one: Feature, vocabulary: Vocabulary) -> tuple[Feature, ...]:
    """The other values of its attribute at its scale: false wherever this one is true."""
    attribute = vocabulary.attribute(one.attribute)
    return tuple(
        feature(attribute, value, one.scale)
        for value in attribute.values
        if value.name != one.value
    )


@dataclass(frozen=True)
class _Reader:
    feature: Feature
    wording: str
    phrase: re.Pattern[str]
    plain: re.Pattern[str] | None
    negated: re.Pattern[str] | None

    def may_read(self, text: str) -> bool:
        """Of clauses, each on its line. False for most, which saves looking at them one by one."""
        return any(each is not None and each.search(text) for each in (self.plain, self.negated))

    def reads(self, clause: str) -> bool:
        for pattern, wanted in ((self.plain, False), (self.negated, True)):
            if pattern is not None and any(
                _is_negated(clause, hit.start(), hit.end()) is wanted
                for hit in pattern.finditer(clause)
            ):
                return True
        return False


@cache
def _readers(vocabulary: Vocabulary, scale: str) -> tuple[_Reader, ...]:
    """Absences first, so that their "absence of" negates nothing that follows; then the longest
    phrase first, so that a phrase within another is not read in its place.
    """
    readers = [
        _Reader(
            feature=feature(attribute, value, scale),
            wording=value.phrase.lower(),
            phrase=re.compile(rf"(?<!\w){re.escape(value.phrase.lower())}(?!\w)"),
            plain=_any_of(value.match),
            negated=_any_of(value.negated),
        )
        for attribute in vocabulary.attributes
        if scale in attribute.scales
        for value in attribute.values
    ]
    return tuple(sorted(readers, key=_reading_order))


def _reading_order(reader: _Reader) -> tuple[bool, int]:
    return not reader.feature.negative, -len(reader.feature.phrase)


def _any_of(patterns: tuple[str, ...]) -> re.Pattern[str] | None:
    """On lines, so that what begins or ends a clause is found among many."""
    any_of = "|".join(f"(?:{pattern})" for pattern in patterns)
    return re.compile(any_of, re.MULTILINE) if patterns else None


def _take_phrase(text: str, reader: _Reader) -> tuple[str, bool]:
    """The text with the stated occurrences of the phrase covered, and whether there was one."""
    if reader.wording not in text:
        return text, False
    stated = [
        hit.span()
        for hit in reader.phrase.finditer(text)
        if reader.feature.negative or _is_stated(text, *hit.span())
    ]
    for start, end in stated:
        text = text[:start] + _COVERED * (end - start) + text[end:]
    return text, bool(stated)


def _is_stated(text: str, start: int, end: int) -> bool:
    """Whether the clause round a span neither negates it nor leaves it open."""
    return _clause_negates(text, start, end) is False


def _clause_negates(text: str, start: int, end: int) -> bool | None:
    ends = list(_CLAUSE_END.finditer(text))
    first = max((one.end() for one in ends if one.end() <= start), default=0)
    last = min((one.start() for one in ends if one.start() >= end), default=len(text))
    return _is_negated(text[first:last], start - first, end - first)


def _clauses(text: str) -> Iterator[str]:
    yield from filter(str.strip, _CLAUSE_END.split(text))


def _is_negated(clause: str, start: int, end: int) -> bool | None:
    """True or False; None where the clause does not let it be told."""
    if _HEDGE.search(clause):
        return None
    if _NEGATED_AFTER.search(clause[end:]):
        return True
    negators = list(_NEGATOR.finditer(clause[:start]))
    if not negators:
        return False
    between = clause[negators[-1].end() : start]
    if _SCOPE_BREAK.search(between) or len(between.split()) > _NEGATION_REACH_WORDS:
        return None
    return True
