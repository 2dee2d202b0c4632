"""Published questions come in row by row, each once."""

from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.factories import make_user
from tests.items.importing import import_file, import_rows, outcomes, run_to_the_end
from tests.items.published_files import (
    good_rows,
    published_row,
    write_rows,
)
from webapp.accounts.queries import system_user
from webapp.accounts.roles import Role
from webapp.core.models import Event
from webapp.items.models import Item, Revision
from webapp.items.states import ItemState
from webapp.slides.actions.imports import start_import
from webapp.slides.geometry import Scale
from webapp.slides.models import Import, Patient, Roi, Slide, Triplet
from webapp.slides.states import ImportState

pytestmark = pytest.mark.django_db


def test_a_row_becomes_an_item_on_its_triplet(tmp_path: Path) -> None:
    row = published_row(3)
    assert [entry[1] for entry in import_rows(tmp_path, [row])] == ["added"]
    item = Item.objects.get()
    assert (item.dimension, item.origin, item.state) == ("D", "published", ItemState.SCREENING)
    assert (item.triplet.slide.name, item.triplet.path_id) == ("case-3", "path-3")
    revision = item.current
    assert revision.stem == row["question"]
    assert [option["text"] for option in revision.options] == list(row["options"].values())
    assert [option["id"] for option in revision.options].index(revision.key) == 3
    assert revision.provenance["file"] == "questions.json"


def test_option_ids_tell_nothing_of_letters(tmp_path: Path) -> None:
    import_rows(tmp_path, good_rows())
    ids = [one["id"] for revision in Revision.objects.all() for one in revision.options]
    assert len(set(ids)) == len(ids)
    assert all(len(one) == 6 and one not in "ABCD" for one in ids)


def test_slides_and_fields_are_known_by_reference_and_every_write_leaves_an_event(
    tmp_path: Path,
) -> None:
    import_rows(tmp_path, [published_row(1), published_row(2)])
    assert Slide.objects.filter(path="").count() == 2
    assert Patient.objects.count() == 2
    roi = Roi.objects.get(triplet__path_id="path-1", scale="mid")
    assert roi.source_path == "case-1/rois/40_1.45380y_18152x.jpg"
    assert (roi.image, roi.caption) == ("", "")
    verbs = sorted(Event.objects.values_list("verb", flat=True))
    assert verbs == sorted(
        ["start_import", "finish_import"] + 2 * ["name_slide", "import_triplet", "create_item"]
    )


def test_a_missing_scale_stays_missing(tmp_path: Path) -> None:
    row = published_row(1)
    row["image_path"] = {"high_mag": row["image_path"]["high_mag"], "mid_mag": None}
    import_rows(tmp_path, [row])
    assert Triplet.objects.get().missing_scales() == (Scale.LOW, Scale.MID)


def test_the_same_file_again_changes_nothing(tmp_path: Path) -> None:
    rows = good_rows()
    import_rows(tmp_path, rows)
    events = Event.objects.exclude(object_type="slides.import").count()
    again = import_rows(tmp_path, rows, "copy.json")
    assert {entry[1] for entry in again if entry[1] != "warning"} == {"unchanged"}
    assert Item.objects.count() == len(rows)
    assert Event.objects.exclude(object_type="slides.import").count() == events


def test_the_same_question_twice_in_a_file_is_two_items_once(tmp_path: Path) -> None:
    rows = [published_row(1), published_row(1)]
    import_rows(tmp_path, rows)
    import_rows(tmp_path, rows)
    assert Item.objects.count() == 2


def test_a_near_duplicate_about_the_same_fields_is_warned_of(tmp_path: Path) -> None:
    again = published_row(1, question="WHICH pair of findings do the fields of case 1 share")
    found = import_rows(tmp_path, [published_row(1), again, published_row(2)])
    first, second, _third = Item.objects.order_by("pk")
    assert [entry[1] for entry in found] == ["added", "added", "warning", "added"]
    assert f"Item {second.pk} reads like item {first.pk}" in found[2][2]
    assert "same fields" in found[2][2]


def test_html_is_kept_as_text(tmp_path: Path, client: Client) -> None:
    import_rows(tmp_path, [published_row(1, question="<script>alert(1)</script> which?")])
    client.force_login(make_user(Role.CURATOR))
    page = client.get(f"/items/{Item.objects.get().pk}/").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; which?" in page


def test_equal_options_are_kept_reported_and_go_to_revision(tmp_path: Path) -> None:
    row = published_row(1, answer="A")
    row["options"]["B"] = row["options"]["A"].upper() + "."
    found = import_rows(tmp_path, [row])
    assert [entry[1] for entry in found] == ["added", "warning"]
    assert "Kept for revision, not for review" in found[1][2]
    assert Item.objects.get().state == ItemState.NEEDS_REVISION


def test_the_cost_of_a_row_does_not_grow(tmp_path: Path) -> None:
    costs = []
    for numbers in (range(1, 5), range(10, 40)):
        rows = [published_row(number) for number in numbers]
        file = write_rows(tmp_path / "q.json", rows)
        run = start_import(Import.Kind.QUESTIONS, [str(file)], by=system_user(), send=False)
        with CaptureQueriesContext(connection) as captured:
            run_to_the_end(run)
        costs.append(len(captured) / len(rows))
    assert costs[1] <= costs[0]
    assert costs[1] < 42


def test_the_450_published_questions_come_in(shared_data: Path) -> None:
    run = import_file(shared_data / "scale_vqa_val.json")
    assert (run.state, run.done) == (ImportState.DONE, 450)
    assert Item.objects.count() == 450
    kept_back = Item.objects.filter(state=ItemState.NEEDS_REVISION)
    warned = [entry for entry in outcomes(run) if "Kept for revision" in entry[2]]
    assert kept_back.count() == len(warned) > 0
    assert not run.entries.filter(outcome="refused").exists()
