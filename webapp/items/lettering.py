"""Letters are given to options when an item is shown or exported, never stored with them.

An order of option ids is a lettering: its first id is A. Orders come from SHA-256 of a seed and
the ids, so they are the same on every machine and do not depend on how the options are stored.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import sha256

from webapp.items.mcq import TOKEN, Option

LETTERS = "ABCD"

_TOKEN_WITH_WORD = re.compile(rf"(?P<word>\b[Oo]ption\s+)?{TOKEN.pattern}", re.ASCII)
_SENTENCE_START = re.compile(r"(?:^|[.!?:]\s+|\n\s*)[\"'(\[]*$")


class LetteringError(ValueError):
    """Options that cannot be lettered, or a rationale that names one that is not there."""


def letter(options: Sequence[Option] | Sequence[str], seed: str | int) -> tuple[str, ...]:
    """An order of the option ids. Give each item a seed of its own, such as its uid."""
    ids = [option.id if isinstance(option, Option) else option for option in options]
    if len(set(ids)) != len(ids) or not 0 < len(ids) <= len(LETTERS):
        raise LetteringError(f"Options {ids} cannot be lettered; give 1 to 4 distinct ids.")
    return tuple(sorted(ids, key=lambda option_id: (_rank(seed, option_id), option_id)))


def letter_of(order: Sequence[str], option_id: str) -> str:
    if option_id not in order:
        raise LetteringError(f"Option {option_id!r} is not among {', '.join(order)}.")
    return LETTERS[list(order).index(option_id)]


def balanced_letterings(
    revisions: Iterable[tuple[str, Sequence[str], str]], seed: str | int
) -> dict[str, tuple[str, ...]]:
    """Orders by uid for `(uid, option ids, key)`, with the keys' letters as even as possible.

    Among items with equally many options the counts of key letters differ by at most one. Each
    item starts from its own `letter` order, which knows nothing of the key, and only as many
    items as needed have their key swapped to a rarer letter: whoever learns the seed cannot read
    the keys off it. The order of the input does not matter.
    """
    by_size: dict[int, dict[str, tuple[Sequence[str], str]]] = {}
    seen: set[str] = set()
    for uid, ids, key in revisions:
        if uid in seen or key not in ids:
            fault = "is given twice" if uid in seen else f"has a key {key!r} that is no option"
            raise LetteringError(f"Revision {uid} {fault}.")
        seen.add(uid)
        by_size.setdefault(len(ids), {})[uid] = (ids, key)
    orders: dict[str, tuple[str, ...]] = {}
    for size, group in by_size.items():
        first = {uid: letter(tuple(ids), f"{seed}:{uid}") for uid, (ids, _) in group.items()}
        orders |= _evened(first, {uid: key for uid, (_, key) in group.items()}, size, seed)
    return orders


def render_rationale(text: str, order: Sequence[str]) -> str:
    """The rationale with each `{{option:ID}}` as `option B`, capitalised where it starts."""

    def rendered(match: re.Match[str]) -> str:
        named = letter_of(order, match.group(2))
        if match.group("word"):
            return f"{match.group('word')}{named}"
        starts = _SENTENCE_START.search(text[max(0, match.start() - 8) : match.start()])
        return f"{'Option' if starts else 'option'} {named}"

    return _TOKEN_WITH_WORD.sub(rendered, text)


def _rank(seed: str | int, name: str) -> bytes:
    return sha256(f"{seed}\n{name}".encode()).digest()


def _evened(
    orders: dict[str, tuple[str, ...]], keys: dict[str, str], size: int, seed: str | int
) -> dict[str, tuple[str, ...]]:
    """Swap the fewest keys so that each place holds its share; which ones, the seed decides."""
    places = {uid: orders[uid].index(key) for uid, key in keys.items()}
    surplus, lacking = _imbalance(Counter(places.values()), size, seed)
    evened = dict(orders)
    for uid in sorted(orders, key=lambda uid: (_rank(f"{seed}:swap", uid), uid)):
        if not surplus[places[uid]]:
            continue
        surplus[places[uid]] -= 1
        evened[uid] = _swapped(orders[uid], places[uid], lacking.pop())
    return evened


def _imbalance(counts: Counter[int], size: int, seed: str | int) -> tuple[Counter[int], list[int]]:
    """How many keys each place has too many, and the places that wait for those keys."""
    share, left = divmod(counts.total(), size)
    fullest = sorted(range(size), key=lambda p: (-counts[p], _rank(f"{seed}:place", str(p))))
    wanted = {place: share + (rank < left) for rank, place in enumerate(fullest)}
    surplus = Counter({place: max(0, counts[place] - wanted[place]) for place in wanted})
    lacking = [p for p in wanted for _ in range(max(0, wanted[p] - counts[p]))]
    return surplus, lacking


def _swapped(order: tuple[str, ...], one: int, other: int) -> tuple[str, ...]:
    changed = list(order)
    changed[one], changed[other] = changed[other], changed[one]
    return tuple(changed)
