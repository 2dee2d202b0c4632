"""Uploads in pieces: what races on one file, and what is swept when nobody takes it."""

import os
import time
from pathlib import Path

import pytest
from django.test import Client

from webapp.accounts.models import User
from webapp.core.errors import Conflict
from webapp.slides.actions import uploads
from webapp.slides.actions.imports import start_import
from webapp.slides.models import Import

pytestmark = pytest.mark.django_db


def age(folder: Path, days: float) -> None:
    """Make the folder and all in it look untouched for so long."""
    then = time.time() - days * 86_400
    for entry in (*folder.iterdir(), folder):
        os.utime(entry, (then, then))


@pytest.fixture
def upload(curator: User) -> Path:
    upload = uploads.start_upload(by=curator)
    uploads.append_piece(upload, "a.tiff", 0, b"half", by=curator)
    return uploads.uploaded_files(upload, by=curator)[0].parent


def test_a_fresh_one_stays(upload: Path) -> None:
    uploads.forget_abandoned_uploads()
    assert upload.is_dir()


def test_one_that_nobody_touched_for_long_goes(upload: Path) -> None:
    age(upload, 8)
    uploads.forget_abandoned_uploads()
    assert not upload.exists()


def test_one_that_an_import_waits_for_stays(upload: Path, curator: User) -> None:
    start_import(
        Import.Kind.SLIDES,
        [str(upload / "a.tiff")],
        options={"uploaded": True},
        by=curator,
        send=False,
    )
    age(upload, 8)
    uploads.forget_abandoned_uploads()
    assert upload.is_dir()


def test_a_folder_that_is_no_upload_is_not_ours_to_remove(upload: Path) -> None:
    other = upload.with_name("letters")
    other.mkdir(exist_ok=True)
    age(other, 8)
    uploads.forget_abandoned_uploads()
    assert other.is_dir()


def test_of_one_piece_sent_twice_at_once_one_is_written(
    curator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second request looked at the size before the first one wrote."""
    upload = uploads.start_upload(by=curator)
    check, seen = uploads._check_offset, []

    def race(name: str, size: int, offset: int) -> None:
        check(name, size, offset)
        seen.append(size)
        if len(seen) == 1:
            uploads.append_piece(upload, name, 0, b"piece", by=curator)

    monkeypatch.setattr(uploads, "_check_offset", race)
    with pytest.raises(Conflict):
        uploads.append_piece(upload, "a.tiff", 0, b"piece", by=curator)
    assert uploads.uploaded_size(upload, "a.tiff", by=curator) == 5


def test_an_offset_of_thousands_of_digits_is_refused(client: Client, curator: User) -> None:
    client.force_login(curator)
    upload = client.post("/slides/uploads/").json()["upload"]
    sent = {"upload-offset": "9" * 5_000}  # int() refuses to read these
    answer = client.put(f"/slides/uploads/{upload}/a.tiff/", b"x", headers=sent)
    assert answer.status_code == 422
    assert "whole number of bytes" in answer.content.decode()
