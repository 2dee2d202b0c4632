"""One line of a captions JSONL as checked values (DESIGN section 5). Pure: bytes in, values out.

A line names a slide and its paths; each path is a triplet of fields. Unknown fields, wrong types
and texts that cannot be kept are refused with file, line and field.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from training.contract.paths import path_fault
from training.contract.rows import (
    MAX_NAME_CHARS,
    RoiName,
    is_nested_too_deeply,
    roi_from_file_name,
)
from training.contract.text import short, text_fault
from webapp.slides.geometry import PLAUSIBLE_MPP, Box, GeometryError, Scale, field_box

MAX_LINE_BYTES = 64 * 1024 * 1024
MAX_LABEL_CHARS = 100
MAX_COORDINATE = 2**31 - 1
MAX_FAULTS_SHOWN = 3
MAX_DIGITS = 40
"""Python refuses to read numbers of thousands of digits, in words that help nobody."""

TOO_DEEP = "is nested too deeply; a line has three levels."

KIND_WORDS = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "list_type": "a list",
    "string_unicode": "a text without lone surrogates",
    "model_type": "an object",
    "model_attributes_type": "an object",
}
"""What pydantic's kinds of fault ask for."""


class CaptionsError(ValueError):
    """A line or path that cannot be taken in; the message names file, line and field."""

    def __init__(self, where: str, fault: str) -> None:
        super().__init__(f"{where}: {fault}")


def _text(limit: int | None = None) -> AfterValidator:
    def check(value: str) -> str:
        fault = text_fault(value) if limit is None else text_fault(value, limit=limit)
        if fault is not None:
            raise ValueError(fault)
        return value

    return AfterValidator(check)


def _filled(value: str) -> str:
    if not value.strip():
        raise ValueError("is empty; write it")
    return value


def _one_line(value: str) -> str:
    if any(char in value for char in "\t\r\n"):
        raise ValueError("holds a tab or line end; keep it on one line")
    return value


def _safe_path(value: str) -> str:
    fault = path_fault(value)
    if fault is not None:
        raise ValueError(f"({short(value)}) {fault}")
    return value


def _scanned(value: float) -> float:
    lowest, highest = PLAUSIBLE_MPP
    if not isfinite(value) or not lowest <= value <= highest:
        raise ValueError(f"is {value:g} um/px; slides have {lowest:g} to {highest:g}")
    return value


Text = Annotated[str, _text()]
Name = Annotated[str, _text(MAX_NAME_CHARS), AfterValidator(_filled), AfterValidator(_one_line)]
Label = Annotated[str, _text(MAX_LABEL_CHARS), AfterValidator(_one_line)]
RelativePath = Annotated[str, AfterValidator(_safe_path)]
Mpp = Annotated[float, AfterValidator(_scanned)]
Coordinate = Annotated[int, Field(ge=-MAX_COORDINATE, le=MAX_COORDINATE)]


RecordT = TypeVar("RecordT", bound=BaseModel)


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class FieldRecord(_Strict):
    """One field of view: its place by `bbox` [x, y, width, height] or `centre` [x, y] in level-0
    pixels, or by the published file name in `image_path`, or an image alone.
    """

    caption: Text = ""
    image_path: RelativePath | None = None
    bbox: Annotated[list[Coordinate], Field(min_length=4, max_length=4)] | None = None
    centre: Annotated[list[Coordinate], Field(min_length=2, max_length=2)] | None = None


class PathRecord(_Strict):
    """A triplet; a scale that is null or absent was not taken."""

    path_id: Name
    path_description: Text = ""
    path_summary: Text = ""
    low_mag: FieldRecord | None = None
    mid_mag: FieldRecord | None = None
    high_mag: FieldRecord | None = None

    def fields(self) -> dict[Scale, FieldRecord]:
        """The scales that were taken, low to high."""
        found = {scale: getattr(self, scale.published_key) for scale in Scale}
        return {scale: field for scale, field in found.items() if field is not None}


class SlideRecord(_Strict):
    """What a line says of its slide; `wsi_path` is relative to the folder of the file."""

    wsi_name: Name
    wsi_path: RelativePath | None = None
    mpp: Mpp | None = None
    organ: Label = ""
    stain: Label = ""
    patient: Name | None = None
    paths: Annotated[list[Any], Field(min_length=1)]


@dataclass(frozen=True)
class CaptionLine:
    """A line whose slide is understood; its paths are read one by one by `parse_path`."""

    where: str
    slide: SlideRecord

    def paths(self) -> Iterator[tuple[str, Any]]:
        """Where each path is, such as `captions.jsonl, line 3, paths[1]`, and its raw object."""
        for number, raw in enumerate(self.slide.paths):
            yield f"{self.where}, paths[{number}]", raw


def parse_line(raw: bytes, *, where: str) -> CaptionLine:
    """
    Raises:
        CaptionsError: the line is no JSON object, or what it says of the slide is wrong.
    """
    decoded = _decode(raw, where)
    if not isinstance(decoded, dict):
        raise CaptionsError(where, "must hold an object { }, one slide a line.")
    return CaptionLine(where, _validate(SlideRecord, decoded, where))


