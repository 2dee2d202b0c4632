"""Taking slide files in, by command and by action."""

import os
import shutil
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from tests.factories import make_patient, make_slide, make_triplet, make_user, write_slide
from tests.slides.broken_files import BROKEN, a_folder
from webapp.accounts.models import User
from webapp.accounts.roles import Role
from webapp.core.errors import BadInput, Conflict, NotAllowed
from webapp.core.events import history
from webapp.slides.actions.outcomes import Outcome
from webapp.slides.actions.slides import Details, import_slide
from webapp.slides.models import Import, Roi, Slide

pytestmark = pytest.mark.django_db


def run(*paths: Path, **options: Any) -> str:
    out = StringIO()
    call_command("import_slides", *map(str, paths), stdout=out, **options)
    return out.getvalue()


def test_a_slide_is_taken_in_with_its_metadata(slide_file: Path, curator: User) -> None:
    result = import_slide(slide_file, Details(organ="skin", patient="P-1"), by=curator)
    assert result.outcome == Outcome.ADDED
    slide = Slide.objects.get()
    assert (slide.name, slide.organ, slide.patient.key) == ("alpha", "skin", "P-1")
    assert (slide.width, slide.height, slide.levels[-1]) == (2_048, 1_536, [512, 384])
    assert slide.mpp == pytest.approx(0.5)
    assert slide.mpp_source == "file"
    assert slide.file == slide_file
    assert len(str(slide.checksum)) == 64


def test_the_patient_is_the_slide_where_nobody_said(slide_file: Path, curator: User) -> None:
    import_slide(slide_file, by=curator)
    assert Slide.objects.get().patient.key == "alpha"


def test_an_import_is_in_the_history(slide_file: Path, curator: User) -> None:
    import_slide(slide_file, by=curator)
    entry: Any = history(Slide.objects.get())[0]
    assert (entry.verb, entry.actor_name) == ("import_slide", curator.username)


def test_the_same_content_again_changes_nothing(slide_file: Path, curator: User) -> None:
    import_slide(slide_file, by=curator)
    copy = shutil.copy(slide_file, slide_file.with_name("beta.tiff"))
    for path in (slide_file, Path(copy)):
        assert import_slide(path, by=curator).outcome == Outcome.UNCHANGED
    assert Slide.objects.count() == 1
    assert len(history(Slide.objects.get())) == 1


def test_new_details_of_a_known_slide_are_updated(slide_file: Path, curator: User) -> None:
    import_slide(slide_file, Details(organ="skin"), by=curator)
    result = import_slide(slide_file, Details(organ="colon", patient="P-2"), by=curator)
    assert result.outcome == Outcome.UPDATED
    event: Any = history(Slide.objects.get())[0]
    assert (event.before["organ"], event.after["organ"]) == ("skin", "colon")


def test_a_known_slide_that_was_moved_is_found_again(slide_file: Path, curator: User) -> None:
    import_slide(slide_file, by=curator)
    moved = slide_file.rename(slide_file.with_name("moved.tiff"))
    assert import_slide(moved, by=curator).outcome == Outcome.UPDATED
    assert Slide.objects.get().file == moved


def test_another_content_under_a_taken_name_is_refused(slide_file: Path, curator: User) -> None:
    import_slide(slide_file, by=curator)
    other = write_slide(slide_file.parent / "elsewhere" / "alpha.tiff", seed=9)
    with pytest.raises(Conflict, match="alpha is here with another content"):
        import_slide(other, by=curator)
    assert Slide.objects.count() == 1


def test_a_slide_without_resolution_needs_a_person(
    scanned_without_mpp: Path, curator: User
) -> None:
    with pytest.raises(BadInput, match=r"silent\.tiff does not say its resolution"):
        import_slide(scanned_without_mpp, by=curator)
    assert not Slide.objects.exists()
    import_slide(scanned_without_mpp, Details(mpp=0.25), by=curator)
    slide = Slide.objects.get()
    assert (slide.mpp, slide.mpp_source) == (0.25, "person")


