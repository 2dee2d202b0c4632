"""The folder: the same bytes every time, whole or not there."""

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from pytest_django import DjangoAssertNumQueries, Settings

from tests.factories import make_item, make_slide, make_triplet
from tests.items.importing import import_rows
from tests.items.published_files import published_row
from tests.releases.approved import make_approved_items, make_release
from training.contract.manifest import verify_manifest
from training.contract.rows import parse_rows, roi_from_file_name
from webapp.accounts.models import User
from webapp.core.queue import Job, app
from webapp.items.actions import revise_item
from webapp.items.models import Item
from webapp.items.states import ItemState
from webapp.releases import actions
from webapp.releases.actions import build_release, retry_release
from webapp.releases.models import Release
from webapp.releases.states import ReleaseState
from webapp.releases.writer import archive_of, content_of, write_release
from webapp.slides.geometry import Scale
from webapp.slides.models import Roi

pytestmark = pytest.mark.django_db


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def rows_of(folder: Path) -> list[dict[str, Any]]:
    return [
        row
        for split in ("train", "val", "test")
        for row in json.loads((folder / f"{split}.json").read_text())
    ]


def test_building_twice_gives_the_same_bytes_and_the_same_zip(
    admin: User, folders: Path, tmp_path: Path
) -> None:
    make_approved_items(5, 2)
    release = make_release(admin)
    other = tmp_path / "another home" / "releases"
    media = tmp_path / "another home" / "media"
    Path(settings.MEDIA_ROOT).rename(tmp_path / "moved")
    media.parent.mkdir()
    (tmp_path / "moved").rename(media)
    again = write_release(
        content_of(release), root=other, media=media, token="x", progress=lambda done, total: None
    )
    again.publish()
    assert again.manifest_sha256 == release.manifest_sha256
    assert bytes_of(other / "r1") == bytes_of(folders / "r1")
    zips = [b"".join(archive_of(root / "r1").read()) for root in (folders, other)]
    assert zips[0] == zips[1]


def test_the_manifest_lists_every_file_and_every_row(admin: User, folders: Path) -> None:
    items = make_approved_items(3, 2)
    release = make_release(admin)
    folder = folders / "r1"
    manifest = json.loads((folder / "MANIFEST.json").read_text())
    assert verify_manifest(folder) == ()
    assert sha256((folder / "MANIFEST.json").read_bytes()).hexdigest() == release.manifest_sha256
    told = manifest["release"]["rows"]
    assert {row["item"] for row in told} == {item.pk for item in items}
    assert {row["patient"] for row in told} == {"P0001", "P0002", "P0003"}
    assert told[0]["generator"] == {"generator": "factory"}


def test_nothing_inside_tells_when_where_or_for_whom(admin: User, folders: Path) -> None:
    make_approved_items(2, 1)
    release = make_release(admin)
    patients = {one.facts["patient"] for one in release.members.all()}
    everything = b"\n".join(bytes_of(folders / "r1").values()).decode("utf-8", "replace")
    assert str(folders.parent) not in everything
    assert str(release.created_at.year) + "-" not in everything
    assert not [patient for patient in patients if patient in everything]


def test_rows_are_published_rows_with_the_letters_of_the_release(
    admin: User, folders: Path
) -> None:
    make_approved_items(4, 2)
    release = make_release(admin)
    folder = folders / "r1"
    rows, errors = parse_rows(rows_of(folder), file="release")
    assert not errors
    assert sorted(row.number or 0 for row in rows) == list(range(1, 9))
    members = {one.number: one for one in release.members.select_related("revision")}
    for row in rows:
        member = members[row.number or 0]
        texts = {option["id"]: option["text"] for option in member.revision.options}
        assert row.options[row.answer] == texts[member.revision.key]
        assert f"option {row.answer}" in (row.rationale or "")
        assert "{{" not in (row.rationale or "")


def test_images_lie_where_the_rows_say_under_published_names(admin: User, folders: Path) -> None:
    (item,) = make_approved_items(1, 1)
    make_release(admin)
    (row,) = rows_of(folders / "r1")
    for scale in Scale:
        path = row["image_path"][scale.published_key]
        roi = item.triplet.rois.get(scale=scale)
        assert sha256((folders / "r1" / path).read_bytes()).hexdigest() == roi.checksum
        assert path.startswith("images/slide-00/rois/")
        name = roi_from_file_name(path)
        assert name is not None
        assert (name.magnification, name.x_l0, name.y_l0) == (
            scale.magnification,
            roi.x_l0,
            roi.y_l0,
        )


