"""A captions JSONL as steps: one for each slide file that a line names, one for each path."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from webapp.accounts.models import User
from webapp.core.errors import BadInput
from webapp.slides.actions.fields import file_below
from webapp.slides.actions.pictures import store_with_pictures
from webapp.slides.actions.running import Pulse, Read, Step, Store
from webapp.slides.actions.slides import Details, name_slide, prepare_slide
from webapp.slides.actions.triplets import prepare_triplet, store_triplet
from webapp.slides.captions import (
    MAX_LINE_BYTES,
    CaptionLine,
    CaptionsError,
    SlideRecord,
    parse_line,
    parse_path,
)
from webapp.slides.models import Import, Slide


@dataclass
class CaptionSteps:
    """The steps of all lines. The file is read twice: to count and find twins, then to work."""

    run: Import

    def __post_init__(self) -> None:
        self._files = [Path(path) for path in self.run.paths]
        self._total = 0
        self._first: dict[tuple[str, str, str], str] = {}
        for file in self._files:
            _check_is_text(file)
            for number, raw in _lines(file):
                self._total += self._scan(file, number, raw)
        if not self._total:
            raise BadInput(f"{self._files[0].name} holds no line; give one slide a line.")

    def _scan(self, file: Path, number: int, raw: bytes) -> int:
        try:
            line = parse_line(raw, where=_where(file, number))
        except CaptionsError:
            return 1
        for where, path in line.paths():
            key = _path_key(file, line.slide, path)
            if key is not None:
                self._first.setdefault(key, where)
        return 1 + len(line.slide.paths)

    def __len__(self) -> int:
        return self._total

    def __iter__(self) -> Iterator[Step]:
        named = (
            pair
            for file in self._files
            for number, raw in _lines(file)
            for pair in self._line_steps(file, _where(file, number), raw)
        )
        for number, (name, read) in enumerate(named, start=1):
            yield Step(number, name, read)

    def _line_steps(self, file: Path, where: str, raw: bytes) -> Iterator[tuple[str, Read]]:
        try:
            line = parse_line(raw, where=where)
        except CaptionsError as error:
            yield where, _refusal(str(error))
            return
        uploaded = bool(self.run.options.get("uploaded"))
        reader = _LineReader(line, file.parent, self.run.created_by, uploaded)
        yield f"{where}: slide {line.slide.wsi_name}", reader.read_slide
        for path_where, raw_path in line.paths():
            key = _path_key(file, line.slide, raw_path)
            first = self._first.get(key, path_where) if key is not None else path_where
            name = _path_name(line.slide, raw_path, path_where)
            if first == path_where:
                yield name, partial(reader.read_path, raw_path, path_where)
            else:
                fault = f"{path_where}: path_id is given already at {first}; keep one of them."
                yield path_where, _refusal(fault)


@dataclass(frozen=True)
class _LineReader:
    line: CaptionLine
    folder: Path
    by: User
    uploaded: bool

    def read_slide(self, pulse: Pulse) -> Store:
        """Take the slide's file in where there is one; else know it by name."""
        record, where = self.line.slide, self.line.where
        details = Details(
            name=record.wsi_name,
            mpp=record.mpp,
            organ=record.organ,
            stain=record.stain,
            patient=record.patient or "",
        )
        file = self._slide_file(record)
        here = Slide.objects.filter(name=record.wsi_name).exclude(path="").exists()
        if file is None or (here and not file.exists()):
            return partial(name_slide, details, by=self.by)
        try:
            prepared = prepare_slide(file, details, by=self.by, uploaded=self.uploaded, pulse=pulse)
        except BadInput as error:
            raise BadInput(f"{where}: {error.message}") from error
        return partial(store_with_pictures, prepared, by=self.by)

    def _slide_file(self, record: SlideRecord) -> Path | None:
        if record.wsi_path is None:
            return None
        try:
            return file_below(self.folder, record.wsi_path, where=f"{self.line.where}, wsi_path")
        except CaptionsError as error:
            raise BadInput(str(error)) from error

    def read_path(self, raw: Any, where: str, pulse: Pulse) -> Store:
        try:
            record = parse_path(raw, where=where)
        except CaptionsError as error:
            raise BadInput(str(error)) from error
        slide = Slide.objects.filter(name=self.line.slide.wsi_name).first()
        if slide is None:
            raise BadInput(f"{where}: there is no slide named {self.line.slide.wsi_name} here.")
        prepared = prepare_triplet(slide, record, folder=self.folder, where=where, by=self.by)
        return partial(store_triplet, prepared, by=self.by)


def _refusal(fault: str) -> Read:
    def read(pulse: Pulse) -> Store:
        raise BadInput(fault)

    return read


def _where(file: Path, number: int) -> str:
    return f"{file.name}, line {number}"


def _path_key(file: Path, slide: SlideRecord, raw: Any) -> tuple[str, str, str] | None:
    """What must occur once in a file; None for a path that is refused anyway."""
    path_id = raw.get("path_id") if isinstance(raw, dict) else None
    return (str(file), slide.wsi_name, path_id) if isinstance(path_id, str) else None


def _path_name(slide: SlideRecord, raw: Any, where: str) -> str:
    try:
        record = parse_path(raw, where=where)
    except CaptionsError:
        return where
    return f"{slide.wsi_name} / {record.path_id}"


def _lines(file: Path) -> Iterator[tuple[int, bytes]]:
    """Numbered lines that are not blank, each read no further than a little over its limit."""
    with file.open("rb") as stream:
        number = 0
        while raw := stream.readline(MAX_LINE_BYTES + 2):
            number += 1
            rest = raw
            while rest and not rest.endswith(b"\n") and len(rest) > MAX_LINE_BYTES:
                rest = stream.readline(MAX_LINE_BYTES + 2)
            if raw.strip():
                yield number, raw.rstrip(b"\r\n")


def _check_is_text(file: Path) -> None:
    """
    Raises:
        BadInput: the file is missing, unreadable, or no text.
    """
    try:
        if file.exists() and not file.is_file() and not file.is_dir():
            raise BadInput(f"{file} is no regular file; give the JSONL file itself.")
        with file.open("rb") as stream:
            head = stream.read(8_192)
    except FileNotFoundError as error:
        raise BadInput(f"There is no file {file}; check its name.") from error
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror}.") from error
    if b"\0" in head:
        raise BadInput(f"{file.name} is no text; give a JSONL file, one slide a line.")
