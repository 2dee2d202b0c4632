"""How even a set of questions is: letters, dimensions, pools, schemes, templates, phrases.

A phrase is even when it is right about as often as wrong. Its share of right uses comes with
Wilson's 95 % interval; it is flagged, on either side, when the exact binomial test against one half
stays below the level that Benjamini and Hochberg's procedure sets for all phrases together: among
the flagged at most 5 % are expected to be chance.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import erfc, exp, lgamma, log, pi, sqrt
from typing import Any

from webapp.generation.config import Scheme
from webapp.generation.planned import PlannedItem
from webapp.items.leakage.stats import wilson
from webapp.items.mcq import OPTION_COUNT

FALSE_DISCOVERIES = 0.05
LETTERS_LEVEL = 0.05
IMPRESSION = "?"
"""Ends the id of an impression whose phrase stands in the stem: right where it is borne out."""
_DIGITS = 4


@dataclass(frozen=True)
class Use:
    """What one question uses. Whose plan is not known has no pool, scheme, template nor phrases."""

    key_place: int
    dimension: str
    pool: str = ""
    scheme: str = ""
    template: str = ""
    right: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True)
class Share:
    """A part of all questions, with its 95 % interval."""

    name: str
    count: int
    share: float
    ci95: tuple[float, float]


@dataclass(frozen=True)
class PhraseUse:
    """A finding by its id: in how many questions it is right and wrong. `p` is the chance of a
    share at least as far from one half.
    """

    finding: str
    right: int
    wrong: int
    share: float
    ci95: tuple[float, float]
    p: float
    flagged: bool


@dataclass(frozen=True)
class Balance:
    """`letters` are the places of the keys in the stored order, A to D; `letters_p` is the chance
    of places at least as uneven (chi-square test).
    """

    questions: int
    letters: tuple[Share, ...]
    letters_p: float
    dimensions: tuple[Share, ...]
    pools: tuple[Share, ...]
    schemes: tuple[Share, ...]
    templates: tuple[Share, ...]
    phrases: tuple[PhraseUse, ...]
    """The most uneven first."""

    @property
    def letters_flagged(self) -> bool:
        return self.letters_p < LETTERS_LEVEL

    @property
    def flagged(self) -> tuple[PhraseUse, ...]:
        return tuple(one for one in self.phrases if one.flagged)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def use_of(planned: PlannedItem, key_place: int | None = None) -> Use:
    """`key_place` where the stored question may have its key elsewhere by now."""
    right, wrong = [planned.second_true], [planned.second_false]
    if planned.claim:
        borne_out = planned.claim == planned.first_true
        (right if borne_out else wrong).append(f"{planned.claim}{IMPRESSION}")
    else:
        right.append(planned.first_true)
        wrong.append(planned.first_false)
    return Use(
        key_place=planned.key_place if key_place is None else key_place,
        dimension=planned.dimension,
        pool=planned.pool,
        scheme=(Scheme.TWINS if planned.twin_group else Scheme.FACTORIAL).value,
        template=f"{planned.dimension}/{planned.template}",
        right=tuple(right),
        wrong=tuple(wrong),
    )


def balance_of(uses: Iterable[Use]) -> Balance:
    """Read once, so that the uses may come from a stream."""
    places: Counter[int] = Counter()
    named: dict[str, Counter[str]] = {name: Counter() for name in _NAMED}
    right: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for use in uses:
        places[use.key_place] += 1
        for name, counts in named.items():
            counts[getattr(use, name)] += 1
        right.update(use.right)
        wrong.update(use.wrong)
    letters = {chr(ord("A") + place): places[place] for place in range(OPTION_COUNT)}
    found = {name: _shares({k: n for k, n in named[name].items() if k}) for name in _NAMED}
    return Balance(
        questions=places.total(),
        letters=_shares(letters),
        letters_p=round(even_places_p(list(letters.values())), _DIGITS),
        dimensions=found["dimension"],
        pools=found["pool"],
        schemes=found["scheme"],
        templates=found["template"],
        phrases=_phrases(right, wrong),
    )


_NAMED = ("dimension", "pool", "scheme", "template")


def _shares(counts: Mapping[str, int]) -> tuple[Share, ...]:
    """Of the questions of which this much is known."""
    total = sum(counts.values())
    if not total:
        return ()
    return tuple(
        Share(name, count, round(count / total, _DIGITS), _interval(count, total))
        for name, count in sorted(counts.items())
    )


def _phrases(right: Mapping[str, int], wrong: Mapping[str, int]) -> tuple[PhraseUse, ...]:
    counts = {name: (right.get(name, 0), wrong.get(name, 0)) for name in {*right, *wrong}}
    p = {name: binomial_p(*both) for name, both in counts.items()}
    flagged = discoveries(p)
    found = (
        PhraseUse(
            finding=name,
            right=good,
            wrong=bad,
            share=round(good / (good + bad), _DIGITS),
            ci95=_interval(good, good + bad),
            p=round(p[name], _DIGITS),
            flagged=name in flagged,
        )
        for name, (good, bad) in counts.items()
    )
    return tuple(sorted(found, key=lambda one: (p[one.finding], one.finding)))


def discoveries(p: Mapping[str, float], level: float = FALSE_DISCOVERIES) -> Collection[str]:
    """Benjamini and Hochberg: the names up to the last whose p is below its part of the level."""
    ranked = sorted(p, key=lambda name: (p[name], name))
    passed = [
        rank for rank, name in enumerate(ranked, start=1) if p[name] <= level * rank / len(ranked)
    ]
    return frozenset(ranked[: max(passed, default=0)])


def binomial_p(right: int, wrong: int) -> float:
    """Exact and two-sided, against one half."""
    n, fewer = right + wrong, min(right, wrong)
    logs = (
        lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) - n * log(2) for k in range(fewer + 1)
    )
    return min(1.0, 2 * sum(map(exp, logs)))


def even_places_p(counts: Sequence[int]) -> float:
    """Chi-square test of four counts against equal shares."""
    if len(counts) != OPTION_COUNT:
        raise ValueError(f"{len(counts)} counts were given; give one for each of four places.")
    expected = sum(counts) / OPTION_COUNT
    if not expected:
        return 1.0
    x = sum((count - expected) ** 2 for count in counts) / expected
    return erfc(sqrt(x / 2)) + sqrt(2 * x / pi) * exp(-x / 2)


def _interval(count: int, total: int) -> tuple[float, float]:
    low, high = wilson(count, total)
    return round(low, _DIGITS), round(high, _DIGITS)
