"""Reading a published JSON file: every good row, and one sentence for each of the others."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from training.contract.rows import (
    LETTERS,
    MAX_DEPTH,
    PublishedRow,
    RowError,
    is_nested_too_deeply,
    parse_row,
)
from training.contract.text import short
from webapp.core.errors import BadInput
from webapp.items.published import row_digest

MAX_FILE_BYTES = 200_000_000


@dataclass(frozen=True)
class NumberedRow:
    """A row at its place in the file; `occurrence` counts equal rows before it.

    Where all that is wrong is an answer that is none of the options, `stray_answer` holds it and
    `unanswered` the row with another answer, so that it can be judged all the same.
    """

    number: int
    where: str
    row: PublishedRow | None
    occurrence: int = 0
    fault: str = ""
    unanswered: PublishedRow | None = None
    stray_answer: str = ""


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
        if not path.is_file() and not path.is_dir():  # a pipe never ends, nor does /dev/zero
            raise BadInput(f"{path} is no regular file; give the JSON file itself.")
        if size > MAX_FILE_BYTES:
            raise BadInput(f"{path.name} has {size:,} bytes; split it below {MAX_FILE_BYTES:,}.")
        return json.loads(path.read_text(encoding="utf-8-sig"), object_pairs_hook=_object)
    except FileNotFoundError as error:
        raise BadInput(f"There is no file {path}; check its name.") from error
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.") from error
    except RecursionError as error:
        raise BadInput(f"{path.name} is nested too deeply to be questions.") from error
    except ValueError as error:
        raise BadInput(f"{path.name} {_decoding_fault(error)}.") from error


def _decoding_fault(error: ValueError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"is not UTF-8 at byte {error.start + 1}; save it as UTF-8"
    if isinstance(error, json.JSONDecodeError):
        return f"is not JSON: {error.msg} at line {error.lineno}, column {error.colno}"
    return "holds a number with thousands of digits; write it as a text"


class _Doubled(dict[str, object]):
    """An object that names a key twice: JSON allows it and loses the first."""

    key = ""


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    doubled = _Doubled(found)
    doubled.key = next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
    return doubled


def _doubled_key(obj: object) -> str | None:
    if isinstance(obj, _Doubled):
        return obj.key
    members = obj.values() if isinstance(obj, dict) else obj if isinstance(obj, list) else ()
    return next((key for key in map(_doubled_key, members) if key is not None), None)


def _parse(obj: object, where: str) -> PublishedRow:
    """
    Raises:
        RowError: the row breaks the format.
    """
    if is_nested_too_deeply(obj):
        raise RowError(where, "the row", f"is nested deeper than {MAX_DEPTH} levels; flatten it")
    doubled = _doubled_key(obj)
    if doubled is not None:
        raise RowError(where, short(doubled), "is named twice in one object; keep one of them")
    return parse_row(obj, where=where)


def _numbered(data: list[object], name: str) -> Iterator[NumberedRow]:
    seen: Counter[str] = Counter()
    for number, obj in enumerate(data, start=1):
        where = f"{name}, row {number}"
        try:
            row = _parse(obj, where)
        except RowError as error:
            yield _faulty(number, where, obj, error)
            continue
        digest = row_digest(row)
        yield NumberedRow(number, where, row, occurrence=seen[digest])
        seen[digest] += 1


def _faulty(number: int, where: str, obj: object, error: RowError) -> NumberedRow:
    faulty = NumberedRow(number, where, None, fault=str(error))
    answer = obj.get("answer") if isinstance(obj, dict) else None
    if error.field != "answer" or not isinstance(obj, dict) or not isinstance(answer, str):
        return faulty
    try:
        row = parse_row({**obj, "answer": LETTERS[0]}, where=where)
    except RowError:
        return faulty
    return replace(faulty, unanswered=row, stray_answer=answer)