def test_the_files_own_resolution_wins_with_a_warning(slide_file: Path, curator: User) -> None:
    result = import_slide(slide_file, Details(mpp=0.25), by=curator)
    assert "says 0.5 um/px and you gave 0.25" in result.warnings[0]
    assert Slide.objects.get().mpp == pytest.approx(0.5)


def test_two_people_must_agree_on_a_resolution(scanned_without_mpp: Path, curator: User) -> None:
    import_slide(scanned_without_mpp, Details(mpp=0.25), by=curator)
    with pytest.raises(Conflict, match=r"you gave 0\.5"):
        import_slide(scanned_without_mpp, Details(mpp=0.5), by=curator)


@pytest.mark.parametrize("mpp", [0.0, -1.0, 500.0, float("nan"), float("inf")])
def test_an_impossible_resolution_is_refused(mpp: float, slide_file: Path, curator: User) -> None:
    with pytest.raises(BadInput, match="mpp"):
        import_slide(slide_file, Details(mpp=mpp), by=curator)


@pytest.mark.parametrize(
    "details",
    [
        Details(organ="a\0b"),
        Details(patient="p" * 300),
        Details(stain="s" * 101),
        Details(stain="\udcff"),
    ],
)
def test_unusable_details_are_refused(details: Details, slide_file: Path, curator: User) -> None:
    with pytest.raises(BadInput, match=r"alpha: (organ|patient|stain)"):
        import_slide(slide_file, details, by=curator)


def test_an_uploaded_slide_moves_below_the_media_folder(slide_file: Path, curator: User) -> None:
    import_slide(slide_file, by=curator, uploaded=True)
    slide = Slide.objects.get()
    assert not Path(slide.path).is_absolute()
    assert slide.file.is_relative_to(settings.MEDIA_ROOT)
    assert slide.file.read_bytes() == slide_file.read_bytes()


def test_a_slide_known_by_name_gets_its_file_and_pictures(slide_file: Path, curator: User) -> None:
    named = make_slide("alpha", patient=make_patient("P-7"))
    triplet = make_triplet(named, scales=())
    box = {"x_l0": 500, "y_l0": 500, "w_l0": 400, "h_l0": 400}
    Roi.objects.create(triplet=triplet, scale="mid", caption="Glands.", **box)
    Roi.objects.create(triplet=triplet, scale="high", source_path="1/rois/200_1.600y_600x.jpg")
    run(slide_file)
    slide = Slide.objects.get()
    assert (slide.pk, slide.patient.key, slide.has_file) == (named.pk, "P-7", True)
    mid, high = triplet.rois.get(scale="mid"), triplet.rois.get(scale="high")
    assert mid.image
    assert mid.caption == "Glands."
    assert (high.x_l0, high.w_l0, bool(high.image)) == (600, 400, True)


def test_only_curators_import(slide_file: Path, pathologist: User) -> None:
    for person in (pathologist, make_user()):
        with pytest.raises(NotAllowed):
            import_slide(slide_file, by=person)


@pytest.mark.parametrize(
    ("make", "reason"),
    [*BROKEN, (a_folder, "is a folder")],
    ids=lambda v: getattr(v, "__name__", ""),
)
def test_a_broken_file_leaves_nothing_behind(
    make: Any, reason: str, tmp_path: Path, curator: User
) -> None:
    path = make(tmp_path)
    with pytest.raises(BadInput) as refusal:
        import_slide(path, Details(mpp=0.5), by=curator, uploaded=True)
    assert path.name in str(refusal.value)
    assert reason in str(refusal.value)
    assert not Slide.objects.exists()


def test_the_command_takes_the_good_and_names_the_bad(tmp_path: Path, slide_file: Path) -> None:
    broken = [make(tmp_path) for make, _reason in BROKEN]
    out = run(*broken, slide_file, mpp=0.5)
    assert [slide.name for slide in Slide.objects.all()] == ["alpha"]
    for path in broken:
        assert any("Refused" in line and path.name in line for line in out.splitlines())
    assert f"1 added, {len(broken)} refused" in out


