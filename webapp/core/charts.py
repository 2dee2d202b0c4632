"""Geometry of our plots, in SVG user units (1 unit = 1 CSS pixel); the templates draw it.

Pure: values in, positions and finished labels out, so that templates neither compute nor format.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import ceil, floor, log10

ROW, HEADING, BAR = 26, 24, 14
TOP, BOTTOM = 4, 22
CHARACTER = 6.7
LONGEST_LABEL = 30
TONES = 5


@dataclass(frozen=True)
class Bar:
    """One bar; `low` and `high` draw a whisker, `note` stands after the value (for example n)."""

    label: str
    value: float
    low: float | None = None
    high: float | None = None
    note: str = ""
    tone: int = 1
    group: str = ""


@dataclass(frozen=True)
class Segment:
    """A part of a stacked bar; tone 0 is the neutral rest."""

    label: str
    value: float
    tone: int | None = None


BarLike = Bar | tuple[str, float]
SegmentLike = Segment | tuple[str, float]


@dataclass(frozen=True)
class Tick:
    x: float
    text: str


@dataclass(frozen=True)
class PlottedBar:
    label: str
    short_label: str
    text: str
    note: str
    interval: str
    group: str
    tone: str
    y: float
    middle: float
    width: float
    text_x: float
    low_x: float | None
    high_x: float | None


@dataclass(frozen=True)
class BarPlot:
    width: int
    height: int
    left: float
    top: float
    bottom: float
    bar_height: int
    bars: tuple[PlottedBar, ...]
    headings: tuple[Tick, ...]
    ticks: tuple[Tick, ...]
    reference: Tick | None

    @property
    def has_intervals(self) -> bool:
        return any(bar.interval for bar in self.bars)

    @property
    def has_notes(self) -> bool:
        return any(bar.note for bar in self.bars)

    @property
    def has_groups(self) -> bool:
        return any(bar.group for bar in self.bars)

    @property
    def summary(self) -> str:
        return ", ".join(f"{bar.label} {bar.text}" for bar in self.bars)


@dataclass(frozen=True)
class PlottedSegment:
    label: str
    text: str
    share: str
    tone: str
    x_percent: float
    width_percent: float


@dataclass(frozen=True)
class _Scale:
    """Maps values to x and to text."""

    left: float
    room: float
    largest: float
    decimals: int
    unit: str

    def x(self, value: float) -> float:
        return round(self.left + self.length(value), 1)

    def length(self, value: float) -> float:
        return round(self.room * min(max(value / self.largest, 0), 1), 1)

    def text(self, value: float) -> str:
        number = f"{value:,.{self.decimals}f}"
        return f"{number} {self.unit}" if self.unit else number


@dataclass
class _Rows:
    """The pen's way down the page."""

    y: float
    group: str = ""
    headings: list[Tick] = field(default_factory=list)

    def next(self, bar: Bar) -> float:
        if bar.group and bar.group != self.group:
            self.group = bar.group
            self.headings.append(Tick(self.y + HEADING - 8, bar.group))
            self.y += HEADING
        y = self.y
        self.y += ROW
        return y


def plot_bars(
    items: Iterable[BarLike],
    *,
    unit: str = "",
    maximum: float | None = None,
    reference: float | None = None,
    reference_label: str = "",
    width: int = 560,
) -> BarPlot:
    """Horizontal bars from zero, in the order given. A negative value draws no bar."""
    bars = [item if isinstance(item, Bar) else Bar(*item) for item in items]
    left = _label_room(bars)
    scale = _scale(bars, unit, maximum, reference, left, width)
    rows = _Rows(y=TOP + (16 if reference is not None else 0))
    top = rows.y
    plotted = tuple(_plot(bar, rows.next(bar), scale) for bar in bars)
    return BarPlot(
        width=width,
        height=ceil(rows.y + BOTTOM),
        left=left,
        top=top,
        bottom=rows.y,
        bar_height=BAR,
        bars=plotted,
        headings=tuple(rows.headings),
        ticks=tuple(Tick(scale.x(v), _plain(v, unit)) for v in nice_ticks(scale.largest)),
        reference=None
        if reference is None
        else Tick(scale.x(reference), f"{reference_label} {_plain(reference, unit)}".strip()),
    )


