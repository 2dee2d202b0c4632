"""Opening, measuring and cutting slide files."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image

from tests.factories import pixels, write_slide
from tests.slides.broken_files import BROKEN
from webapp.slides.geometry import Box
from webapp.slides.pixels import library as library_module
from webapp.slides.pixels.library import Library, library, open_reader
from webapp.slides.pixels.measure import MAX_COARSEST_SIDE, digest, measure
from webapp.slides.pixels.openslide_reader import OpenSlideReader
from webapp.slides.pixels.posters import (
    MAX_IMAGE_PIXELS,
    ImageFileError,
    cut_poster,
    poster_from_image,
)
from webapp.slides.pixels.readers import SlideFileError
from webapp.slides.pixels.regions import overview, region
from webapp.slides.pixels.tiff_reader import TiffReader

WIDE, HIGH = 1_200, 900
LIMIT = 10**11


def write_pyramid(path: Path, *, subifds: bool = False, **options: Any) -> Path:
    """Two levels, lossless, so that pixels can be compared."""
    level0 = pixels(WIDE, HIGH, seed=3)
    settings = {"photometric": "rgb", "compression": "deflate", **options}
    with tifffile.TiffWriter(path) as writer:
        writer.write(level0, subifds=1 if subifds else 0, **settings)
        half = np.ascontiguousarray(level0[::2, ::2])
        writer.write(half, subfiletype=1, **settings)
    return path


@pytest.fixture
def tiled(tmp_path: Path) -> Path:
    return write_pyramid(tmp_path / "tiled.tif", tile=(256, 256))


@pytest.fixture
def striped(tmp_path: Path) -> Path:
    """OpenSlide reads no strips."""
    return write_pyramid(tmp_path / "striped.tif", rowsperstrip=64, subifds=True)


@pytest.fixture
def nested(tmp_path: Path) -> Path:
    """OpenSlide sees one level: the other lies in a SubIFD."""
    return write_pyramid(tmp_path / "nested.tif", tile=(256, 256), subifds=True)


def test_openslide_reads_what_it_can(tiled: Path) -> None:
    reader = open_reader(tiled)
    assert isinstance(reader, OpenSlideReader)
    assert reader.level_sizes == ((1_200, 900), (600, 450))


@pytest.mark.parametrize("kind", ["striped", "nested"])
def test_other_tiff_pyramids_are_read_too(kind: str, request: pytest.FixtureRequest) -> None:
    reader = open_reader(request.getfixturevalue(kind))
    assert isinstance(reader, TiffReader)
    assert reader.level_sizes == ((1_200, 900), (600, 450))


@pytest.mark.parametrize("kind", ["tiled", "striped", "nested"])
def test_a_rectangle_shows_the_pixels_that_were_scanned(
    kind: str, request: pytest.FixtureRequest
) -> None:
    reader = open_reader(request.getfixturevalue(kind))
    level0 = pixels(WIDE, HIGH, seed=3)
    assert np.array_equal(reader.read(0, 250, 300, 300, 200), level0[300:500, 250:550])
    assert np.array_equal(reader.read(1, 10, 20, 64, 64), level0[::2, ::2][20:84, 10:74])


@pytest.mark.parametrize("kind", ["tiled", "striped"])
def test_off_slide_pixels_are_white(kind: str, request: pytest.FixtureRequest) -> None:
    reader = open_reader(request.getfixturevalue(kind))
    corner = reader.read(0, WIDE - 10, HIGH - 10, 30, 30)
    assert np.array_equal(corner[:10, :10], pixels(WIDE, HIGH, seed=3)[-10:, -10:])
    assert (corner[10:] == 255).all()
    assert (corner[:, 10:] == 255).all()
    assert (reader.read(0, -50, -50, 40, 40) == 255).all()


def test_transparent_pixels_are_laid_on_white() -> None:
    from webapp.slides.pixels.openslide_reader import _on_white

    half_clear = Image.new("RGBA", (2, 1), (0, 0, 0, 255))
    half_clear.putpixel((1, 0), (200, 0, 0, 0))
    assert _on_white(half_clear).tolist() == [[[0, 0, 0], [255, 255, 255]]]


def test_a_shrunk_region_equals_the_mean_of_its_pixels(tiled: Path) -> None:
    shrunk = np.asarray(region(open_reader(tiled), (0, 0, 400, 400), (50, 50)), np.float64)
    level0 = pixels(WIDE, HIGH, seed=3)[:400, :400].astype(np.float64)
    means = level0.reshape(50, 8, 50, 8, 3).mean(axis=(1, 3))
    assert abs(shrunk - means).max() < 12  # the second level took every other pixel


def test_a_level_that_is_off_by_rounding_is_still_used(slide_file: Path) -> None:
    reader = open_reader(slide_file)
    read: list[int] = []
    inner = reader.read

    def spy(level: int, x_level: int, y_level: int, width: int, height: int) -> Any:
        read.append(level)
        return inner(level, x_level, y_level, width, height)

    reader.read = spy  # type: ignore[method-assign]
    reader.downsamples = (1.0, 2.0, 4.0006)
    region(reader, (0, 0, 2_048, 1_536), (512, 384))
    assert set(read) == {2}


def test_an_overview_is_never_enlarged(tiled: Path) -> None:
    assert overview(open_reader(tiled), 5_000).size == (WIDE, HIGH)
    assert overview(open_reader(tiled), 300).size == (300, 225)


def test_regions_larger_than_a_block_fit_together(slide_file: Path) -> None:
    reader = open_reader(slide_file)
    reader.level_sizes, reader.downsamples = reader.level_sizes[:1], (1.0,)
    picture = np.asarray(overview(reader, 128), np.float64)
    expected = Image.fromarray(reader.read(0, 0, 0, 2_048, 1_536)).resize(
        (128, 96), Image.Resampling.BOX
    )
    assert abs(picture - np.asarray(expected, np.float64)).max() <= 2


def test_a_file_is_measured(slide_file: Path) -> None:
    facts = measure(slide_file, max_pixels=LIMIT)
    assert (facts.width, facts.height) == (2_048, 1_536)
    assert facts.levels == ((2_048, 1_536), (1_024, 768), (512, 384))
    assert facts.mpp == pytest.approx(0.5)
    assert facts.vendor == "generic-tiff"
    assert facts.byte_size == slide_file.stat().st_size
    assert facts.overview_jpeg.startswith(b"\xff\xd8")


def test_real_slides_are_measured(shared_data: Path) -> None:
    skin = measure(shared_data / "slides/CMU-1-Small-Region.svs", max_pixels=LIMIT)
    assert (skin.width, skin.height, skin.mpp, skin.objective_power) == (2_220, 2_967, 0.499, 20)
    tumour = measure(shared_data / "slides/TCGA-CR-7395-01A-01-TS1.svs", max_pixels=LIMIT)
    assert (tumour.width, tumour.height, tumour.mpp) == (4_443, 3_567, None)


def test_a_resolution_for_print_counts_as_none(tmp_path: Path) -> None:
    path = tmp_path / "print.tif"
    tifffile.imwrite(
        path, pixels(300, 300), photometric="rgb", resolution=(72, 72), resolutionunit="INCH"
    )
    assert measure(path, max_pixels=LIMIT).mpp is None


def test_ome_metadata_gives_the_resolution(tmp_path: Path) -> None:
    path = tmp_path / "a.ome.tif"
    metadata = {"axes": "YXS", "PhysicalSizeX": 250, "PhysicalSizeXUnit": "nm"}
    with tifffile.TiffWriter(path, ome=True) as writer:
        options: dict[str, Any] = {"photometric": "rgb", "rowsperstrip": 32}
        writer.write(pixels(300, 300), subifds=1, metadata=metadata, **options)
        writer.write(pixels(150, 150), subfiletype=1, **options)
    facts = measure(path, max_pixels=LIMIT)
    assert facts.mpp == pytest.approx(0.25)
    assert len(facts.levels) == 2


@pytest.mark.parametrize(
    ("make", "reason"), BROKEN, ids=lambda value: getattr(value, "__name__", "")
)
def test_a_broken_file_is_refused_by_name(make: Any, reason: str, tmp_path: Path) -> None:
    path = make(tmp_path)
    with pytest.raises(SlideFileError) as refusal:
        measure(path, max_pixels=LIMIT)
    assert str(refusal.value).startswith(path.name)
    assert reason in str(refusal.value)


def test_a_file_beyond_the_pixel_limit_is_refused_with_numbers(slide_file: Path) -> None:
    with pytest.raises(SlideFileError, match="claims 2,048 x 1,536 px"):
        measure(slide_file, max_pixels=1_000_000)


def test_a_large_tiff_without_levels_is_refused_with_numbers(tmp_path: Path) -> None:
    side = MAX_COARSEST_SIDE + 240
    path = tmp_path / "flat.tif"
    options: dict[str, Any] = {"tile": (256, 256), "compression": "deflate", "photometric": "rgb"}
    tifffile.imwrite(path, np.zeros((256, side, 3), np.uint8), **options)
    with pytest.raises(SlideFileError, match=r"no pyramid.*10,240 x 256 px.*10,000"):
        measure(path, max_pixels=LIMIT)


def test_a_tiff_of_other_pixels_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "deep.tif"
    tifffile.imwrite(path, np.zeros((64, 64), np.uint16))
    with pytest.raises(SlideFileError, match="channels of uint16"):
        measure(path, max_pixels=LIMIT)


def test_a_file_that_may_not_be_read_is_refused(
    slide_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbid(*args: object, **kwargs: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", forbid)
    with pytest.raises(SlideFileError, match="may not be read"):
        measure(slide_file, max_pixels=LIMIT)


def test_the_digest_of_a_mirax_slide_covers_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "a.mrxs"
    path.write_bytes(b"head")
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "Data0.dat").write_bytes(b"one")
    first = digest(path)
    (tmp_path / "a" / "Data0.dat").write_bytes(b"two")
    assert digest(path) != first


def test_a_poster_of_the_same_field_has_the_same_bytes(slide_file: Path) -> None:
    box = Box(100, 100, 1_400, 1_400)
    first, second = (cut_poster(open_reader(slide_file), box) for _ in range(2))
    assert first == second
    assert (first.width, first.height) == (1_024, 1_024)


def test_a_poster_is_no_larger_than_what_was_scanned(slide_file: Path) -> None:
    poster = cut_poster(open_reader(slide_file), Box(10, 10, 200, 200))
    assert (poster.width, poster.height) == (200, 200)


def test_a_jpeg_becomes_a_poster_byte_by_byte(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    Image.fromarray(pixels(64, 48)).save(path)
    assert poster_from_image(path).content == path.read_bytes()


def test_a_transparent_png_becomes_a_jpeg_on_white(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(path)
    path.with_suffix(".jpg").write_bytes(poster_from_image(path).content)
    assert Image.open(path.with_suffix(".jpg")).getpixel((4, 4)) == (255, 255, 255)


def test_an_image_bomb_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    side = int(MAX_IMAGE_PIXELS**0.5) + 100
    Image.new("1", (side, side)).save(path)
    with pytest.raises(ImageFileError, match=r"bomb\.png"):
        poster_from_image(path)


@pytest.mark.parametrize("content", [b"", b"no image", b"\xff\xd8\xff\xe0cut"])
def test_a_file_that_is_no_image_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(content)
    with pytest.raises(ImageFileError, match=r"a\.jpg"):
        poster_from_image(path)


def test_the_library_keeps_a_slide_open(slide_file: Path) -> None:
    shelf = Library(cache_bytes=2**20)
    with shelf.lend(slide_file) as first, shelf.lend(slide_file) as second:
        assert first is second


def test_the_library_closes_the_least_recently_used(tmp_path: Path) -> None:
    shelf = Library(cache_bytes=2**20, max_open=2)
    files = [write_slide(tmp_path / f"{n}.tiff", width=300, height=300, levels=1) for n in range(3)]
    for file in files:
        with shelf.lend(file):
            pass
    assert len(shelf) == 2


def test_a_slide_in_use_is_not_closed(tmp_path: Path) -> None:
    shelf = Library(cache_bytes=2**20, max_open=1)
    files = [write_slide(tmp_path / f"{n}.tiff", width=300, height=300, levels=1) for n in range(2)]
    with shelf.lend(files[0]) as held:
        with shelf.lend(files[1]):
            pass
        assert held.read(0, 0, 0, 10, 10).shape == (10, 10, 3)


def test_a_replaced_file_is_opened_anew(tmp_path: Path) -> None:
    shelf = Library(cache_bytes=2**20)
    path = write_slide(tmp_path / "a.tiff", width=300, height=300, levels=1)
    with shelf.lend(path) as first:
        assert first.level_sizes[0] == (300, 300)
    path.unlink()
    write_slide(path, width=600, height=300, levels=1)
    with shelf.lend(path) as second:
        assert second.level_sizes[0] == (600, 300)


def test_threads_read_the_same_pixels(slide_file: Path, striped: Path) -> None:
    shelf = Library(cache_bytes=2**20, max_open=1)

    def read(number: int) -> bytes:
        with shelf.lend((slide_file, striped)[number % 2]) as reader:
            return reader.read(0, 100, 100, 300, 300).tobytes()

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(read, range(48)))
    assert len(set(found[0::2])) == len(set(found[1::2])) == 1


def test_a_forked_child_opens_its_own_handles(slide_file: Path) -> None:
    with library().lend(slide_file):
        pass
    child = os.fork()
    if child == 0:
        os._exit(0 if library_module._shared is None else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert library_module._shared is not None
