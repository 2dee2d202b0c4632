"""Posters of fields over HTTP."""

import io
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from PIL import Image

from tests.factories import jpeg_bytes, make_triplet
from webapp.accounts.models import User
from webapp.slides.models import Roi


@pytest.fixture
def roi(db: None) -> Roi:
    return make_triplet(posters=True).rois.get(scale="mid")


@pytest.fixture
def reader(client: Client, pathologist: User) -> Client:
    client.force_login(pathologist)
    return client


def test_a_poster_is_served_for_ever(reader: Client, roi: Roi) -> None:
    answer = reader.get(f"/slides/rois/{roi.pk}/{roi.checksum}.jpg")
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["Cache-Control"] == "private, max-age=31536000, immutable"
    assert Image.open(io.BytesIO(answer.content)).size == (roi.image_width, roi.image_height)


def test_the_start_of_the_digest_is_enough(reader: Client, roi: Roi) -> None:
    assert reader.get(f"/slides/rois/{roi.pk}/{roi.checksum[:12]}.jpg").status_code == 200


def test_a_poster_that_the_sender_has_is_not_sent(reader: Client, roi: Roi) -> None:
    address = f"/slides/rois/{roi.pk}/{roi.checksum}.jpg"
    etag = reader.get(address)["ETag"]
    assert roi.checksum in etag
    assert reader.get(address, HTTP_IF_NONE_MATCH=etag).status_code == 304


def test_a_wrong_or_short_digest_is_not_found(reader: Client, roi: Roi) -> None:
    for digest in ("0" * 64, roi.checksum[:6]):
        assert reader.get(f"/slides/rois/{roi.pk}/{digest}.jpg").status_code == 404


def test_a_field_without_a_picture_is_not_found(reader: Client) -> None:
    roi = make_triplet().rois.get(scale="low")
    assert reader.get(f"/slides/rois/{roi.pk}/{'0' * 64}.jpg").status_code == 404


def test_a_lost_file_is_said_to_be(reader: Client, roi: Roi) -> None:
    (Path(settings.MEDIA_ROOT) / roi.image).unlink()
    answer = reader.get(
        f"/slides/rois/{roi.pk}/{roi.checksum}.jpg", headers={"accept": "application/json"}
    )
    assert answer.status_code == 404
    assert "import its captions again" in answer.json()["message"]


def test_strangers_are_sent_to_the_login_page(client: Client, roi: Roi) -> None:
    assert client.get(f"/slides/rois/{roi.pk}/{roi.checksum}.jpg").status_code == 302


def test_only_reading_is_possible(reader: Client, roi: Roi) -> None:
    assert reader.post(f"/slides/rois/{roi.pk}/{roi.checksum}.jpg").status_code == 405


@pytest.fixture
def large(roi: Roi) -> Roi:
    """A field whose picture is larger than its preview."""
    content = jpeg_bytes(1_024, 768)
    (Path(settings.MEDIA_ROOT) / roi.image).write_bytes(content)
    roi.image_width, roi.image_height = 1_024, 768
    roi.save()
    return roi


def test_a_preview_is_small_and_served_for_ever(reader: Client, large: Roi) -> None:
    assert large.has_preview
    address = f"/slides/rois/{large.pk}/{large.checksum}/preview.jpg"
    answer = reader.get(address)
    assert Image.open(io.BytesIO(answer.content)).size == (512, 384)
    assert answer["Cache-Control"] == "private, max-age=31536000, immutable"
    assert answer["ETag"] != reader.get(f"/slides/rois/{large.pk}/{large.checksum}.jpg")["ETag"]
    assert reader.get(address, HTTP_IF_NONE_MATCH=answer["ETag"]).status_code == 304


def test_a_small_picture_needs_no_preview(roi: Roi) -> None:
    assert not roi.has_preview


def test_strangers_get_no_preview(client: Client, large: Roi) -> None:
    address = f"/slides/rois/{large.pk}/{large.checksum}/preview.jpg"
    assert client.get(address).status_code == 302
