"""What the adversaries made of a batch, as bars."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from webapp.core.charts import Bar
from webapp.generation import queries
from webapp.generation.models import ScreeningSum
from webapp.items.leakage import covers_chance
from webapp.items.leakage.stats import wilson
from webapp.items.mcq import Dimension

HALF = 50
LEAST_TO_TELL = 30
"""With fewer answers an interval that leaves chance out is no news: among so many bars some do."""


@dataclass(frozen=True)
class ByDimension:
    """One adversary's small plots."""

    adversary: str
    guesses: list[Bar]
    leaks: list[Bar]


@dataclass(frozen=True)
class Leakage:
    """`guesses` are how often each adversary names the key of the texts that stand, `leaks` how
    often it gave a text away, by round; in percent with 95 % intervals.
    """

    guesses: list[Bar]
    leaks: list[Bar]
    apart: list[str]
    """Sentences on adversaries that chance does not explain, on either side."""
    rounds: int

    @property
    def guess_maximum(self) -> int:
        return _maximum(self.guesses)

    @property
    def leak_maximum(self) -> int:
        return _maximum(self.leaks)


def leakage(sums: Sequence[ScreeningSum]) -> Leakage:
    titles = titles_of(one.adversary for one in sums)
    names = sorted(titles, key=lambda name: titles[name].lower())
    final = [one for one in sums if one.final]
    guesses = [_guess(titles[name], _of(final, name)) for name in names]
    rounds = max((one.round for one in sums), default=0)
    return Leakage(
        guesses=[bar for bar in guesses if bar],
        leaks=[bar for name in names for bar in _by_round(titles[name], _of(sums, name), rounds)],
        apart=[_apart(bar) for bar in guesses if bar and bar.tone != 1],
        rounds=rounds,
    )


def leakage_by_dimension(sums: Sequence[ScreeningSum]) -> list[ByDimension]:
    """The same for each dimension: a page of plots, drawn for whoever asks for it."""
    titles = titles_of(one.adversary for one in sums)
    names = sorted(titles, key=lambda name: titles[name].lower())
    rounds = max((one.round for one in sums), default=0)
    return [_by_dimension(titles[name], _of(sums, name), rounds) for name in names]


def titles_of(names: Iterable[str]) -> dict[str, str]:
    """A model by its label, the others by their own name in words."""
    offers = queries.models_on_offer()
    return {
        name: offers[name].label if name in offers else name.replace("_", " ").capitalize()
        for name in set(names)
    }


def _of(sums: Iterable[ScreeningSum], adversary: str) -> list[ScreeningSum]:
    return [one for one in sums if one.adversary == adversary]


def _guess(label: str, sums: Sequence[ScreeningSum], group: str = "") -> Bar | None:
    """Percent with its interval; in the second tone where that leaves chance out for good."""
    tries = sum(one.answered for one in sums)
    if not tries:
        return None
    hits = sum(one.correct for one in sums)
    interval = wilson(hits, tries)
    tone = 1 if tries < LEAST_TO_TELL or covers_chance(interval) else 2
    return _bar(label, hits, tries, tone=tone, group=group)


def _leak(label: str, sums: Sequence[ScreeningSum], group: str = "") -> Bar | None:
    screened = sum(one.screened for one in sums)
    return _bar(label, sum(one.leaks for one in sums), screened, group=group) if screened else None


def _bar(label: str, part: float, whole: int, *, tone: int = 1, group: str = "") -> Bar:
    low, high = (100 * bound for bound in wilson(part, whole))
    return Bar(label, 100 * part / whole, low, high, note=f"n {whole:,}", tone=tone, group=group)


def _by_round(title: str, sums: Sequence[ScreeningSum], rounds: int) -> list[Bar]:
    """One bar for an adversary, or, where texts were written again, one a round."""
    if rounds == 1:
        bar = _leak(title, sums)
        return [bar] if bar else []
    found = (
        _leak(f"Round {number}", [one for one in sums if one.round == number], title)
        for number in range(1, rounds + 1)
    )
    return [bar for bar in found if bar]


def _by_dimension(title: str, sums: Sequence[ScreeningSum], rounds: int) -> ByDimension:
    final = [one for one in sums if one.final]
    leaks: list[Bar] = []
    for number in range(1, rounds + 1):
        group = f"Round {number}" if rounds > 1 else ""
        leaks += _each_dimension([one for one in sums if one.round == number], _leak, group)
    return ByDimension(title, _each_dimension(final, _guess, ""), leaks)


def _each_dimension(
    sums: Sequence[ScreeningSum],
    bar_of: Callable[[str, Sequence[ScreeningSum], str], Bar | None],
    group: str,
) -> list[Bar]:
    found = (
        bar_of(f"{one.value} {one.title}", [s for s in sums if s.dimension == one.value], group)
        for one in Dimension
    )
    return [bar for bar in found if bar]


def _apart(bar: Bar) -> str:
    side = "more" if bar.value > 100 / 4 else "less"
    return (
        f"{bar.label} names the key {side} often than guessing would: {bar.value:.1f} % "
        f"({bar.low:.1f} to {bar.high:.1f} %, {bar.note})."
    )


def _maximum(bars: Sequence[Bar]) -> int:
    return HALF if all((bar.high or 0) <= HALF for bar in bars) else 2 * HALF