@pytest.mark.parametrize("option", ["organ", "stain", "patient"])
def test_an_option_that_is_no_text_is_refused_before_anything_is_written(
    option: str, slide_file: Path
) -> None:
    with pytest.raises(CommandError, match=rf"The {option} holds the control character U\+DCFF"):
        run(slide_file, **{option: "\udcff"})
    assert not Import.objects.exists()


def test_the_command_searches_folders(tmp_path: Path) -> None:
    write_slide(tmp_path / "a" / "one.tiff", seed=1)
    write_slide(tmp_path / "b" / "two.tiff", seed=2)
    (tmp_path / "b" / "readme.txt").write_text("not looked at")
    run(tmp_path)
    assert [slide.name for slide in Slide.objects.all()] == ["one", "two"]


def test_the_command_says_when_a_folder_holds_no_slide(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There is no slide file"):
        run(tmp_path)


def test_the_command_fails_when_nothing_came_in(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="Nothing was imported"):
        run(tmp_path / "missing.svs")


def test_a_name_that_no_disk_can_hold_is_refused_among_others(
    tmp_path: Path, slide_file: Path
) -> None:
    out = run(tmp_path / f"{'n' * 300}.svs", slide_file)
    assert "1 added, 1 refused" in out
    assert "shorten it to 200" in out


def test_the_command_acts_as_the_person_named(slide_file: Path) -> None:
    make_user(Role.CURATOR, "dana")
    run(slide_file, username="dana")
    assert Import.objects.get().created_by.username == "dana"
    with pytest.raises(CommandError, match="Nobody is called 'erin'"):
        run(slide_file, username="erin")
    with pytest.raises(CommandError, match="Nobody is called"):
        run(slide_file, username="\udcff")


def test_the_command_refuses_people_without_the_permission(slide_file: Path) -> None:
    make_user(Role.PATHOLOGIST, "pat")
    with pytest.raises(CommandError, match="lacks the permission"):
        run(slide_file, username="pat")


def test_a_name_that_cannot_be_kept_is_refused(tmp_path: Path, curator: User) -> None:
    path = write_slide(tmp_path / "a\nb.tiff")
    with pytest.raises(BadInput, match="no usable name"):
        import_slide(path, by=curator)


@pytest.mark.parametrize("typed", ["nan", "0", "900", "half"])
def test_the_command_refuses_an_impossible_resolution(typed: str, slide_file: Path) -> None:
    with pytest.raises(CommandError, match="is no um per pixel"):
        call_command("import_slides", str(slide_file), f"--mpp={typed}")


def test_no_control_character_of_a_name_reaches_the_terminal(
    tmp_path: Path, slide_file: Path
) -> None:
    for name in ("a\x1b[31m.tiff", "b\nRefused.tiff", "c\u202etxt.tiff"):
        shutil.copy(slide_file, tmp_path / name)
    out = run(tmp_path)
    assert "1 added, 3 refused" in out
    assert not {"\x1b", "\u202e"} & set(out)
    assert "b?Refused.tiff" in out


def test_a_file_name_that_is_no_text_is_refused_among_others(
    tmp_path: Path, slide_file: Path
) -> None:
    odd = tmp_path / os.fsdecode(b"\xff.tiff")
    odd.write_bytes(slide_file.read_bytes())
    out = run(tmp_path)
    assert "1 added, 1 refused" in out
    with pytest.raises(CommandError, match="is no plain text"):
        run(odd)


@pytest.mark.parametrize("folder", [os.fsdecode(b"\xff"), "/".join(["long" * 50] * 6)])
def test_a_folder_whose_name_cannot_be_kept_does_not_stop_the_others(
    tmp_path: Path, slide_file: Path, folder: str
) -> None:
    odd = tmp_path / "all" / folder / "odd.tiff"
    odd.parent.mkdir(parents=True)
    odd.write_bytes(slide_file.read_bytes())
    (tmp_path / "all" / "plain.tiff").write_bytes(slide_file.read_bytes())
    out = run(tmp_path / "all")
    assert "1 added, 1 refused" in out
    assert Slide.objects.get().name == "plain"
