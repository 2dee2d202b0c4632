"""One row of the published Scale-VQA JSON, read strictly and written back without loss.

A row that breaks the format raises `RowError`. A row that is merely poor (two equal options, a
rationale that names letters, a missing scale) is read: judging it is the lint's work.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from training.contract.paths import path_fault
from training.contract.text import MAX_TEXT_CHARS, short, text_fault

LETTERS = ("A", "B", "C", "D")
SCALE_KEYS = ("low_mag", "mid_mag", "high_mag")
QUESTION_TYPES = ("type_A", "type_B", "type_C", "type_D", "type_E")
MAX_NAME_CHARS = 200
"""Longest slide name and path id."""
MAX_NUMBER = 2**31 - 1
MAX_EXTRA_DEPTH = 8
MAX_DEPTH = 32
"""Deepest nesting that is looked into at all; far below what a recursive reader can follow."""

_KNOWN = ("question", "options", "answer", "rationale", "image_path", "extra_info", "No")
_KNOWN_INFO = ("wsi_name", "path_id", "question_type")
_ROI_NAME = re.compile(r"(\d{1,5})_(\d{1,9})\.(\d{1,9})y_(\d{1,9})x\.jpe?g", re.ASCII)


class RowError(ValueError):
    """A row that cannot be imported; the message names the row, the field and what to do."""

    def __init__(self, where: str, field_name: str, fault: str) -> None:
        super().__init__(f"{where}: {field_name} {fault}.")
        self.where = where
        self.field = field_name


@dataclass(frozen=True)
class PublishedRow:
    """A question as published. Options and image paths keep the published keys.

    A scale is missing when its key is absent or its path is None; both are written back as read.
    The three `extra` mappings hold fields that the format does not name, at the top, inside
    `image_path` and inside `extra_info`.
    """

    question: str
    options: Mapping[str, str]
    answer: str
    rationale: str | None
    image_path: Mapping[str, str | None]
    wsi_name: str
    path_id: str
    question_type: str
    number: int | None = None
    extra: Mapping[str, object] = field(default_factory=dict)
    extra_images: Mapping[str, object] = field(default_factory=dict)
    extra_info: Mapping[str, object] = field(default_factory=dict)

    @property
    def dimension(self) -> str:
        """The letter of the dimension, A to E."""
        return self.question_type[-1]

    @property
    def missing_scales(self) -> tuple[str, ...]:
        return tuple(key for key in SCALE_KEYS if self.image_path.get(key) is None)


@dataclass(frozen=True)
class RoiName:
    """What a published field's file name says: top-left corner in level-0 pixels."""

    magnification: int
    slide_number: int
    y_l0: int
    x_l0: int


@dataclass(frozen=True)
class _Reader:
    """Takes typed values out of one JSON object, or says by name which one is wrong."""

    where: str
    prefix: str
    obj: Mapping[str, object]

    def fail(self, name: str, fault: str) -> RowError:
        return RowError(self.where, f"{self.prefix}{name}", fault)

    def need(self, name: str) -> object:
        if name not in self.obj:
            raise self.fail(name, "is missing; add it")
        return self.obj[name]

    def nested(self, name: str) -> "_Reader":
        value = self.need(name)
        if not isinstance(value, dict):
            raise self.fail(name, f"must be an object, not {_kind(value)}")
        return _Reader(self.where, f"{self.prefix}{name}.", value)

    def text(self, name: str, *, limit: int = MAX_TEXT_CHARS, blank: bool = False) -> str:
        value = self.need(name)
        if not isinstance(value, str):
            raise self.fail(name, f"must be a text, not {_kind(value)}")
        fault = text_fault(value, limit=limit)
        if fault is not None:
            raise self.fail(name, fault)
        if not blank and not value.strip():
            raise self.fail(name, "is empty; write its text")
        return value

    def one_of(self, name: str, allowed: Sequence[str]) -> str:
        value = self.text(name)
        if value not in allowed:
            raise self.fail(name, f"is {short(value)}; it must be one of {', '.join(allowed)}")
        return value

    def others(self, known: Sequence[str]) -> dict[str, object]:
        """The fields that the format does not name, checked to be storable."""
        rest = {key: value for key, value in self.obj.items() if key not in known}
        for key, value in rest.items():
            fault = text_fault(key, limit=MAX_NAME_CHARS) or _storage_fault(value)
            if fault is not None:
                raise self.fail(short(key), fault)
        return rest


