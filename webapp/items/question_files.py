"""Reading a published JSON file: every good row, and one sentence for each of the others."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from training.contract.rows import PublishedRow, RowError, parse_row
from webapp.core.errors import BadInput
from webapp.items.published import row_digest

MAX_FILE_BYTES = 200_000_000


@dataclass(frozen=True)
class NumberedRow:
    """A row at its place in the file; `occurrence` counts equal rows before it."""

    number: int
    where: str
    row: PublishedRow | None
    occurrence: int = 0
    fault: str = ""


def read_rows(path: Path) -> list[NumberedRow]:
    """All rows of the file, good and bad, numbered from 1.

    Raises:
        BadInput: the file cannot be read as a JSON list; the message names it and the place.
    """
    data = _decode(path)
    if not isinstance(data, list):
        raise BadInput(f"{path.name} must hold a list of questions; wrap them in [ ].")
    return list(_numbered(data, path.name))


def _decode(path: Path) -> object:
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise BadInput(f"{path.name} has {size:,} bytes; split it below {MAX_FILE_BYTES:,}.")
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BadInput(f"There is no file {path}; check its name.") from error
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise BadInput(
            f"{path.name} is not UTF-8 at byte {error.start}; save it as UTF-8."
        ) from error
    except json.JSONDecodeError as error:
        raise BadInput(
            f"{path.name} is not JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        ) from error
    except RecursionError as error:
        raise BadInput(f"{path.name} is nested too deeply to be questions.") from error


def _numbered(data: list[object], name: str) -> Iterator[NumberedRow]:
    seen: Counter[str] = Counter()
    for number, obj in enumerate(data, start=1):
        where = f"{name}, row {number}"
        try:
            row = parse_row(obj, where=where)
        except RowError as error:
            yield NumberedRow(number, where, None, fault=str(error))
            continue
        digest = row_digest(row)
        yield NumberedRow(number, where, row, occurrence=seen[digest])
        seen[digest] += 1
