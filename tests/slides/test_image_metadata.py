"""Image files come from scanners and phones, which write names and places into them."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.factories import pixels
from webapp.slides.pixels.posters import poster_from_image, without_metadata

ARTIST = 0x013B


def _jpeg(path: Path, **options: Any) -> Path:
    Image.fromarray(pixels(64, 48)).save(path, "JPEG", quality=80, **options)
    return path


def _decoded(content: bytes) -> np.ndarray[Any, np.dtype[np.uint8]]:
    return np.asarray(Image.open(io.BytesIO(content)))


def test_names_in_an_image_are_not_kept(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ARTIST] = "Jane Roe"
    image = _jpeg(tmp_path / "field.jpg", exif=exif, comment=b"Jane Roe, born 1950")
    assert image.read_bytes().count(b"Jane Roe") == 2
    poster = poster_from_image(image)
    assert b"Jane Roe" not in poster.content
    assert np.array_equal(_decoded(poster.content), _decoded(image.read_bytes()))


def test_a_colour_profile_is_kept(tmp_path: Path) -> None:
    image = _jpeg(tmp_path / "field.jpg", icc_profile=b"a profile")
    kept = Image.open(io.BytesIO(without_metadata(image.read_bytes())))
    assert kept.info["icc_profile"] == b"a profile"


def test_an_image_without_metadata_stays_as_it_is(tmp_path: Path) -> None:
    content = _jpeg(tmp_path / "field.jpg").read_bytes()
    assert without_metadata(content) == content


def test_padding_between_segments_is_understood(tmp_path: Path) -> None:
    content = _jpeg(tmp_path / "field.jpg", comment=b"Jane Roe").read_bytes()
    padded = content[:2] + b"\xff\xff" + content[2:]
    assert b"Jane Roe" not in without_metadata(padded)


@pytest.mark.parametrize("content", [b"", b"\xff\xd8", b"\xff\xd8no segments at all"])
def test_what_is_no_sequence_of_segments_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="no marker"):
        without_metadata(content)
