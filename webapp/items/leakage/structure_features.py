"""How each option stands to the other three: measures that need no knowledge of pathology.

A distractor made by one edit of the key is near to the key and far from the other distractors, so
distances, the words that options share, length, polarity and hedges tell the key from the rest.
No word is known by itself, but for the small classes of `wordclasses`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
from rapidfuzz.distance import LCSseq, Levenshtein

from webapp.items.leakage.wordclasses import NEGATION, WORD_CLASSES, classes_of
from webapp.items.mcq import OPTION_COUNT
from webapp.items.words import overlap, places_apart, words

_OTHERS = np.array([[j for j in range(OPTION_COUNT) if j != i] for i in range(OPTION_COUNT)])
_PAIRS = tuple(combinations(range(OPTION_COUNT), 2))
_APART = np.array([[pair for pair in _PAIRS if i not in pair] for i in range(OPTION_COUNT)])
"""For each option the pairs of others."""
_TINY = 1e-12

PAIR_MEASURES = ("words", "trigrams", "edits", "common", "places")
"""Overlap of words and of letter trigrams, word edits, longest common subsequence, and the number
of separate places where two options differ."""
_PLAIN = (
    "consensus", "unique", "lacking", "by_three", "by_two", "differing", "unique_part",
    "subset_of", "superset_of", "unique_pairs", "characters", "words", "log_characters",
    "word_length", "unique_word_length", "separators", "brackets", "and", "with", "or", "hyphens",
    "digits", "asked_part", "asked_differing", "asked_unique", "lone_polarity", "negated",
    "lone_positive", "lone_negative",
)  # fmt: skip
_ONE_PLACE = "one_place_apart"
"""How many others differ from an option at one place only."""
NAMES = (
    *(f"{name}_{how}" for name in PAIR_MEASURES for how in ("mean", "max", "min", "star")),
    _ONE_PLACE,
    *_PLAIN,
    *WORD_CLASSES,
    *(f"unique_{name}" for name in WORD_CLASSES),
)


@dataclass(frozen=True)
class _Bags:
    """The options of one question as words."""

    texts: Sequence[str]
    tokens: tuple[tuple[str, ...], ...]
    bags: tuple[frozenset[str], ...]
    counts: Mapping[str, int]
    """In how many options each word stands."""
    asked: frozenset[str]


def structure_features(questions: Sequence[tuple[str, Sequence[str]]]) -> np.ndarray:
    """Measures of each option, listwise: shape (questions, 4, 4 x len(NAMES)).

    Each measure comes as deviation from the question's mean, as z-score within the question, as
    rank from -1 to 1, and as z-score times how much the options are edits of each other: length
    says one thing among four edits of a sentence and another among four diagnoses. `questions` are
    pairs of a stem and its four option texts.
    """
    if not questions:
        return np.zeros((0, OPTION_COUNT, 4 * len(NAMES)))
    split = [_split(stem, texts) for stem, texts in questions]
    pairs = np.stack([_pair_measures(one) for one in split])
    plain = np.stack([_plain_measures(one) for one in split])
    return _listwise(np.concatenate([_by_option(pairs), plain], axis=2))


def _split(stem: str, texts: Sequence[str]) -> _Bags:
    if len(texts) != OPTION_COUNT:
        raise ValueError(f"A question with {len(texts)} options has no such features; give four.")
    tokens = tuple(words(text) for text in texts)
    bags = tuple(frozenset(one) for one in tokens)
    counts = Counter(word for bag in bags for word in bag)
    return _Bags(texts, tokens, bags, counts, frozenset(words(stem)))


def _trigrams(text: str) -> frozenset[str]:
    padded = f"  {text.casefold()}  "
    return frozenset(padded[at : at + 3] for at in range(len(padded) - 2))


def _pair_measures(split: _Bags) -> np.ndarray:
    """Symmetric, shape (5, 4, 4)."""
    numbers = {word: place for place, word in enumerate(split.counts)}
    coded = [[numbers[word] for word in one] for one in split.tokens]
    grams = [_trigrams(text) for text in split.texts]
    found = np.zeros((len(PAIR_MEASURES), OPTION_COUNT, OPTION_COUNT))
    for i, j in _PAIRS:
        found[:, i, j] = found[:, j, i] = (
            overlap(split.bags[i], split.bags[j]),
            overlap(grams[i], grams[j]),
            Levenshtein.distance(coded[i], coded[j]),
            LCSseq.normalized_similarity(coded[i], coded[j]),
            places_apart(split.tokens[i], split.tokens[j]),
        )
    return found


def _by_option(pairs: np.ndarray) -> np.ndarray:
    """From (n, 5, 4, 4) to (n, 4, 21): how near each option is to the others.

    The star is how much nearer an option is to the others than they are to one another.
    """
    near = pairs[:, :, np.arange(OPTION_COUNT)[:, None], _OTHERS]
    apart = pairs[:, :, _APART[:, :, 0], _APART[:, :, 1]].mean(axis=3)
    mean = near.mean(axis=3)
    measures = np.stack([mean, near.max(axis=3), near.min(axis=3), mean - apart], axis=2)
    flat = measures.reshape(len(pairs), -1, OPTION_COUNT)
    one_place = (near[:, PAIR_MEASURES.index("places")] <= 1).sum(axis=2)[:, None, :]
    return np.concatenate([flat, one_place], axis=1).transpose(0, 2, 1)


def _plain_measures(split: _Bags) -> np.ndarray:
    """Shape (4, len(_PLAIN) + 2 x classes)."""
    classes = np.array([_class_counts(one) for one in split.tokens])
    unique = [[w for w in one if split.counts[w] == 1] for one in split.bags]
    unique_classes = np.array([_class_counts(sorted(one)) for one in unique])
    pairs = [frozenset(pairwise(one)) for one in split.tokens]
    pair_counts = Counter(pair for one in pairs for pair in one)
    negated = classes[:, NEGATION] > 0
    rows = [
        (
            *_sharing(split, place, unique[place]),
            sum(pair_counts[pair] == 1 for pair in pairs[place]),
            *_shape(split.texts[place], split.tokens[place], unique[place]),
            *_asked(split, place, unique[place]),
            *_polarity(negated, place),
        )
        for place in range(OPTION_COUNT)
    ]
    return np.concatenate([np.array(rows, dtype=float), classes, unique_classes], axis=1)


def _class_counts(tokens: Sequence[str]) -> np.ndarray:
    if not tokens:
        return np.zeros(len(WORD_CLASSES))
    return np.asarray(np.sum([classes_of(word) for word in tokens], axis=0))


def _sharing(split: _Bags, place: int, unique: Sequence[str]) -> tuple[float, ...]:
    bag, size = split.bags[place], max(1, len(split.bags[place]))
    shared = Counter(split.counts[word] for word in bag)
    lacking = sum(n == OPTION_COUNT - 1 and w not in bag for w, n in split.counts.items())
    others = [split.bags[other] for other in _OTHERS[place]]
    consensus = sum((n - 1) * times for n, times in shared.items()) / (OPTION_COUNT - 1) / size
    return (
        consensus,
        len(unique),
        lacking,
        shared[3],
        shared[2],
        size - shared[OPTION_COUNT],
        len(unique) / size,
        sum(bag < other for other in others),
        sum(other < bag for other in others),
    )


def _shape(text: str, tokens: Sequence[str], unique: Sequence[str]) -> tuple[float, ...]:
    return (
        len(text),
        len(tokens),
        np.log1p(len(text)),
        _mean_length(tokens),
        _mean_length(unique),
        sum(text.count(mark) for mark in ",;:/"),
        text.count("("),
        *(tokens.count(word) for word in ("and", "with", "or")),
        text.count("-") + text.count("–"),
        sum(char.isdigit() for char in text),
    )


def _mean_length(tokens: Sequence[str]) -> float:
    return sum(map(len, tokens)) / len(tokens) if tokens else 0.0


def _asked(split: _Bags, place: int, unique: Sequence[str]) -> tuple[float, ...]:
    """How far the option takes up the words of the question."""
    bag = split.bags[place]
    differing = [word for word in bag if split.counts[word] < OPTION_COUNT]
    return (
        len(bag & split.asked) / max(1, len(bag)),
        sum(word in split.asked for word in differing) / max(1, len(differing)),
        sum(word in split.asked for word in unique),
    )


def _polarity(negated: np.ndarray, place: int) -> tuple[float, ...]:
    total, own = int(negated.sum()), bool(negated[place])
    lone_positive = total == OPTION_COUNT - 1 and not own
    lone_negative = total == 1 and own
    return lone_positive or lone_negative, own, lone_positive, lone_negative


def _listwise(measures: np.ndarray) -> np.ndarray:
    deviation = measures - measures.mean(axis=1, keepdims=True)
    spread = measures.std(axis=1, keepdims=True)
    z = np.where(spread > _TINY, deviation / np.where(spread > _TINY, spread, 1.0), 0.0)
    difference = measures[:, :, None, :] - measures[:, None, :, :]
    above = (difference > _TINY).sum(axis=2) - (difference < -_TINY).sum(axis=2)
    edited = measures[:, :, NAMES.index(_ONE_PLACE)].mean(axis=1)[:, None, None] - 1
    return np.concatenate([deviation, z, above / (OPTION_COUNT - 1), z * edited], axis=2)
