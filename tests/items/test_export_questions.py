"""`manage.py export_questions OUT.json`: what was imported comes out again."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import make_item, make_mcq, make_slide, make_triplet
from tests.items.importing import import_file, import_rows
from tests.items.published_files import Row, comparable, good_rows, published_row
from training.contract.rows import parse_rows
from webapp.accounts.queries import system_user
from webapp.items.actions import revise_item
from webapp.items.models import Item
from webapp.items.queries import items_with_everything
from webapp.items.question_export import published_rows
from webapp.items.states import ItemState
from webapp.slides.geometry import Scale

pytestmark = pytest.mark.django_db


def export(folder: Path, *arguments: str) -> list[Row]:
    out = folder / "out.json"
    call_command("export_questions", str(out), *arguments, stdout=StringIO())
    rows: list[Row] = json.loads(out.read_text("utf-8"))
    return rows


def test_every_row_comes_out_as_it_went_in(tmp_path: Path) -> None:
    rows = good_rows()
    import_rows(tmp_path, rows)
    assert comparable(export(tmp_path)) == comparable(rows)


def test_export_keeps_the_order_and_numbers_from_one(tmp_path: Path) -> None:
    rows = good_rows()
    import_rows(tmp_path, rows)
    exported = export(tmp_path)
    assert [row["No"] for row in exported] == list(range(1, len(rows) + 1))
    assert [row["question"] for row in exported] == [row["question"] for row in rows]


def test_an_export_is_imported_as_unchanged(tmp_path: Path) -> None:
    import_rows(tmp_path, good_rows())
    found = import_rows(tmp_path, export(tmp_path), "again.json")
    assert {outcome for _number, outcome, _message in found if outcome != "warning"} == {
        "unchanged"
    }


def test_the_450_published_questions_come_out_the_same(shared_data: Path, tmp_path: Path) -> None:
    file = shared_data / "scale_vqa_val.json"
    import_file(file)
    published = json.loads(file.read_text("utf-8"))
    assert comparable(export(tmp_path)) == comparable(published)


def test_a_revised_question_keeps_the_fields_that_only_its_row_knew(tmp_path: Path) -> None:
    row = published_row(1, note="kept", rationale=None)
    row["extra_info"]["site"] = "kept too"
    import_rows(tmp_path, [row])
    item = Item.objects.get()
    Item.objects.filter(pk=item.pk).update(state=ItemState.READY)
    item.refresh_from_db()
    mcq = item.current.mcq()
    stem = "A better question?"
    revise_item(item, type(mcq)(**{**vars(mcq), "stem": stem}), parent_number=1, by=system_user())
    (exported,) = export(tmp_path)
    assert comparable([exported]) == comparable([{**row, "question": stem}])


def test_a_question_of_ours_names_its_images_by_convention(tmp_path: Path) -> None:
    triplet = make_triplet(make_slide("our slide"), scales=(Scale.LOW, Scale.HIGH))
    make_item(triplet, mcq=make_mcq(key=2))
    (row,) = export(tmp_path)
    assert row["image_path"]["low_mag"].startswith("our-slide/rois/10_0.")
    assert row["image_path"]["mid_mag"] is None
    assert row["answer"] == "C"
    assert "{{" not in row["rationale"]
    assert "option C" in row["rationale"] or "Option C" in row["rationale"]
    assert parse_rows([row], file="out.json")[1] == []


def test_only_the_states_asked_for(tmp_path: Path) -> None:
    make_item(state=ItemState.APPROVED)
    make_item(state=ItemState.REJECTED)
    assert len(export(tmp_path)) == 2
    assert len(export(tmp_path, "--state", "approved")) == 1
    assert len(export(tmp_path, "--origin", "published")) == 0


def test_a_folder_that_is_not_there_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be written: No such file"):
        call_command("export_questions", str(tmp_path / "no" / "out.json"), stdout=StringIO())


def test_the_cost_does_not_grow_with_the_number_of_items() -> None:
    def cost(count: int) -> int:
        for _ in range(count):
            make_item()
        with CaptureQueriesContext(connection) as captured:
            list(published_rows(items_with_everything()))
        return len(captured)

    few, many = cost(2), cost(20)
    assert few == many


def test_nothing_half_written_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    make_item()
    monkeypatch.setattr(Path, "write_text", broken)
    with pytest.raises(CommandError, match="No space left"):
        call_command("export_questions", str(tmp_path / "out.json"), stdout=StringIO())
    assert list(tmp_path.iterdir()) == []


def test_a_folder_as_the_file_is_refused_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(CommandError, match="Is a directory"):
        call_command("export_questions", str(tmp_path / "out"), stdout=StringIO())
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
