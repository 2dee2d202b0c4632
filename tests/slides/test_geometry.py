"""Fields, boxes, levels and the two conventions of magnification."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.slides.geometry import (
    Box,
    GeometryError,
    Scale,
    best_level,
    equivalent_objective,
    field_box,
    magnification_note,
    nested_pairs,
    nesting_violations,
    scale_bar,
)

LENGTHS = st.floats(min_value=0.01, max_value=1e6)
BOXES = st.builds(
    Box,
    st.integers(-1000, 100_000),
    st.integers(-1000, 100_000),
    st.integers(1, 20_000),
    st.integers(1, 20_000),
)


def test_scales_go_from_wide_to_narrow_with_their_nominal_fields() -> None:
    assert [scale.label for scale in Scale] == ["10x", "40x", "200x"]
    assert [scale.field_um for scale in Scale] == [4000, 1000, 200]
    assert [scale.published_key for scale in Scale] == ["low_mag", "mid_mag", "high_mag"]
    assert Scale("low") == "low"


@pytest.mark.parametrize(("width", "height"), [(0, 5), (5, 0), (-1, 5)])
def test_a_box_without_area_is_refused(width: int, height: int) -> None:
    with pytest.raises(GeometryError, match="no area"):
        Box(0, 0, width, height)


@pytest.mark.parametrize("mpp", [0.0, -0.25, float("nan"), float("inf")])
def test_an_impossible_resolution_is_refused(mpp: float) -> None:
    with pytest.raises(GeometryError, match="impossible"):
        field_box((0, 0), Scale.LOW, mpp)


def test_nominal_fields_at_a_quarter_um_are_those_of_40x_scans() -> None:
    sides = [field_box((20_000, 20_000), scale, 0.25).w_l0 for scale in Scale]
    assert sides == [16_000, 4_000, 800]


@given(st.integers(0, 200_000), st.integers(0, 200_000), st.floats(0.05, 2.0))
def test_fields_around_one_centre_nest(x_l0: int, y_l0: int, mpp: float) -> None:
    boxes = {scale: field_box((x_l0, y_l0), scale, mpp) for scale in Scale}
    assert nesting_violations(boxes, tolerance_px=1) == ()
    assert boxes[Scale.LOW].field_um(mpp) == pytest.approx(4000, rel=0.01)


@given(BOXES, BOXES, st.floats(0, 50))
def test_containing_more_tolerantly_never_contains_less(
    outer: Box, inner: Box, tolerance: float
) -> None:
    assert outer.contains(outer)
    assert outer.contains(inner, tolerance) >= outer.contains(inner)


@given(BOXES, BOXES)
def test_the_relative_box_lies_in_the_unit_square_just_when_it_is_contained(
    outer: Box, inner: Box
) -> None:
    part = inner.fraction_in(outer)
    inside = part.x >= 0 and part.y >= 0 and part.x + part.w <= 1 + 1e-9
    inside = inside and part.y + part.h <= 1 + 1e-9
    assert inside == outer.contains(inner)


def test_the_relative_box_is_in_fractions_of_the_parent() -> None:
    part = Box(150, 225, 25, 50).fraction_in(Box(100, 200, 100, 100))
    assert (part.x, part.y, part.w, part.h) == (0.5, 0.25, 0.25, 0.5)
    assert Box(10, 20, 4, 6).centre_l0 == (12, 23)


def test_a_field_up_to_18_px_outside_is_within_tolerance() -> None:
    boxes = {Scale.LOW: Box(100, 100, 1000, 1000), Scale.MID: Box(82, 100, 250, 250)}
    assert nesting_violations(boxes) == ()


def test_a_violation_names_scales_edges_and_numbers() -> None:
    boxes = {Scale.LOW: Box(100, 100, 1000, 1000), Scale.MID: Box(60, 900, 250, 250)}
    (sentence,) = nesting_violations(boxes)
    assert "40x box (60, 900; 250 x 250 px)" in sentence
    assert "10x box (100, 100; 1000 x 1000 px)" in sentence
    assert "40 px past its left edge and 50 px past its bottom edge" in sentence
    assert "tolerance 20 px" in sentence


def test_a_missing_scale_is_bridged() -> None:
    boxes = {Scale.LOW: Box(0, 0, 100, 100), Scale.HIGH: Box(500, 500, 10, 10)}
    assert list(nested_pairs(boxes)) == [(Scale.LOW, Scale.HIGH)]
    assert len(nesting_violations(boxes)) == 1
    assert nesting_violations({Scale.HIGH: Box(0, 0, 5, 5)}) == ()


def test_levels_are_chosen_with_two_per_cent_tolerance() -> None:
    downsamples = (1.0, 4.0006, 16.01)
    assert [best_level(downsamples, wanted) for wanted in (0.5, 1, 3.9, 4, 15.9, 16, 99)] == [
        0,
        0,
        0,
        1,
        2,
        2,
        2,
    ]


@given(st.lists(st.floats(1, 256), min_size=1, max_size=9), st.floats(0.1, 500))
def test_the_chosen_level_is_never_coarser_than_wanted(levels: list[float], wanted: float) -> None:
    downsamples = [1.0, *levels]
    chosen = downsamples[best_level(downsamples, wanted)]
    assert chosen <= max(1.0, wanted * 1.02)
    assert all(other <= chosen for other in downsamples if other <= wanted * 1.02)


def test_a_slide_without_levels_is_refused() -> None:
    with pytest.raises(GeometryError, match="levels"):
        best_level((), 1)


@pytest.mark.parametrize(
    ("field_um", "label"), [(4000, "1 mm"), (1000, "200 µm"), (200, "50 µm"), (2, "0.5 µm")]
)
def test_scale_bars_have_round_lengths(field_um: float, label: str) -> None:
    assert scale_bar(field_um).label == label


@given(LENGTHS)
def test_a_scale_bar_takes_a_tenth_to_a_quarter_of_the_field(field_um: float) -> None:
    bar = scale_bar(field_um)
    assert 0.0999 <= bar.fraction <= 0.2501
    assert bar.fraction * field_um == pytest.approx(bar.length_um)


def test_both_conventions_of_magnification_are_named() -> None:
    assert equivalent_objective(0.25) == 40
    assert equivalent_objective(1.0) == 10
    note = magnification_note(Scale.LOW, 4000 / 1024)
    assert note == "10x as published, about 2.6x objective (3.91 µm/px)"