def test_a_missing_scale_is_null(admin: User, folders: Path) -> None:
    make_approved_items(1, 1, scales=(Scale.LOW, Scale.MID))
    make_release(admin)
    (row,) = rows_of(folders / "r1")
    assert row["image_path"]["high_mag"] is None
    assert row["image_path"]["low_mag"]


def test_an_image_known_by_reference_only_is_null_and_named_in_the_manifest(
    admin: User, folders: Path
) -> None:
    make_approved_items(1, 1, posters=False)
    Roi.objects.filter(scale="low").update(source_path="X/rois/10_1.5y_6x.jpg")
    make_release(admin)
    (row,) = rows_of(folders / "r1")
    manifest = json.loads((folders / "r1" / "MANIFEST.json").read_text())
    assert set(row["image_path"].values()) == {None}
    assert manifest["release"]["rows"][0]["image_references"] == {
        "low_mag": "X/rois/10_1.5y_6x.jpg"
    }


def test_slides_whose_names_become_one_keep_their_own_images(admin: User, folders: Path) -> None:
    for name in ("a b", "a/b", "A-b"):
        place = make_triplet(make_slide(name), path_id="same", posters=True)
        make_item(place, state=ItemState.APPROVED)
    make_release(admin)
    for row in rows_of(folders / "r1"):
        item = Item.objects.get(triplet__slide__name=row["extra_info"]["wsi_name"])
        for roi in item.triplet.rois.all():
            path = row["image_path"][f"{roi.scale}_mag"]
            assert sha256((folders / "r1" / path).read_bytes()).hexdigest() == roi.checksum


def test_a_build_that_was_killed_is_cleaned_and_done_again(admin: User, folders: Path) -> None:
    make_approved_items(3, 1)
    release = make_release(admin, build=False)
    leftover = folders / "r1.tmp-dead"
    leftover.mkdir(parents=True)
    (leftover / "train.json").write_text("half")
    Release.claim(release.pk)
    Release.objects.filter(pk=release.pk).update(
        state=ReleaseState.BUILDING, claimed_until="2020-01-01T00:00:00Z"
    )
    build_release(release.pk)
    release.refresh_from_db()
    assert release.state == ReleaseState.READY
    assert sorted(path.name for path in folders.iterdir()) == ["r1", "r1.crc32.json"]


def test_a_build_killed_between_rename_and_record_is_done_again(admin: User, folders: Path) -> None:
    make_approved_items(3, 1)
    release = make_release(admin, build=False)
    (folders / "r1").mkdir(parents=True)
    (folders / "r1" / "stray.txt").write_text("of the dead build")
    build_release(release.pk)
    assert verify_manifest(folders / "r1") == ()


def test_a_release_that_somebody_builds_is_left_to_them(admin: User, folders: Path) -> None:
    make_approved_items(2, 1)
    release = make_release(admin, build=False)
    Release.claim(release.pk)
    build_release(release.pk)
    release.refresh_from_db()
    assert release.state == ReleaseState.QUEUED
    assert not folders.exists()


