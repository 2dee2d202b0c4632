"""Authors write the key longer, with more care, or shorter and safer than the rest."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Longest:
    """Characters of an option, as a part of the longest option's."""

    name: str = "longest"
    version: str = "1"

    def choose(self, stem: str, options: Sequence[str]) -> tuple[float, ...]:
        lengths = [len(text) for text in options]
        longest = max(lengths, default=0) or 1
        return tuple(length / longest for length in lengths)


@dataclass(frozen=True)
class Shortest:
    """Characters of the shortest option, as a part of this option's."""

    name: str = "shortest"
    version: str = "1"

    def choose(self, stem: str, options: Sequence[str]) -> tuple[float, ...]:
        lengths = [max(1, len(text)) for text in options]
        return tuple(min(lengths) / length for length in lengths)
