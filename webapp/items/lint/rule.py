"""What a lint rule is and what it finds."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from webapp.items.mcq import Mcq

Severity = Literal["error", "warning"]


class Hit(NamedTuple):
    """Where (`stem`, `option:ID`, `rationale`, `item`) and what to change."""

    where: str
    message: str


Check = Callable[[Mcq], Iterator[Hit]]


@dataclass(frozen=True)
class Rule:
    name: str
    severity: Severity
    check: Check


@dataclass(frozen=True)
class Finding:
    rule: str
    severity: Severity
    message: str
    where: str


def quoted(text: str, limit: int = 60) -> str:
    """A piece of a text as a message may show it: in quotes, printable, never long."""
    printable = "".join(char if char.isprintable() else " " for char in text[: limit + 1])
    return f'"{printable}"' if len(printable) <= limit else f'"{printable[:limit].rstrip()}…"'


def option_place(option_id: str) -> str:
    return f"option:{option_id}"


def texts_by_place(mcq: Mcq) -> dict[str, str]:
    """Every text of the question by the place that a finding names."""
    places = {"stem": mcq.stem, "rationale": mcq.rationale}
    return places | {option_place(option.id): option.text for option in mcq.options}
