"""Taking a captions JSONL in: geometry, pictures, and what a second file changes."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from PIL import Image

from tests.factories import jpeg_bytes, write_slide
from tests.slides.caption_files import (
    HIGH,
    MID,
    Outcome,
    a_line,
    a_path,
    messages,
    outcomes,
    take_in,
)
from webapp.core.events import history
from webapp.slides.media import media_file, preview_name
from webapp.slides.models import Import, Roi, Slide, Triplet

pytestmark = pytest.mark.django_db


def test_a_line_brings_its_slide_and_triplets(folder: Path) -> None:
    line = a_line(a_path("p1"), a_path("p2"), organ="colon", patient="P-1", stain="IHC")
    assert outcomes(take_in(folder, line)) == ["added", "added", "added"]
    slide = Slide.objects.get()
    assert (slide.organ, slide.patient.key, slide.stain) == ("colon", "P-1", "IHC")
    triplet = Triplet.objects.get(path_id="p1")
    assert (triplet.description, triplet.summary) == ("From sheet to gland.", "Adenocarcinoma.")
    roi = triplet.rois.get(scale="mid")
    assert (roi.x_l0, roi.y_l0, roi.w_l0, roi.h_l0) == (400, 400, 400, 400)
    assert roi.caption == "Crowded glands."


def test_each_field_gets_a_picture_once(folder: Path) -> None:
    take_in(folder, a_line())
    low = Roi.objects.get(scale="low")
    assert (low.image_width, low.image_height) == (1_024, 1_024)
    with Image.open(media_file(preview_name(low.image))) as preview:
        assert preview.size == (512, 512)
    assert low.mpp == pytest.approx(1_500 * 0.5 / 1_024)
    high = Roi.objects.get(scale="high")
    assert (high.image_width, high.mpp) == (100, 0.5)
    place = f"rois/{high.triplet.slide_id}/{high.triplet_id}/high-{high.checksum[:12]}.jpg"
    assert high.image == place
    assert media_file(place).is_file()


def test_the_same_file_again_changes_nothing(folder: Path) -> None:
    take_in(folder, a_line())
    before = list(Roi.objects.values())
    events = len(history(Triplet.objects.get()))
    assert outcomes(take_in(folder, a_line())) == ["unchanged", "unchanged"]
    assert list(Roi.objects.values()) == before
    assert len(history(Triplet.objects.get())) == events


def test_a_changed_caption_is_updated_with_its_history(folder: Path) -> None:
    take_in(folder, a_line())
    changed = a_path(mid_mag={**MID, "caption": "Scattered glands."})
    assert outcomes(take_in(folder, a_line(changed))) == ["unchanged", "updated"]
    assert Roi.objects.get(scale="mid").caption == "Scattered glands."
    event: Any = history(Triplet.objects.get())[0]
    assert event.verb == "update_triplet"
    assert event.before["fields"]["mid"]["caption"] == "Crowded glands."
    assert event.after["fields"]["mid"]["caption"] == "Scattered glands."


def test_a_moved_field_gets_a_new_picture(folder: Path) -> None:
    take_in(folder, a_line())
    before = Roi.objects.get(scale="mid").checksum
    take_in(folder, a_line(a_path(mid_mag={**MID, "bbox": [450, 450, 400, 400]})))
    after = Roi.objects.get(scale="mid")
    assert (after.x_l0, after.checksum != before) == (450, True)


@pytest.mark.parametrize("missing", [None, ...])
def test_a_missing_scale_stays_missing(missing: object, folder: Path) -> None:
    run = take_in(folder, a_line(a_path(high_mag=missing)))
    triplet = Triplet.objects.get()
    assert [scale.label for scale in triplet.missing_scales()] == ["200x"]
    assert messages(run, Outcome.ADDED)[-1] == "no 200x field"


def test_a_scale_that_a_later_file_lacks_is_kept_and_reported(folder: Path) -> None:
    take_in(folder, a_line())
    run = take_in(folder, a_line(a_path(high_mag=None)))
    assert Roi.objects.count() == 3
    assert "high_mag is missing in the file" in messages(run, Outcome.WARNING)[0]


def test_a_field_by_its_centre(folder: Path) -> None:
    # 40 mm / 200 = 200 um, 400 px at 0.5 um/px
    take_in(folder, a_line(a_path(high_mag={"centre": [1_000, 800], "caption": "Nuclei."})))
    roi = Roi.objects.get(scale="high")
    assert (roi.x_l0, roi.y_l0, roi.w_l0, roi.h_l0) == (800, 600, 400, 400)


def test_a_field_by_its_published_file_name(folder: Path) -> None:
    name = "1/rois/200_4.300y_700x.jpg"
    take_in(folder, a_line(a_path(high_mag={"image_path": name, "caption": "Nuclei."})))
    roi = Roi.objects.get(scale="high")
    assert (roi.x_l0, roi.y_l0, roi.w_l0, roi.source_path) == (700, 300, 400, name)
    assert roi.image


def test_a_field_by_its_image_alone(folder: Path) -> None:
    (folder / "rois").mkdir()
    content = jpeg_bytes(80, 60)
    (folder / "rois" / "a.jpg").write_bytes(content)
    field = {"image_path": "rois/a.jpg", "caption": "Nuclei."}
    line = a_line(a_path(low_mag=None, mid_mag=None, high_mag=field), wsi_path=..., wsi_name="far")
    take_in(folder, line)
    roi = Roi.objects.get()
    assert (roi.box, roi.image_width, roi.image_height) == (None, 80, 60)
    assert media_file(roi.image).read_bytes() == content


def test_a_box_without_a_slide_file_is_kept_without_a_picture(folder: Path) -> None:
    run = take_in(folder, a_line(wsi_path=...))
    assert Roi.objects.filter(image="").count() == 3
    assert "has no picture" in messages(run, Outcome.WARNING)[0]
    assert not Slide.objects.get().has_file


def test_the_stated_resolution_counts_as_given_by_a_person(tmp_path: Path) -> None:
    write_slide(tmp_path / "alpha.tiff", mpp=None)
    take_in(tmp_path, a_line(mpp=0.25))
    slide = Slide.objects.get()
    assert (slide.mpp, slide.mpp_source) == (0.25, "person")


def test_a_slide_without_resolution_is_refused_with_its_paths(tmp_path: Path) -> None:
    write_slide(tmp_path / "alpha.tiff", mpp=None)
    run = take_in(tmp_path, a_line())
    assert outcomes(run) == ["refused", "refused"]
    assert "does not say its resolution" in messages(run)[0]
    assert not Triplet.objects.exists()


def test_a_slide_that_is_here_needs_no_file_beside_the_captions(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    take_in(folder, a_line())
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    assert outcomes(take_in(elsewhere, a_line(a_path("p2")))) == ["unchanged", "added"]


def test_a_field_that_leaves_its_parent_is_reported_with_numbers(folder: Path) -> None:
    run = take_in(folder, a_line(a_path(high_mag={**HIGH, "bbox": [760, 500, 100, 100]})))
    assert outcomes(run) == ["added", "added", "warning"]
    assert "it reaches 60 px past its right edge" in messages(run, Outcome.WARNING)[0]
    assert Roi.objects.count() == 3


def test_real_captions_come_in(shared_data: Path) -> None:
    call_command("import_captions", str(shared_data / "captions.jsonl"), stdout=StringIO())
    run = Import.objects.get()
    assert outcomes(run).count("added") == 7
    assert Triplet.objects.count() == 5
    assert Roi.objects.exclude(image="").count() == 14
    assert [t.path_id for t in Triplet.objects.all() if t.missing_scales()] == ["tcga-missing-high"]
