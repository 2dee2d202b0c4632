"""Every way a captions file, a line or a path can be wrong: refused by file and line, the rest
comes in.
"""

import json
import os
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.factories import jpeg_bytes
from tests.slides.caption_files import (
    HIGH,
    LOW,
    Record,
    a_line,
    a_path,
    messages,
    outcomes,
    take_in,
)
from webapp.slides.models import Import, Roi, Triplet

pytestmark = pytest.mark.django_db


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


def test_a_link_in_a_circle_is_refused(folder: Path) -> None:
    (folder / "ring.tiff").symlink_to("ring.tiff")
    bad = a_line(wsi_name="beta", wsi_path="ring.tiff")
    run = take_in(folder, bad, a_line(a_path("p9")))
    assert "captions.jsonl, line 1, wsi_path: 'ring.tiff' is a link that leads" in messages(run)[0]
    assert Triplet.objects.get().path_id == "p9"


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
