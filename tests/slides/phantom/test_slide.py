"""The captions say what is there: truth against traits over many slides, without rendering."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, cast

import numpy as np
import pytest
from scipy.spatial import cKDTree

from webapp.slides.phantom import PhantomError, PhantomSlide
from webapp.slides.phantom.cells import Cells
from webapp.slides.phantom.nuclei import Kind

SLIDES = [PhantomSlide(1, number) for number in range(4)]


def triplets() -> list[tuple[set[str], Mapping[str, Any]]]:
    return [
        (set(triplet["features"]), triplet)
        for slide in SLIDES
        for triplet in cast(list[dict[str, Any]], slide.truth()["triplets"])
    ]


TRIPLETS = triplets()


def split(feature: str) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """Truth of the triplets with the feature, and of those without it."""
    scale = feature.split(".", maxsplit=1)[0]
    yes = [truth[scale] for features, truth in TRIPLETS if feature in features]
    no = [truth[scale] for features, truth in TRIPLETS if feature not in features]
    assert yes
    assert no
    return yes, no


@pytest.mark.parametrize(
    ("feature", "count", "fewest"),
    [
        ("high.mitoses.present", "mitoses", 2),
        ("high.apoptosis.present", "apoptotic_bodies", 2),
        ("high.eosinophils.present", "eosinophils", 4),
        ("high.lymphocytes.present", "permeating_lymphocytes", 6),
        ("mid.vessels.present", "congested_vessels", 3),
        ("mid.calcification.present", "microcalcifications", 4),
        ("mid.clefts.present", "cleft_um", 1.5),
        ("low.adipose.present", "fat_mm2", 0.25),
        ("low.necrosis.present", "necrosis_mm2", 0.15),
        ("low.mucin.present", "mucin_mm2", 0.15),
        ("low.lymphoid_aggregates.present", "lymphoid_aggregates", 3),
    ],
)
def test_a_finding_is_there_where_the_caption_has_it_and_nowhere_else(
    feature: str, count: str, fewest: float
) -> None:
    yes, no = split(feature)
    assert min(truth[count] for truth in yes) >= fewest
    assert max(truth[count] for truth in no) <= fewest / 10


@pytest.mark.parametrize(
    ("feature", "measure", "ratio"),
    [
        ("mid.infiltrate.dense", "inflammatory_per_mm2", 2.0),
        ("high.pleomorphism.marked", "nuclear_area_cv", 2.0),
        ("high.nuclear_shape.elongated", "nuclear_aspect", 1.3),
    ],
)
def test_a_measure_separates_the_two_values(feature: str, measure: str, ratio: float) -> None:
    yes, no = split(feature)
    assert min(t[measure] for t in yes) > ratio * max(t[measure] for t in no)


def test_nucleoli_and_chromatin_hold_for_every_tumour_nucleus() -> None:
    for features, truth in TRIPLETS:
        high = truth["high"]
        prominent = "high.nucleoli.prominent" in features
        vesicular = "high.chromatin.vesicular" in features
        assert high["tumour_nuclei"] > 25
        assert high["with_nucleolus"] == high["tumour_nuclei"] * prominent
        assert high["vesicular"] == high["tumour_nuclei"] * vesicular


def test_fields_nest_and_have_their_true_size() -> None:
    for slide in SLIDES:
        for site, high in zip(slide.anatomy.layout.sites, slide.anatomy.high, strict=True):
            assert site.low.contains(site.mid)
            assert site.mid.contains(high)
            assert (site.low.side_um, site.mid.side_um, high.side_um) == (4000, 1000, 200)


@pytest.mark.parametrize("size_px", [1152, 2304, 5000, 9216])
def test_pixel_boxes_nest_at_every_resolution(size_px: int) -> None:
    slide, known = PhantomSlide(1, 0, size_px), SLIDES[0].anatomy
    for site, high in zip(known.layout.sites, known.high, strict=True):
        boxes = [slide.bbox_l0(box) for box in (site.low, site.mid, high)]
        for (x, y, w, h), (u, v, a, b) in pairwise(boxes):
            assert x <= u
            assert y <= v
            assert u + a <= x + w
            assert v + b <= y + h
        assert boxes[0][0] >= 0
        assert boxes[0][0] + boxes[0][2] <= size_px
        assert boxes[1][2] == round(1000 / slide.mpp)


def test_resolution_changes_no_words() -> None:
    coarse = PhantomSlide(1, 0, 2304)
    for fine_path, coarse_path in zip(paths(SLIDES[0]), paths(coarse), strict=True):
        for scale in ("low_mag", "mid_mag", "high_mag"):
            assert fine_path[scale]["caption"] == coarse_path[scale]["caption"]
            expected = [at / 4 for at in fine_path[scale]["bbox"]]
            assert coarse_path[scale]["bbox"] == pytest.approx(expected, abs=0.6)


def paths(slide: PhantomSlide) -> list[dict[str, Any]]:
    found = slide.caption_row()["paths"]
    assert isinstance(found, list)
    return found


def test_the_same_seed_and_number_give_the_same_slide() -> None:
    again = PhantomSlide(SLIDES[0].seed, SLIDES[0].slide)
    assert again.truth() == SLIDES[0].truth()
    assert again.caption_row() == SLIDES[0].caption_row()
    assert np.array_equal(again.cells.at, SLIDES[0].cells.at)


def test_tumour_cells_lie_in_tumour_and_red_cells_in_vessels() -> None:
    slide = SLIDES[1]
    maps, cells = slide.anatomy.maps, slide.cells
    assert share_inside(cells, range(Kind.TUMOUR, Kind.TUMOUR + 4), maps.tumour) > 0.99
    assert share_inside(cells, [Kind.RED], maps.vessels) > 0.99


def test_no_other_nucleus_hides_a_finding() -> None:
    for slide in SLIDES:
        cells = slide.cells
        for site in range(4):
            nuclei = cKDTree(cells.of(Kind.TUMOUR + site))
            mitoses = cells.of(Kind.MITOSIS + site)
            if len(mitoses):
                assert nuclei.query(mitoses)[0].min() > 9
                assert len(cKDTree(mitoses).query_pairs(12)) == 0


def share_inside(cells: Cells, kinds: Any, field: Any) -> float:
    at = cells.at[np.isin(cells.kind, list(kinds))]
    index = (at / 4).astype(int)
    return float((field[index[:, 1], index[:, 0]] > 0).mean())


@pytest.mark.parametrize("size_px", [0, 100, 100_000])
def test_an_impossible_size_is_refused(size_px: int) -> None:
    with pytest.raises(PhantomError, match=f"size_px {size_px}"):
        PhantomSlide(1, 0, size_px)


def test_a_negative_seed_is_refused() -> None:
    with pytest.raises(PhantomError, match="-1"):
        PhantomSlide(-1, 0)
