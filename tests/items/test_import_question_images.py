"""Pictures for imported questions: from files beside the JSON, or from slides that are here."""

from pathlib import Path

import pytest

from tests.factories import make_slide, make_triplet, write_slide
from tests.items.importing import import_rows
from tests.items.published_files import (
    published_row,
    write_images,
)
from webapp.core.models import Event
from webapp.items.models import Item
from webapp.slides.media import media_file
from webapp.slides.models import Roi

pytestmark = pytest.mark.django_db


def test_images_beside_the_file_become_posters(tmp_path: Path) -> None:
    row = published_row(1)
    write_images(tmp_path, row)
    assert [entry[1] for entry in import_rows(tmp_path, [row])] == ["added"]
    rois = {roi.scale: roi for roi in Roi.objects.all()}
    assert media_file(rois["low"].image).is_file()
    assert (rois["mid"].image_width, rois["mid"].image_height) == (64, 64)
    assert rois["high"].image == ""


def test_images_that_come_later_complete_the_fields(tmp_path: Path) -> None:
    row = published_row(1)
    import_rows(tmp_path, [row])
    write_images(tmp_path, row)
    assert [entry[1] for entry in import_rows(tmp_path, [row])] == ["unchanged"]
    assert Roi.objects.exclude(image="").count() == 2
    assert Event.objects.filter(verb="update_triplet").count() == 1
    assert Item.objects.count() == 1


def test_a_broken_image_is_reported_and_the_question_kept(tmp_path: Path) -> None:
    row = published_row(1)
    file = tmp_path / row["image_path"]["low_mag"]
    file.parent.mkdir(parents=True)
    file.write_bytes(b"no image")
    found = import_rows(tmp_path, [row])
    assert [entry[1] for entry in found] == ["added", "warning"]
    assert "10_1.36304y_18152x.jpg is no whole JPEG" in found[1][2]
    assert Roi.objects.filter(image="").count() == 3


def test_a_link_that_leads_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    outside.mkdir()
    inside.mkdir()
    row = published_row(1)
    write_images(outside, row)
    (inside / "case-1").symlink_to(outside / "case-1")
    found = import_rows(inside, [row])
    assert [entry[1] for entry in found] == ["refused"]
    assert "leads out of its folder by a link" in found[0][2]
    assert not Item.objects.exists()


def test_a_slide_that_is_here_gives_the_pictures(tmp_path: Path) -> None:
    file = write_slide(tmp_path / "s.tif", width=2048, height=2048)
    make_slide("case-1", file=file)
    row = published_row(1)
    row["image_path"] = {"high_mag": "case-1/rois/200_1.00700y_00800x.jpg"}
    assert [entry[1] for entry in import_rows(tmp_path, [row])] == ["added"]
    roi = Roi.objects.get()
    assert roi.box is not None
    assert (roi.box.x_l0, roi.box.y_l0, roi.box.w_l0) == (800, 700, 400)
    assert media_file(roi.image).is_file()


def test_captions_and_pictures_that_are_here_stay(tmp_path: Path) -> None:
    slide = make_slide("case-1")
    triplet = make_triplet(slide, path_id="path-1", posters=True)
    before = {roi.scale: (roi.caption, roi.image, roi.box) for roi in triplet.rois.all()}
    write_images(tmp_path, published_row(1))
    import_rows(tmp_path, [published_row(1)])
    after = {roi.scale: (roi.caption, roi.image, roi.box) for roi in Roi.objects.all()}
    assert after == before
    assert Item.objects.get().triplet_id == triplet.pk


def test_another_path_for_a_known_field_is_reported_and_the_first_kept(tmp_path: Path) -> None:
    other = published_row(1, question="Another question on the same fields?")
    other["image_path"]["low_mag"] = "case-1/rois/10_9.00001y_00002x.jpg"
    found = import_rows(tmp_path, [published_row(1), other])
    assert [entry[1] for entry in found] == ["added", "added", "warning"]
    assert "the first was kept" in found[2][2]