def parse_row(obj: object, *, where: str) -> PublishedRow:
    """Read one decoded row; `where` says which, such as `val.json, row 12`."""
    if not isinstance(obj, dict):
        raise RowError(where, "the row", f"must be an object, not {_kind(obj)}")
    row = _Reader(where, "", obj)
    info = row.nested("extra_info")
    images = row.nested("image_path")
    options = _options(row)
    return PublishedRow(
        question=row.text("question"),
        options=options,
        answer=row.one_of("answer", tuple(options)),
        rationale=None if row.need("rationale") is None else row.text("rationale", blank=True),
        image_path=_images(images),
        wsi_name=info.text("wsi_name", limit=MAX_NAME_CHARS),
        path_id=info.text("path_id", limit=MAX_NAME_CHARS),
        question_type=info.one_of("question_type", QUESTION_TYPES),
        number=_number(row),
        extra=row.others(_KNOWN),
        extra_images=images.others(SCALE_KEYS),
        extra_info=info.others(_KNOWN_INFO),
    )


def parse_rows(data: object, *, file: str) -> tuple[list[PublishedRow], list[RowError]]:
    """Read a decoded file: every good row, and one error for each of the others."""
    if not isinstance(data, list):
        return [], [RowError(file, "the file", f"must hold a list of rows, not {_kind(data)}")]
    rows: list[PublishedRow] = []
    errors: list[RowError] = []
    for count, obj in enumerate(data, start=1):
        try:
            rows.append(parse_row(obj, where=f"{file}, row {count}"))
        except RowError as error:
            errors.append(error)
    return rows, errors


def is_nested_too_deeply(value: object, limit: int = MAX_DEPTH) -> bool:
    """Whether decoded JSON has more than `limit` levels of lists and objects."""
    level = [value]
    for _ in range(limit + 1):
        objects = [one.values() for one in level if isinstance(one, dict)]
        lists = [one for one in level if isinstance(one, list)]
        if not objects and not lists:
            return False
        level = [member for members in (*objects, *lists) for member in members]
    return True


def dump_row(row: PublishedRow) -> dict[str, object]:
    """The row as published: equal to what `parse_row` was given."""
    dumped: dict[str, object] = {
        "question": row.question,
        "options": dict(row.options),
        "answer": row.answer,
        "rationale": row.rationale,
        "image_path": {**row.image_path, **row.extra_images},
        "extra_info": {
            "wsi_name": row.wsi_name,
            "path_id": row.path_id,
            "question_type": row.question_type,
            **row.extra_info,
        },
    }
    if row.number is not None:
        dumped["No"] = row.number
    return {**dumped, **row.extra}


def roi_from_file_name(name: str) -> RoiName | None:
    """Read `10_35.36304y_18152x.jpg`, with or without folders before it; None if it is no such
    name. Magnification, slide number, then y and x of the top-left corner in level-0 pixels.
    """
    match = _ROI_NAME.fullmatch(name.rsplit("/", 1)[-1])
    return None if match is None else RoiName(*(int(group) for group in match.groups()))


def _options(row: _Reader) -> dict[str, str]:
    options = row.nested("options")
    surplus = sorted(set(options.obj) - set(LETTERS))
    if surplus:
        raise row.fail("options", f"has {short(surplus[0])}; keep exactly A, B, C and D")
    return {letter: options.text(letter) for letter in LETTERS}


def _images(images: _Reader) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for key in (key for key in SCALE_KEYS if key in images.obj):
        if images.obj[key] is None:
            found[key] = None
            continue
        path = images.text(key, blank=True)
        fault = path_fault(path)
        if fault is not None:
            raise images.fail(key, f"({short(path)}) {fault}")
        found[key] = path
    return found


def _number(row: _Reader) -> int | None:
    if "No" not in row.obj:
        return None
    value = row.obj["No"]
    if isinstance(value, bool) or not isinstance(value, int):
        raise row.fail("No", f"must be a whole number, not {_kind(value)}")
    if not 0 <= value <= MAX_NUMBER:
        raise row.fail("No", f"must lie between 0 and {MAX_NUMBER:,}")
    return value


def _storage_fault(value: object, depth: int = 0) -> str | None:
    """Why a value of an unknown field cannot be kept in the database, or None."""
    if depth > MAX_EXTRA_DEPTH:
        return f"is nested deeper than {MAX_EXTRA_DEPTH} levels; flatten it"
    if isinstance(value, str):
        return text_fault(value)
    if isinstance(value, float) and not math.isfinite(value):
        return "is not a finite number; give a number or null"
    if isinstance(value, int) and abs(value) > 2**63:
        return "is too large a number; write it as a text"
    members: Sequence[object] = ()
    if isinstance(value, dict):
        members = [*value, *value.values()]
    elif isinstance(value, list):
        members = value
    if len(members) > MAX_TEXT_CHARS:
        return f"has more than {MAX_TEXT_CHARS:,} members; shorten it"
    faults = (_storage_fault(member, depth + 1) for member in members)
    return next((fault for fault in faults if fault is not None), None)


def _kind(value: object) -> str:
    names: dict[type, str] = {
        str: "a text",
        int: "a number",
        float: "a number",
        bool: "true or false",
        list: "a list",
        dict: "an object",
    }
    return "null" if value is None else names.get(type(value), type(value).__name__)