def parse_path(raw: Any, *, where: str) -> PathRecord:
    """
    Raises:
        CaptionsError: a field of the path is unknown, missing or wrong, or it has no field of view.
    """
    if not isinstance(raw, dict):
        raise CaptionsError(where, "must be an object { } with path_id and its fields of view.")
    record = _validate(PathRecord, raw, where)
    if not record.fields():
        raise CaptionsError(where, "has none of low_mag, mid_mag, high_mag; give at least one.")
    return record


def place_of(field: FieldRecord, scale: Scale, mpp: float | None, *, where: str) -> Box | None:
    """The field's box, None for one that is known by its image alone.

    Raises:
        CaptionsError: two places are given, none can be found, or the box cannot be.
    """
    if field.bbox is not None and field.centre is not None:
        raise CaptionsError(where, "gives bbox and centre; keep one of them.")
    try:
        if field.bbox is not None:
            return Box(*field.bbox)
        if field.centre is not None:
            return field_box((field.centre[0], field.centre[1]), scale, _needed(mpp, where))
    except GeometryError as error:
        raise CaptionsError(where, str(error)) from error
    if field.image_path is None:
        raise CaptionsError(where, "has no place; give bbox, centre or image_path.")
    return box_from_file_name(field.image_path, scale, mpp, where=where)


def box_from_file_name(path: str, scale: Scale, mpp: float | None, *, where: str) -> Box | None:
    """The nominal field at the corner that a published file name gives; None for other names.

    Raises:
        CaptionsError: the name is of another magnification.
    """
    name = roi_from_file_name(path)
    if name is None:
        return None
    _check_magnification(name, scale, where)
    if mpp is None:
        return None
    side = field_box((0, 0), scale, mpp).w_l0
    return Box(name.x_l0, name.y_l0, side, side)


def _check_magnification(name: RoiName, scale: Scale, where: str) -> None:
    if name.magnification != scale.magnification:
        fault = (
            f"image_path is named {name.magnification}x but stands under {scale.published_key}, "
            f"which is {scale.label}; put it under its own scale."
        )
        raise CaptionsError(where, fault)


def _needed(mpp: float | None, where: str) -> float:
    if mpp is None:
        raise CaptionsError(where, "gives a centre, but the slide's mpp is unknown; add mpp.")
    return mpp


def _decode(raw: bytes, where: str) -> object:
    if len(raw) > MAX_LINE_BYTES:
        limit = MAX_LINE_BYTES // 2**20
        raise CaptionsError(where, f"is longer than {limit} MiB; split it or shorten its texts.")
    try:
        decoded = json.loads(
            raw.decode("utf-8-sig"),
            object_pairs_hook=_unique,
            parse_constant=_no_constant,
            parse_int=_whole,
        )
    except UnicodeDecodeError as error:
        fault = f"is not UTF-8 at byte {error.start + 1}; save the file as UTF-8."
        raise CaptionsError(where, fault) from error
    except json.JSONDecodeError as error:
        raise CaptionsError(where, f"is not JSON: {error.msg}, column {error.colno}.") from error
    except RecursionError as error:
        raise CaptionsError(where, TOO_DEEP) from error
    except ValueError as error:
        raise CaptionsError(where, f"{error}.") from error
    if is_nested_too_deeply(decoded):
        raise CaptionsError(where, TOO_DEEP)
    return decoded


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"names {short(key)} twice in one object; keep one")
        found[key] = value
    return found


def _whole(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValueError(f"holds a number of {len(digits):,} digits; shorten it")
    return int(digits)


def _no_constant(name: str) -> float:
    raise ValueError(f"holds {name}, which is no JSON number; give a number or null")


def _validate(model: type[RecordT], raw: dict[str, Any], where: str) -> RecordT:
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        faults = [_sentence(fault) for fault in error.errors(include_url=False)]
        more = len(faults) - MAX_FAULTS_SHOWN
        shown = "; ".join(faults[:MAX_FAULTS_SHOWN]) + (f"; and {more} more" if more > 0 else "")
        raise CaptionsError(where, f"{shown}.") from error


def _sentence(fault: ErrorDetails) -> str:
    """Pydantic's finding in our words: the field, what is wrong, what to do."""
    field = _field_name(fault["loc"])
    kind = fault["type"]
    if kind == "extra_forbidden":
        return f"{field} is no known field; remove it or check its spelling"
    if kind == "missing":
        return f"{field} is missing; add it"
    if kind == "value_error":
        return f"{field} {fault['ctx']['error']}"
    if kind in ("too_short", "too_long"):
        bounds = fault["ctx"]
        wanted = bounds.get("min_length", bounds.get("max_length"))
        return f"{field} has {bounds['actual_length']} members; give {wanted}"
    if kind in KIND_WORDS:
        return f"{field} must be {KIND_WORDS[kind]}, not {short(fault['input'])}"
    expected = fault["msg"].removeprefix("Input should be ").removeprefix("a valid ")
    return f"{field} must be {expected}, not {short(fault['input'])}"


def _field_name(parts: tuple[int | str, ...]) -> str:
    """`("low_mag", "bbox", 2)` as `low_mag.bbox[2]`; a name from the file is quoted safely."""
    name = ""
    for part in parts:
        if isinstance(part, int):
            name += f"[{part}]"
        else:
            shown = part if part.isidentifier() and len(part) <= MAX_LABEL_CHARS else short(part)
            name += f".{shown}" if name else shown
    return name
