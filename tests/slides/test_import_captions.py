"""Taking a captions JSONL in: geometry, pictures, and every way a line can be wrong."""

import json
import os
from collections.abc import Callable
from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from django.core.management import CommandError, call_command

from tests.factories import jpeg_bytes, write_slide
from webapp.core.events import history
from webapp.slides.media import media_file
from webapp.slides.models import Import, ImportEntry, Roi, Slide, Triplet

pytestmark = pytest.mark.django_db

Record: TypeAlias = dict[str, Any]
Outcome = ImportEntry.Outcome

LOW = {"bbox": [0, 0, 1_500, 1_500], "caption": "Broad sheets."}
MID = {"bbox": [400, 400, 400, 400], "caption": "Crowded glands."}
HIGH = {"bbox": [500, 500, 100, 100], "caption": "Round nuclei."}


def a_path(path_id: object = "p1", **changes: Any) -> Record:
    """A good path; a change to `...` takes the field out."""
    record = {
        "path_id": path_id,
        "path_description": "From sheet to gland.",
        "path_summary": "Adenocarcinoma.",
        "low_mag": LOW,
        "mid_mag": MID,
        "high_mag": HIGH,
        **changes,
    }
    return {name: value for name, value in record.items() if value is not ...}


def a_line(*paths: Any, **changes: Any) -> Record:
    record = {"wsi_name": "alpha", "wsi_path": "alpha.tiff", "paths": list(paths or [a_path()])}
    return {name: value for name, value in (record | changes).items() if value is not ...}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_slide(tmp_path / "alpha.tiff")
    return tmp_path


def write(folder: Path, *lines: Record | str | bytes) -> Path:
    path = folder / "captions.jsonl"
    encoded = [
        line if isinstance(line, bytes) else (
            line if isinstance(line, str) else json.dumps(line)
        ).encode()
        for line in lines
    ]  # fmt: skip
    path.write_bytes(b"\n".join(encoded) + b"\n")
    return path


def take_in(folder: Path, *lines: Record | str | bytes) -> Import:
    """Import the lines by the command, whatever comes of it."""
    with suppress(CommandError):
        call_command("import_captions", str(write(folder, *lines)), stdout=StringIO())
    return Import.objects.latest("id")


def outcomes(run: Import) -> list[str]:
    return [str(entry.outcome) for entry in run.entries.all()]


def messages(run: Import, outcome: Outcome = Outcome.REFUSED) -> list[str]:
    return list(run.entries.filter(outcome=outcome).values_list("message", flat=True))


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


def high(**changes: Any) -> Record:
    """A path whose high field is changed."""
    return a_path(high_mag={**HIGH, **changes})