def test_a_build_that_lost_its_claim_leaves_nothing_behind(
    admin: User, folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_approved_items(2, 1)
    release = make_release(admin, build=False)

    def steal(*_: object) -> bool:
        Release.objects.filter(pk=release.pk).update(claim_token=uuid4())
        return False

    monkeypatch.setattr(Release, "renew_claim", steal)
    build_release(release.pk)
    release.refresh_from_db()
    assert release.state == ReleaseState.BUILDING
    assert list(folders.iterdir()) == []


def test_a_build_whose_files_its_successor_removed_fails_nothing(
    admin: User, folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_approved_items(2, 1)
    release = make_release(admin, build=False)

    def taken_over(*_: object, **__: object) -> None:
        Release.objects.filter(pk=release.pk).update(claim_token=uuid4())
        raise FileNotFoundError("train.json")

    monkeypatch.setattr(actions, "write_release", taken_over)
    build_release(release.pk)
    release.refresh_from_db()
    assert (release.state, release.error) == (ReleaseState.BUILDING, "")


def test_a_revised_import_keeps_the_fields_that_only_its_row_knew(
    admin: User, folders: Path, tmp_path: Path
) -> None:
    row = published_row(2, reviewer_note=["kept"], rationale=None)
    row["extra_info"]["site"] = "Ω-clinic"
    import_rows(tmp_path, [row])
    Item.objects.update(state=ItemState.READY)
    item = Item.objects.get()
    mcq = replace(item.current.mcq(), stem="Which findings belong together?")
    revise_item(item, mcq, parent_number=1, by=admin)
    Item.objects.update(state=ItemState.APPROVED)
    make_release(admin)
    (released,) = rows_of(folders / "r1")
    assert released["question"] == "Which findings belong together?"
    assert (released["reviewer_note"], released["rationale"]) == (["kept"], None)
    assert released["extra_info"]["site"] == "Ω-clinic"
    manifest = json.loads((folders / "r1" / "MANIFEST.json").read_text())
    assert manifest["release"]["rows"][0]["generator"] == {"generator": "person", "revised_from": 1}


def test_the_rows_of_a_release_cost_two_queries(
    admin: User, folders: Path, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_approved_items(3, 2)
    release = make_release(admin, build=False)
    with django_assert_num_queries(2):
        assert len(content_of(release).rows) == 6


def test_a_missing_poster_fails_the_build_by_name_and_leaves_nothing(
    admin: User, folders: Path
) -> None:
    items = make_approved_items(3, 1)
    roi = items[1].triplet.rois.get(scale="mid")
    poster = Path(settings.MEDIA_ROOT) / roi.image
    content = poster.read_bytes()
    poster.unlink()
    release = make_release(admin)
    assert release.state == ReleaseState.FAILED
    assert roi.image in release.error
    assert "40x of item" in release.error
    assert list(folders.iterdir()) == []

    poster.write_bytes(content)
    retry_release(release, by=admin)
    build_release(release.pk)
    release.refresh_from_db()
    assert (release.state, release.error) == (ReleaseState.READY, "")


def test_a_changed_poster_fails_the_build_by_name(admin: User, folders: Path) -> None:
    (item,) = make_approved_items(1, 1)
    roi = item.triplet.rois.get(scale="low")
    (Path(settings.MEDIA_ROOT) / roi.image).write_bytes(b"other")
    release = make_release(admin)
    assert release.state == ReleaseState.FAILED
    assert f"{roi.image} (10x of item {item.pk}" in release.error
    assert "has changed" in release.error


def test_a_poster_made_anew_after_freezing_does_not_enter(admin: User, folders: Path) -> None:
    (item,) = make_approved_items(1, 1)
    release = make_release(admin, build=False)
    Roi.objects.filter(triplet=item.triplet).update(image="rois/new.jpg", checksum="0" * 64)
    build_release(release.pk)
    release.refresh_from_db()
    assert release.state == ReleaseState.READY


def test_a_disk_that_refuses_fails_the_build_with_its_reason(
    admin: User, folders: Path, settings: Settings
) -> None:
    make_approved_items(1, 1)
    folders.write_text("a file where the folder should be")
    release = make_release(admin)
    assert release.state == ReleaseState.FAILED
    assert "r1" in release.error


def test_a_fault_of_ours_is_loud_and_leaves_a_sentence(
    admin: User, folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_approved_items(1, 1)
    release = make_release(admin, build=False)

    def broken(*_: object, **__: object) -> None:
        raise KeyError("a bug")

    monkeypatch.setattr(actions, "write_release", broken)
    app.tasks[Job.BUILD_RELEASE.value].apply((release.pk,), throw=False)  # as a worker would
    release.refresh_from_db()
    assert release.state == ReleaseState.FAILED
    assert "fault of CrossScope" in release.error


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda folder: (folder / "train.json").write_text("[]"), "train.json has"),
        (lambda folder: (folder / "README.md").unlink(), "README.md is missing"),
        (lambda folder: (folder / "more.txt").write_text("x"), "more.txt is not in"),
        (lambda folder: (folder / "MANIFEST.json").write_text("{}"), "MANIFEST.json has other"),
        (lambda folder: (folder / "MANIFEST.json").unlink(), "MANIFEST.json is missing"),
    ],
)
def test_verify_names_what_is_damaged(
    admin: User, folders: Path, damage: object, said: str
) -> None:
    make_approved_items(2, 1)
    make_release(admin)
    assert callable(damage)
    damage(folders / "r1")
    with pytest.raises(CommandError, match=said):
        call_command("verify_release", "1")


def test_verify_of_no_release_is_refused(db: None) -> None:
    with pytest.raises(CommandError, match="no release 9"):
        call_command("verify_release", "9")


def test_progress_reaches_the_total(admin: User, folders: Path) -> None:
    make_approved_items(2, 1)
    release = make_release(admin)
    assert release.done == release.total == 2 * 3 + 6
