import json
from pathlib import Path

import numpy as np
import openslide
import pytest
from django.core.management import CommandError, call_command

from webapp.slides.phantom import PhantomError, PhantomSlide, _write_slide_apart, make_phantoms
from webapp.slides.phantom.slide import SMALLEST_PX

SIZE = 2304
TOLD: list[tuple[int, int]] = []
"""What the fixture's run told its progress callback."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("phantoms")
    make_phantoms(out, seed=3, count=1, size_px=SIZE, progress=lambda *done: TOLD.append(done))
    return out


@pytest.fixture(scope="module")
def slide(made: Path) -> openslide.OpenSlide:
    return openslide.OpenSlide(made / "slides" / "phantom-3-0.svs")


def test_openslide_reads_resolution_power_and_levels(slide: openslide.OpenSlide) -> None:
    assert slide.dimensions == (SIZE, SIZE)
    assert float(slide.properties["openslide.mpp-x"]) == pytest.approx(2.0)
    assert float(slide.properties["openslide.mpp-y"]) == pytest.approx(2.0)
    assert float(slide.properties["openslide.objective-power"]) == 5
    assert slide.level_downsamples == pytest.approx([1, 4, 16], rel=0.02)
    assert slide.properties["openslide.level[0].tile-width"] == "256"


def files_below(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*.*")}


def test_jobs_change_no_byte(tmp_path: Path) -> None:
    """Slide 0 of two, each in a process of its own, is slide 0 made alone in this one."""
    told: list[tuple[int, int]] = []
    make_phantoms(tmp_path / "one", seed=3, count=1, size_px=SMALLEST_PX)
    make_phantoms(
        tmp_path / "two",
        seed=3,
        count=2,
        size_px=SMALLEST_PX,
        jobs=2,
        progress=lambda *done: told.append(done),
    )
    one, two = files_below(tmp_path / "one"), files_below(tmp_path / "two")
    assert two.pop("captions.jsonl").startswith(one.pop("captions.jsonl"))
    assert one.items() <= two.items()
    assert (len(one), len(two)) == (2, 4)
    assert told == [(1, 2), (2, 2)]


def test_a_process_that_ends_early_is_named(tmp_path: Path) -> None:
    with pytest.raises(PhantomError, match="phantom-3-1 was not made"):
        _write_slide_apart(tmp_path / "missing", PhantomSlide(3, 1, SMALLEST_PX))


def test_levels_show_the_same_tissue(slide: openslide.OpenSlide) -> None:
    means = [
        np.asarray(slide.read_region((0, 0), level, size).convert("RGB")).mean(axis=(0, 1))
        for level, size in enumerate(slide.level_dimensions)
    ]
    assert np.abs(means[0] - means[1]).max() < 2
    assert np.abs(means[0] - means[2]).max() < 3


def test_colours_are_those_of_haematoxylin_and_eosin(slide: openslide.OpenSlide) -> None:
    pixels = np.asarray(slide.read_region((0, 0), 0, (SIZE, SIZE)).convert("RGB")).astype(float)
    corner = pixels[:40, :40].mean(axis=(0, 1))
    assert corner.min() > 230
    tissue = pixels[np.ptp(pixels, axis=2) > 15]
    assert 0.3 < len(tissue) / SIZE**2 < 0.95
    red, green, blue = tissue.mean(axis=0)
    assert red > blue > green
    nuclei = pixels[pixels.sum(axis=2) < 330]
    assert len(nuclei) > 1000
    assert nuclei[:, 2].mean() > nuclei[:, 0].mean() > nuclei[:, 1].mean() - 5


def test_captions_name_existing_slides_and_nested_boxes(made: Path) -> None:
    (row,) = [json.loads(line) for line in (made / "captions.jsonl").read_text().splitlines()]
    assert (made / row["wsi_path"]).is_file()
    assert row["stain"] == "H&E"
    assert len(row["paths"]) == 4
    assert [row["paths"][0][f"{s}_mag"]["bbox"][2] for s in ("low", "mid", "high")] == [
        2000,
        500,
        100,
    ]


def test_truth_lies_beside_and_nothing_half_written(made: Path) -> None:
    truth = json.loads((made / "truth" / "phantom-3-0.json").read_text())
    assert len(truth["triplets"]) == 4
    assert not list(made.rglob("*.partial"))


def test_the_same_seed_writes_the_same_bytes(made: Path, tmp_path: Path) -> None:
    (path,) = make_phantoms(tmp_path, seed=3, count=1, size_px=SIZE)
    assert path.read_bytes() == (made / "slides" / path.name).read_bytes()
    for name in ("captions.jsonl", "truth/phantom-3-0.json"):
        assert (tmp_path / name).read_bytes() == (made / name).read_bytes()


def test_tiles_of_any_size_meet_without_a_seam() -> None:
    from webapp.slides.phantom.paint import paint_tile
    from webapp.slides.phantom.scene import make_scene

    slide = PhantomSlide(3, 0, 2304)
    scene = make_scene(slide.anatomy, slide.cells, slide.mpp)
    wide = paint_tile(scene, 800, 900, 256).astype(int)
    part = paint_tile(scene, 928, 1028, 128).astype(int)
    assert np.abs(wide[128:, 128:] - part).mean() < 1.0


def test_progress_is_told_after_each_slide(made: Path) -> None:
    assert TOLD == [(1, 1)]


def test_a_count_of_zero_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PhantomError, match="count of 0"):
        make_phantoms(tmp_path, seed=1, count=0)


def test_the_command_writes_slides(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("make_phantom", str(tmp_path), "--seed", "2", "--count", "1", "--size-px", "1152")
    assert "1 slides" in capsys.readouterr().out
    assert (tmp_path / "captions.jsonl").is_file()


def test_the_command_tells_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="size_px 5"):
        call_command("make_phantom", str(tmp_path), "--size-px", "5")