REFUSED_PATHS: dict[str, tuple[Any, str]] = {
    "unknown field": (a_path(notes="x"), "notes is no known field"),
    "unknown field of a scale": (a_path(low_mag={**LOW, "captoin": "x"}), "low_mag.captoin is no"),
    "missing id": (a_path(path_id=...), "path_id is missing"),
    "empty id": (a_path(""), "path_id is empty"),
    "wrong type of id": (a_path(path_id=7), "path_id must be a text"),
    "no object": ("p2", "must be an object"),
    "no field": (a_path(low_mag=None, mid_mag=None, high_mag=None), "has none of low_mag"),
    "caption of a wrong type": (high(caption=3), "high_mag.caption must be"),
    "10 MB caption": (
        high(caption="x" * 10_000_000),
        "high_mag.caption has 10,000,000 characters",
    ),
    "control character": (a_path(path_summary="a\x00b"), "path_summary holds the control"),
    "direction override": (
        high(caption="a\u202eb"),
        "high_mag.caption holds the control character U+202E",
    ),
    "lone surrogate": (a_path(path_description="a\ud800"), "path_description holds"),
    "box of three": (high(bbox=[1, 2, 3]), "high_mag.bbox has 3 members"),
    "box of fractions": (high(bbox=[1, 2, 3, 4.5]), "bbox[3] must be a whole"),
    "box of texts": (high(bbox=["1", 2, 3, 4]), "bbox[0] must be a whole"),
    "box of truths": (high(bbox=[True, 2, 3, 4]), "bbox[0] must be a whole"),
    "box without area": (high(bbox=[1, 2, 0, 4]), "has no area"),
    "huge numbers": (high(bbox=[10**30, 2, 3, 4]), "high_mag.bbox[0] must be"),
    "off the slide": (high(bbox=[9_000, 0, 100, 100]), "100% off the slide"),
    "mostly off the slide": (
        a_path(low_mag={**LOW, "bbox": [1_500, 900, 2_000, 2_000]}),
        "off the slide of 2048 x 1536 px",
    ),
    "two places": (high(centre=[1, 2]), "gives bbox and centre"),
    "no place": (a_path(high_mag={"caption": "x"}), "has no place"),
    "climbing image": (
        a_path(high_mag={"image_path": "../../etc/passwd"}),
        "climbs out of its folder",
    ),
    "absolute image": (a_path(high_mag={"image_path": "/etc/passwd"}), "is absolute"),
    "image from the web": (a_path(high_mag={"image_path": "http://x/a.jpg"}), "is a web address"),
    "image that is not there": (a_path(high_mag={"image_path": "no.jpg"}), "no.jpg does not exist"),
    "image of another scale": (
        a_path(high_mag={"image_path": "1/rois/10_1.2y_3x.jpg"}),
        "is named 10x but stands under high_mag",
    ),
    "text as image": (a_path(low_mag={"image_path": "captions.jsonl"}), "is no whole JPEG"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED_PATHS)
def test_a_bad_path_is_refused_and_the_others_come_in(case: str, folder: Path) -> None:
    bad, reason = REFUSED_PATHS[case]
    if case == "text as image":
        bad = {**bad, "mid_mag": None, "high_mag": None}
        take_in(folder, a_line(a_path("p0"), wsi_name="far", wsi_path=...))
        run = take_in(folder, a_line(bad, a_path("p9"), wsi_name="far", wsi_path=...))
    else:
        run = take_in(folder, a_line(bad, a_path("p9")))
    assert messages(run)[0].startswith("captions.jsonl, line 1, paths[0]")
    assert reason in messages(run)[0]
    assert Triplet.objects.filter(path_id="p9").count() == 1
    assert not Triplet.objects.filter(path_id="p1").exists()


REFUSED_LINES: dict[str, tuple[Any, str]] = {
    "broken": ('{"wsi_name": "beta", "paths": [', "is not JSON"),
    "no object": ("[1, 2]", "must hold an object"),
    "not UTF-8": (b'{"wsi_name": "\xff"}', "is not UTF-8 at byte 15"),
    "named twice": ('{"wsi_name": "a", "wsi_name": "b", "paths": []}', "names 'wsi_name' twice"),
    "no number": ('{"wsi_name": "a", "mpp": NaN, "paths": [1]}', "holds NaN"),
    "too deep": ("[" * 200_000, "is nested too deeply"),
    "deep in a path": (
        f'{{"wsi_name": "a", "paths": [{"[" * 700}{"]" * 700}]}}',
        "is nested too deeply",
    ),
    "an endless number": (
        f'{{"wsi_name": "a", "mpp": {"9" * 5_000}, "paths": [1]}}',
        "holds a number of 5,000 digits",
    ),
    "infinite": ('{"wsi_name": "a", "mpp": 1e999, "paths": [1]}', "mpp is inf um/px"),
    "a name that is no text": ('{"\\ud800": 1, "wsi_name": "a", "paths": [1]}', "lone surrogates"),
    "unknown field": (a_line(scanner="x"), "scanner is no known field"),
    "no paths": (a_line(paths=[]), "paths has 0 members"),
    "paths of a wrong type": (a_line(paths={}), "paths must be a list"),
    "no name": (a_line(wsi_name=...), "wsi_name is missing"),
    "resolution as text": (a_line(mpp="0.5"), "mpp must be a number"),
    "impossible resolution": (a_line(mpp=500), "mpp is 500 um/px"),
    "climbing slide": (a_line(wsi_path="../alpha.tiff"), "wsi_path"),
    "control character in the organ": (a_line(organ="a\x07"), "organ holds the control character"),
}


@pytest.mark.parametrize("case", REFUSED_LINES)
def test_a_bad_line_is_refused_and_the_others_come_in(case: str, folder: Path) -> None:
    bad, reason = REFUSED_LINES[case]
    run = take_in(folder, bad, a_line(a_path("p9")))
    assert messages(run)[0].startswith("captions.jsonl, line 1: ")
    assert reason in messages(run)[0]
    assert Triplet.objects.get().path_id == "p9"


def test_a_path_id_given_twice_is_refused_the_second_time(folder: Path) -> None:
    twin = a_path("p1", path_summary="Another.")
    run = take_in(folder, a_line(a_path("p1"), twin), a_line(twin))
    assert Triplet.objects.get().summary == "Adenocarcinoma."
    assert [message.split(": ")[0] for message in messages(run)] == [
        "captions.jsonl, line 1, paths[1]",
        "captions.jsonl, line 2, paths[0]",
    ]
    assert "is given already at captions.jsonl, line 1, paths[0]" in messages(run)[1]


def test_a_link_out_of_the_folder_is_not_followed(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    secret = tmp_path_factory.mktemp("secret") / "a.jpg"
    secret.write_bytes(jpeg_bytes())
    (folder / "link.jpg").symlink_to(secret)
    field = {"image_path": "link.jpg"}
    run = take_in(folder, a_line(a_path(low_mag=field, mid_mag=None, high_mag=None), wsi_path=...))
    assert "leads out of its folder by a link" in messages(run)[0]
    assert not Roi.objects.exists()


def test_a_broken_slide_refuses_its_paths_and_no_others(folder: Path) -> None:
    (folder / "beta.svs").write_text("not a slide")
    bad = a_line(a_path("p1"), wsi_name="beta", wsi_path="beta.svs")
    run = take_in(folder, bad, a_line(a_path("p9")))
    assert "captions.jsonl, line 1: beta.svs" in messages(run)[0]
    assert "there is no slide named beta" in messages(run)[1]
    assert Triplet.objects.get().path_id == "p9"


def test_html_is_kept_as_text(folder: Path) -> None:
    text = "<script>alert('x')</script> & <b>bold</b>"
    take_in(folder, a_line(a_path(path_summary=text)))
    assert Triplet.objects.get().summary == text


def test_blank_lines_and_a_byte_order_mark_are_no_fault(folder: Path) -> None:
    marked = b"\xef\xbb\xbf" + json.dumps(a_line()).encode()
    assert outcomes(take_in(folder, marked, "", "   ")) == ["added", "added"]


def missing_file(folder: Path) -> Path:
    return folder / "nowhere.jsonl"


def no_text(folder: Path) -> Path:
    path = folder / "picture.jsonl"
    path.write_bytes(b"\x89PNG\r\n\0\0\0")
    return path


def a_pipe(folder: Path) -> Path:
    path = folder / "pipe.jsonl"
    os.mkfifo(path)
    return path


def a_folder(folder: Path) -> Path:
    path = folder / "folder.jsonl"
    path.mkdir()
    return path


def no_lines(folder: Path) -> Path:
    path = folder / "empty.jsonl"
    path.touch()
    return path


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (missing_file, "There is no file"),
        (no_text, "is no text"),
        (no_lines, "holds no line"),
        (a_pipe, "no regular file"),
        (a_folder, "Is a directory"),
    ],
)
def test_a_file_that_is_none_fails_the_import(
    make: Callable[[Path], Path], reason: str, tmp_path: Path
) -> None:
    path = make(tmp_path)
    with pytest.raises(CommandError) as failure:
        call_command("import_captions", str(path), stdout=StringIO())
    assert reason in str(failure.value)
    assert path.name in str(failure.value)
    assert Import.objects.get().state == "failed"
