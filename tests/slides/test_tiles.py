"""Deep Zoom over HTTP: geometry, caching, and who may ask."""

import io
from pathlib import Path

import numpy as np
import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.factories import make_slide, make_user
from webapp.accounts.models import User
from webapp.slides.models import Slide
from webapp.slides.pixels.deepzoom import NoSuchTile, Pyramid
from webapp.slides.queries import tile_source

sides = st.integers(1, 300_000)


@pytest.fixture
def slide(slide_file: Path, db: None) -> Slide:
    return make_slide("alpha", file=slide_file)


@pytest.fixture
def reader(client: Client, pathologist: User) -> Client:
    client.force_login(pathologist)
    return client


def tile_url(slide: Slide, level: int, column: int = 0, row: int = 0) -> str:
    return f"/slides/{slide.pk}/dz/{str(slide.checksum)[:12]}/{level}/{column}_{row}.jpg"


@given(width=sides, height=sides)
def test_levels_halve_down_to_one_pixel(width: int, height: int) -> None:
    pyramid = Pyramid(width, height)
    assert pyramid.size(0) == (1, 1)
    assert pyramid.size(pyramid.top_level) == (width, height)
    for level in range(pyramid.top_level):
        above, below = pyramid.size(level + 1), pyramid.size(level)
        assert below == tuple(-(-side // 2) for side in above)


@given(width=sides, height=sides, data=st.data())
def test_tiles_cover_a_level_exactly(width: int, height: int, data: st.DataObject) -> None:
    pyramid = Pyramid(width, height)
    level = data.draw(st.integers(0, pyramid.top_level))
    across, down = (-(-side // pyramid.tile) for side in pyramid.size(level))
    last = pyramid.tile_box(level, across - 1, down - 1)
    assert (last[0] + last[2], last[1] + last[3]) == pyramid.size(level)
    with pytest.raises(NoSuchTile):
        pyramid.tile_box(level, across, 0)


def test_the_descriptor_says_size_and_tile(reader: Client, slide: Slide) -> None:
    answer = reader.get(f"/slides/{slide.pk}/dz/{str(slide.checksum)[:12]}.dzi")
    assert answer["Content-Type"] == "application/xml"
    assert b'Width="2048" Height="1536"' in answer.content
    assert b'Overlap="0" TileSize="512"' in answer.content


def test_tiles_put_together_are_the_level_of_the_file(reader: Client, slide: Slide) -> None:
    from webapp.slides.pixels.library import open_reader

    whole = np.zeros((768, 1_024, 3), np.uint8)
    for column in range(2):
        for row in range(2):
            content = reader.get(tile_url(slide, 10, column, row)).content
            piece = np.asarray(Image.open(io.BytesIO(content)))
            whole[row * 512 :, column * 512 :][: piece.shape[0], : piece.shape[1]] = piece
    scanned = open_reader(slide.file).read(1, 0, 0, 1_024, 768)
    assert abs(whole.astype(int) - scanned.astype(int)).mean() < 3  # JPEG twice


def test_a_tile_may_be_kept_for_ever(reader: Client, slide: Slide) -> None:
    answer = reader.get(tile_url(slide, 11))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["Cache-Control"] == "private, max-age=31536000, immutable"
    assert answer["ETag"].startswith('"')


def test_a_tile_that_the_sender_has_is_not_drawn(
    reader: Client, slide: Slide, monkeypatch: pytest.MonkeyPatch
) -> None:
    etag = reader.get(tile_url(slide, 11))["ETag"]
    monkeypatch.setattr("webapp.slides.tiles._draw_tile", lambda *args: pytest.fail("drawn"))
    for held in (etag, f'"other", {etag}', f"W/{etag}", "*"):
        answer = reader.get(tile_url(slide, 11), HTTP_IF_NONE_MATCH=held)
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer["ETag"] == etag
        assert "immutable" in answer["Cache-Control"]


def test_tiles_have_etags_of_their_own(reader: Client, slide: Slide) -> None:
    tags = {reader.get(tile_url(slide, 11, column))["ETag"] for column in range(3)}
    assert len(tags) == 3


def test_the_same_tile_has_the_same_bytes(reader: Client, slide: Slide) -> None:
    assert reader.get(tile_url(slide, 9)).content == reader.get(tile_url(slide, 9)).content


@pytest.mark.parametrize(
    ("level", "column", "row"), [(12, 0, 0), (11, 4, 0), (11, 0, 3), (999, 0, 0)]
)
def test_a_tile_outside_the_pyramid_is_not_found(
    level: int, column: int, row: int, reader: Client, slide: Slide
) -> None:
    assert reader.get(tile_url(slide, level, column, row)).status_code == 404


@pytest.mark.parametrize("digest", ["0" * 12, "0", "%2e%2e"])
def test_another_digest_is_not_found(digest: str, reader: Client, slide: Slide) -> None:
    assert reader.get(f"/slides/{slide.pk}/dz/{digest}/11/0_0.jpg").status_code == 404


def test_clients_that_know_only_the_descriptor_find_the_tiles(reader: Client, slide: Slide) -> None:
    address = f"/slides/{slide.pk}/dz/{str(slide.checksum)[:12]}_files/11/0_0.jpg"
    assert reader.get(address).status_code == 200


def test_the_tile_source_leads_to_the_tiles(reader: Client, slide: Slide) -> None:
    source = tile_source(slide)
    assert source is not None
    assert reader.get(f"{source['Image']['Url']}11/0_0.jpg").status_code == 200


def test_a_slide_known_by_name_has_no_tiles(reader: Client) -> None:
    slide = make_slide("named")
    assert tile_source(slide) is None
    assert reader.get(f"/slides/{slide.pk}/dz/{'0' * 12}/1/0_0.jpg").status_code == 404


@pytest.mark.parametrize("kind", ["tile", "dzi", "overview", "thumbnail"])
def test_strangers_are_sent_to_the_login_page(kind: str, client: Client, slide: Slide) -> None:
    digest = str(slide.checksum)[:12]
    address = {
        "tile": f"/slides/{slide.pk}/dz/{digest}/11/0_0.jpg",
        "dzi": f"/slides/{slide.pk}/dz/{digest}.dzi",
        "overview": f"/slides/{slide.pk}/overview/{digest}.jpg",
        "thumbnail": f"/slides/{slide.pk}/thumbnail/{digest}.jpg",
    }[kind]
    answer = client.get(address)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/login/")


@pytest.mark.parametrize(("kind", "longest"), [("overview", 1_024), ("thumbnail", 320)])
def test_pictures_of_the_whole_slide(kind: str, longest: int, reader: Client, slide: Slide) -> None:
    answer = reader.get(f"/slides/{slide.pk}/{kind}/{str(slide.checksum)[:12]}.jpg")
    assert max(Image.open(io.BytesIO(answer.content)).size) == longest
    assert "immutable" in answer["Cache-Control"]


def test_a_file_that_is_gone_is_said_to_be(reader: Client, slide: Slide) -> None:
    slide.file.unlink()
    answer = reader.get(tile_url(slide, 11), headers={"accept": "application/json"})
    assert answer.status_code == 404
    assert "alpha" in answer.json()["message"]


def test_a_file_that_was_replaced_is_not_shown(reader: Client, slide: Slide) -> None:
    from tests.factories import write_slide

    slide.file.unlink()
    write_slide(slide.file, width=1_024, height=1_024)
    answer = reader.get(tile_url(slide, 11), headers={"accept": "application/json"})
    assert answer.status_code == 404
    assert "import it again" in answer.json()["message"]


@pytest.mark.parametrize("kind", ["overview", "thumbnail"])
def test_a_person_without_a_role_sees_no_picture(kind: str, client: Client, slide: Slide) -> None:
    client.force_login(make_user())
    for address in (tile_url(slide, 11), f"/slides/{slide.pk}/{kind}/{slide.checksum}.jpg"):
        answer = client.get(address, headers={"if-none-match": "*"})
        assert answer.status_code == 403


@pytest.mark.parametrize("digest", ["A" * 12, "0" * 11, "0" * 65, "%" * 12])
def test_what_is_no_digest_names_no_picture(digest: str, reader: Client, slide: Slide) -> None:
    assert reader.get(f"/slides/{slide.pk}/overview/{digest}.jpg").status_code == 404
