"""What commands print: tables for people, JSON for programs. Progress bars go to stderr."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import IO, Any, cast

from django.core.management.base import OutputWrapper
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from webapp.core.money import usd

FILE_WIDTH = 200
"""Characters a line where no terminal says how many it has."""


def to_json(value: Any, *, indent: int | None = 2) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent, default=_plain)


def print_table(out: OutputWrapper, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Numbers stand right; a head that begins with `#` is one of a column of numbers."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for head in heads:
        right = head.startswith("#")
        table.add_column(head.removeprefix("#"), justify="right" if right else "left")
    for row in rows:
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    _console(out).print(table)


def print_pairs(out: OutputWrapper, pairs: Iterable[tuple[str, object]]) -> None:
    """One line each, the values in one column; pairs without a value are left out."""
    told = [(name, str(value)) for name, value in pairs if value not in (None, "")]
    width = max((len(name) for name, _ in told), default=0)
    for name, value in told:
        out.write(f"{name:<{width}}  {value}")


def counting_bar() -> Progress:
    """A bar on stderr that is gone when the work is done: what, how far of how many, how long."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )


def _console(out: OutputWrapper) -> Console:
    width = None if out.isatty() else FILE_WIDTH
    return Console(file=cast(IO[str], out), width=width, highlight=False)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return usd(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
