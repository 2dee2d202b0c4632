"""What cannot be used is refused by file and row; the rest comes in."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.items.importing import import_file, import_rows, outcomes
from tests.items.published_files import (
    Row,
    published_row,
)
from webapp.core.errors import BadInput
from webapp.items.models import Item
from webapp.items.question_files import read_rows
from webapp.items.question_import import plan_questions
from webapp.slides.models import Import, Slide
from webapp.slides.states import ImportState

pytestmark = pytest.mark.django_db


def broken_rows() -> dict[str, tuple[Any, str]]:
    """Rows that must be refused, and what the message must name."""

    def changed(change: Callable[[Row], object]) -> Row:
        row = published_row(7)
        change(row)
        return row

    return {
        "missing option": (changed(lambda r: r["options"].pop("B")), "options.B is missing"),
        "fifth option": (changed(lambda r: r["options"].update(E="x")), "options has 'E'"),
        "answer is no option": (changed(lambda r: r.update(answer="E")), "answer is 'E'"),
        "no answer": (changed(lambda r: r.pop("answer")), "answer is missing"),
        "text is a number": (changed(lambda r: r.update(question=3)), "question must be a text"),
        "options is a list": (changed(lambda r: r.update(options=[])), "options must be an object"),
        "empty question": (changed(lambda r: r.update(question=" ")), "question is empty"),
        "NUL": (changed(lambda r: r.update(question="a\x00b")), "control character U+0000"),
        "escape": (changed(lambda r: r["options"].update(A="\x1b[31m")), "options.A holds the"),
        "direction override": (changed(lambda r: r.update(rationale="\u202e")), "rationale holds"),
        "lone surrogate": (changed(lambda r: r.update(rationale="\ud800")), "rationale holds"),
        "10 MB": (changed(lambda r: r.update(question="x" * 10_000_000)), "10,000,000 characters"),
        "unknown type": (
            changed(lambda r: r["extra_info"].update(question_type="type_F")),
            "question_type is 'type_F'",
        ),
        "climbing path": (
            changed(lambda r: r["image_path"].update(low_mag="../../etc/passwd")),
            "image_path.low_mag ('../../etc/passwd') climbs out",
        ),
        "absolute path": (
            changed(lambda r: r["image_path"].update(low_mag="/etc/passwd")),
            "is absolute",
        ),
        "line end in a slide's name": (
            changed(lambda r: r["extra_info"].update(wsi_name="a\nb")),
            "rename it",
        ),
        "unknown option token": (
            changed(lambda r: r.update(rationale="See {{option:zzz}}.")),
            "names an unknown option",
        ),
        "not an object": ("just a text", "must be an object"),
        "null": (None, "must be an object, not null"),
        "number out of range": (changed(lambda r: r.update(No=-1)), "No must lie between"),
        "deep unknown field": (
            changed(lambda r: r.update(odd=json.loads("[" * 20 + "]" * 20))),
            "nested deeper",
        ),
        "very deep unknown field": (
            changed(lambda r: r.update(odd=json.loads("[" * 700 + "]" * 700))),
            "row 2: the row is nested deeper than 32 levels",
        ),
        "very deep options": (
            changed(lambda r: r.update(options=json.loads("[" * 700 + "]" * 700))),
            "nested deeper than 32 levels",
        ),
        "infinite unknown field": (changed(lambda r: r.update(odd=float("inf"))), "not a finite"),
    }


@pytest.mark.parametrize("name", broken_rows())
def test_a_broken_row_is_refused_by_file_and_row_and_the_rest_comes_in(
    tmp_path: Path, name: str
) -> None:
    row, fault = broken_rows()[name]
    found = import_rows(tmp_path, [published_row(1), row, published_row(2)], "q.json")
    assert [entry[1] for entry in found] == ["added", "refused", "added"]
    message = found[1][2]
    assert message.startswith("q.json, row 2: ")
    assert fault in message
    assert len(message) < 400
    assert Item.objects.count() == 2
    assert not Slide.objects.filter(name="case-7").exists()


BROKEN_FILES = {
    "no JSON": (b"[{]", "is not JSON: .* at line 1, column 3"),
    "cut short": (b'[{"question": "a', "is not JSON"),
    "empty": (b"", "is not JSON"),
    "an object": (b"{}", "must hold a list"),
    "an empty list": (b"[]", "holds no question"),
    "not UTF-8": (b'["\xff"]', "is not UTF-8 at byte 3"),
    "too deep": (b"[" * 200_000, "nested too deeply"),
    "an endless number": (b"[" + b"9" * 5_000 + b"]", "thousands of digits"),
}


@pytest.mark.parametrize("name", BROKEN_FILES)
def test_a_broken_file_fails_the_import_with_its_name(tmp_path: Path, name: str) -> None:
    content, fault = BROKEN_FILES[name]
    file = tmp_path / "broken.json"
    file.write_bytes(content)
    with pytest.raises(BadInput, match=rf"broken\.json.*{fault}"):
        plan_questions(Import(paths=[str(file)]))
    run = import_file(file)
    assert run.state == ImportState.FAILED
    assert "broken.json" in run.error
    assert not Item.objects.exists()


@pytest.mark.parametrize(
    ("make", "fault"), [(os.mkfifo, "no regular file"), (os.mkdir, "Is a directory")]
)
def test_what_is_no_file_fails_the_import(
    make: Callable[[Path], None], fault: str, tmp_path: Path
) -> None:
    path = tmp_path / "odd.json"
    make(path)
    run = import_file(path)
    assert run.state == ImportState.FAILED
    assert str(path) in run.error
    assert fault in run.error


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    file = tmp_path / "bom.json"
    file.write_text(json.dumps([published_row(1)]), "utf-8-sig")
    assert [entry[1] for entry in outcomes(import_file(file))] == ["added"]


def test_a_key_given_twice_is_refused_instead_of_losing_the_first(tmp_path: Path) -> None:
    text = json.dumps([published_row(1), published_row(2)])
    file = tmp_path / "twice.json"
    file.write_text(text.replace('"A": "Round', '"B": "lost", "A": "Round', 1))
    first, second = read_rows(file)
    assert first.fault == "twice.json, row 1: 'B' is named twice in one object; keep one of them."
    assert second.row is not None
