"""Rules about how the options stand to each other: what gives the key away without an image."""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import combinations, permutations
from statistics import median

from webapp.items.lint.rule import Hit, option_place, quoted
from webapp.items.mcq import Mcq, Option
from webapp.items.words import places_apart, words

LENGTH_RATIO = 1.5
"""From this ratio of longest to shortest option on, length is a clue."""

_NEGATED = re.compile(
    r"\b(?:no|not|nor|none|never|neither|cannot|without|absent|absence|lacks?|lacking|devoid"
    r"|un(?:supported|confirmed|corroborated)|contradicts?|contradicted)\b",
    re.IGNORECASE,
)


def _pairs(mcq: Mcq) -> Iterator[tuple[Option, Option]]:
    yield from combinations(mcq.options, 2)


def duplicate_options(mcq: Mcq) -> Iterator[Hit]:
    for first, second in _pairs(mcq):
        if words(first.text) and words(first.text) == words(second.text):
            key = " and one of them is the answer" if mcq.key in (first.id, second.id) else ""
            yield Hit(
                option_place(second.id),
                f"This option says the same as {quoted(first.text)}{key}; write a different one.",
            )


def same_bag_of_words(mcq: Mcq) -> Iterator[Hit]:
    for first, second in _pairs(mcq):
        one, other = words(first.text), words(second.text)
        if one != other and Counter(one) == Counter(other):
            yield Hit(
                option_place(second.id),
                f"This option has exactly the words of {quoted(first.text)} "
                "in another order; make sure that they differ in meaning.",
            )


def subset_option(mcq: Mcq) -> Iterator[Hit]:
    """The option that claims least is the safest, and readers know it."""
    seen: set[str] = set()
    for smaller, larger in permutations(mcq.options, 2):
        few, many = frozenset(words(smaller.text)), frozenset(words(larger.text))
        if few and few < many and smaller.id not in seen:
            seen.add(smaller.id)
            surplus = ", ".join([w for w in words(larger.text) if w not in few][:4])
            yield Hit(
                option_place(smaller.id),
                f"All words of this option are in {quoted(larger.text)}, "
                f"which adds only: {surplus}. Let each option claim as much as the others.",
            )


def length_outlier(mcq: Mcq) -> Iterator[Hit]:
    lengths = {option.id: len(option.text) for option in mcq.options}
    if not lengths or min(lengths.values()) == 0:
        return
    ratio = max(lengths.values()) / min(lengths.values())
    if ratio >= LENGTH_RATIO:
        middle = median(lengths.values())
        odd = max(mcq.options, key=lambda option: abs(lengths[option.id] - middle))
        yield Hit(
            option_place(odd.id),
            f"This option has {lengths[odd.id]} characters where the middle of the four is "
            f"{middle:g}; the longest is {ratio:.1f} times the shortest. Bring them together.",
        )


def polarity_singleton(mcq: Mcq) -> Iterator[Hit]:
    """The one option that denies, or the one that does not, is looked at first."""
    denying = [bool(_NEGATED.search(option.text)) for option in mcq.options]
    for odd in (True, False):
        if len(denying) > 2 and denying.count(odd) == 1:
            option = mcq.options[denying.index(odd)]
            alone = "alone denies something" if odd else "is the only one that denies nothing"
            yield Hit(
                option_place(option.id),
                f"This option {alone}; let as many options deny as affirm, or none.",
            )


def edited_from_one_option(mcq: Mcq) -> Iterator[Hit]:
    """Distractors made of the key by one change each make the key the middle of the four."""
    texts = [words(option.text) for option in mcq.options]
    if len(set(texts)) < len(texts) or len(texts) < 3:
        return
    for place, option in enumerate(mcq.options):
        others = [text for other, text in enumerate(texts) if other != place]
        near = all(places_apart(texts[place], text) == 1 for text in others)
        if near and any(places_apart(one, other) > 1 for one, other in combinations(others, 2)):
            yield Hit(
                option_place(option.id),
                "Each other option is this one with one change, so it stands in their middle; "
                "cross two findings instead, each true in two options and false in two.",
            )
