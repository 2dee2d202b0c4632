"""Geometry of plots."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.core.charts import Bar, nice_ticks, plot_bars, plot_columns, plot_segments

values = st.floats(min_value=0, max_value=1e6)


@given(st.lists(values, min_size=1, max_size=12), st.integers(min_value=240, max_value=1200))
def test_bars_stay_on_the_paper(lengths: list[float], width: int) -> None:
    plot = plot_bars([Bar(f"bar {n}", value) for n, value in enumerate(lengths)], width=width)
    assert all(0 <= bar.width <= width - plot.left for bar in plot.bars)
    assert all(plot.top <= bar.y < bar.middle < plot.bottom < plot.height for bar in plot.bars)


@given(st.lists(values, min_size=2, max_size=12))
def test_a_longer_bar_is_a_larger_value(lengths: list[float]) -> None:
    bars = plot_bars([("x", value) for value in lengths]).bars
    ordered = sorted(zip(lengths, (bar.width for bar in bars), strict=True))
    assert [width for _, width in ordered] == sorted(width for _, width in ordered)


def test_the_reference_line_lies_where_a_bar_of_that_value_ends() -> None:
    plot = plot_bars([("at chance", 25.0)], unit="%", maximum=100, reference=25)
    assert plot.reference is not None
    assert plot.reference.text == "25 %"
    assert plot.reference.x == pytest.approx(plot.left + plot.bars[0].width)


def test_a_whisker_reaches_from_low_to_high() -> None:
    bar = plot_bars([Bar("a", 26.1, low=23.0, high=29.4)]).bars[0]
    assert bar.low_x is not None
    assert bar.high_x is not None
    assert bar.low_x < bar.high_x < bar.text_x


def test_an_interval_from_zero_is_drawn() -> None:
    assert plot_bars([Bar("a", 0.0, low=0.0, high=4.0)]).bars[0].interval == "0 to 4"


def test_groups_head_their_bars_once() -> None:
    bars = [Bar("A", 1, group="train"), Bar("B", 2, group="train"), Bar("A", 1, group="val")]
    assert [heading.text for heading in plot_bars(bars).headings] == ["train", "val"]


def test_a_long_label_is_cut_in_the_drawing_only() -> None:
    bar = plot_bars([("a very long label of a slide that goes on", 1.0)]).bars[0]
    assert bar.short_label.endswith("…")
    assert bar.label.endswith("goes on")


@pytest.mark.parametrize(
    ("largest", "ticks"),
    [(100, (0, 25, 50, 75, 100)), (1402, (0, 500, 1000)), (3, (0, 1, 2, 3)), (0, (0,))],
)
def test_ticks_are_round(largest: float, ticks: tuple[float, ...]) -> None:
    assert nice_ticks(largest) == ticks


@given(st.floats(min_value=1e-3, max_value=1e9))
def test_ticks_are_few_and_within(largest: float) -> None:
    ticks = nice_ticks(largest)
    assert 2 <= len(ticks) <= 6
    assert ticks[-1] <= largest * 1.000001


@given(st.lists(st.integers(min_value=0, max_value=10_000), min_size=1, max_size=8))
def test_segments_fill_the_whole_or_nothing(sizes: list[int]) -> None:
    segments = plot_segments([(str(n), float(size)) for n, size in enumerate(sizes)])
    total = sum(segment.width_percent for segment in segments)
    assert total == pytest.approx(100 if any(sizes) else 0, abs=0.1)


@given(st.lists(values, min_size=1, max_size=60))
def test_columns_stay_on_the_paper_and_what_is_not_zero_is_seen(heights: list[float]) -> None:
    plot = plot_columns(heights)
    for value, column in zip(heights, plot.columns, strict=True):
        assert 0 <= column.x <= plot.width - plot.column_width + 0.01
        assert column.y + column.height == pytest.approx(plot.height, abs=0.1)
        assert (column.height >= 1) is (value > 0)


def test_a_limit_that_no_column_reaches_draws_no_line() -> None:
    assert plot_columns([3, 8], reference=10).reference_y is None
    plot = plot_columns([4, 8], reference=4)
    assert plot.reference_y == plot.columns[0].y
    assert plot_columns([]).columns == ()