def plot_segments(items: Iterable[SegmentLike]) -> tuple[PlottedSegment, ...]:
    """Shares of a whole; parts of no size keep their place in the legend."""
    segments = [item if isinstance(item, Segment) else Segment(*item) for item in items]
    total = sum(segment.value for segment in segments)
    plotted, x = [], 0.0
    for number, segment in enumerate(segments):
        share = 100 * segment.value / total if total else 0.0
        tone = segment.tone if segment.tone is not None else number % TONES + 1
        plotted.append(
            PlottedSegment(
                label=segment.label,
                text=_plain(segment.value, ""),
                share=f"{share:.0f} %",
                tone=_tone(tone),
                x_percent=round(x, 2),
                width_percent=round(share, 2),
            )
        )
        x += share
    return tuple(plotted)


@dataclass(frozen=True)
class PlottedColumn:
    x: float
    y: float
    height: float


@dataclass(frozen=True)
class ColumnPlot:
    """Columns from the ground up; `reference_y` is None where the line would be off the plot."""

    width: int
    height: int
    column_width: float
    columns: tuple[PlottedColumn, ...]
    reference_y: float | None
    largest: float
    last: float


def plot_columns(
    values: Sequence[float], *, reference: float | None = None, width: int = 180, height: int = 28
) -> ColumnPlot:
    """A small plot of many values in a row, without axes; a value that is not zero is seen."""
    largest = max(values, default=0) or 1
    step = width / max(len(values), 1)
    columns = []
    for number, value in enumerate(values):
        tall = max(round(height * value / largest, 1), 1.0) if value > 0 else 0.0
        columns.append(PlottedColumn(round(number * step, 2), round(height - tall, 1), tall))
    within = reference is not None and reference <= largest
    return ColumnPlot(
        width=width,
        height=height,
        column_width=round(step * 0.8, 2),
        columns=tuple(columns),
        reference_y=round(height * (1 - (reference or 0) / largest), 1) if within else None,
        largest=max(values, default=0),
        last=values[-1] if values else 0,
    )


SMALLEST_TICK = 1e-9


def nice_ticks(largest: float, about: int = 4) -> tuple[float, ...]:
    """Round numbers from 0 to at most `largest`, some `about` of them."""
    if largest < SMALLEST_TICK:
        return (0.0,)
    rough = largest / about
    power = 10.0 ** floor(log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * 0.999)
    return tuple(round(step * n, 10) for n in range(floor(largest / step + 1e-9) + 1))


def _label_room(bars: Sequence[Bar]) -> float:
    longest = max((len(_short(bar.label)) for bar in bars), default=0)
    return round(longest * CHARACTER + 12)


def _scale(
    bars: Sequence[Bar],
    unit: str,
    maximum: float | None,
    reference: float | None,
    left: float,
    width: int,
) -> _Scale:
    ends = [max(bar.value, bar.high or 0) for bar in bars]
    largest = maximum or max([*ends, reference or 0], default=0) or 1
    decimals = 0 if all(float(bar.value).is_integer() for bar in bars) else 1
    texts = _Scale(left, 0, largest, decimals, unit)
    longest = max((len(f"{texts.text(bar.value)} {bar.note}") for bar in bars), default=0)
    room = max(width - left - longest * CHARACTER - 14, 40)
    return _Scale(left, room, largest, decimals, unit)


def _plot(bar: Bar, y: float, scale: _Scale) -> PlottedBar:
    whisker = bar.low is not None and bar.high is not None
    low, high = (bar.low or 0, bar.high or 0) if whisker else (None, None)
    return PlottedBar(
        label=bar.label,
        short_label=_short(bar.label),
        text=scale.text(bar.value),
        note=bar.note,
        interval="" if low is None or high is None else f"{scale.text(low)} to {scale.text(high)}",
        group=bar.group,
        tone=_tone(bar.tone),
        y=y + (ROW - BAR) / 2,
        middle=y + ROW / 2,
        width=scale.length(bar.value),
        text_x=scale.x(max(bar.value, high or 0)) + 8,
        low_x=None if low is None else scale.x(low),
        high_x=None if high is None else scale.x(high),
    )


def _short(label: str) -> str:
    return label if len(label) <= LONGEST_LABEL else f"{label[: LONGEST_LABEL - 1]}…"


def _tone(number: int) -> str:
    return f"tone-{(number - 1) % TONES + 1}" if number > 0 else "tone-rest"


def _plain(value: float, unit: str) -> str:
    number = f"{value:,.10g}"
    return f"{number} {unit}" if unit else number
