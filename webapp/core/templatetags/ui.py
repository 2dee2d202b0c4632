"""The tags that every page draws with: `{% load ui %}`. The style guide shows each of them."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from django import template
from django.contrib.auth.models import PermissionsMixin
from django.contrib.staticfiles import finders
from django.core.paginator import Page
from django.forms import BoundField
from django.template import Context
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince

from webapp.core.charts import BarLike, SegmentLike, plot_bars, plot_columns, plot_segments
from webapp.core.money import shown_usd
from webapp.core.vendor import VENDOR_SCRIPTS

register = template.Library()

SPRITE = "core/img/icons.svg"
SYMBOL = re.compile(r'<symbol id="([\w-]+)" viewBox="0 0 24 24">(.*)</symbol>')

# State word -> tone of its pill. The word itself is always written: colour only helps.
STATE_TONES = {
    "draft": "hollow",
    "screening": "busy",
    "ready": "info",
    "leaky": "eosin",
    "in_review": "accent",
    "approved": "ok",
    "needs_revision": "warn",
    "rejected": "danger",
    "disputed": "warn",
    "retired": "hollow",
    "planned": "hollow",
    "queued": "hollow",
    "pending": "hollow",
    "running": "busy",
    "building": "busy",
    "importing": "busy",
    "paused": "warn",
    "done": "ok",
    "imported": "ok",
    "frozen": "ok",
    "cancelled": "hollow",
    "failed": "danger",
    "refused": "danger",
    "added": "ok",
    "updated": "info",
    "unchanged": "hollow",
    "warning": "warn",
    "retracted": "danger",
    "leased": "accent",
    "answered": "info",
    "decided": "ok",
    "returned": "hollow",
    "approve": "ok",
    "revise": "warn",
    "reject": "danger",
    "later": "hollow",
}


# --- Icons and scripts ---------------------------------------------------------------------------


@cache
def icon_shapes() -> dict[str, SafeString]:
    """Name -> inner SVG of each symbol of our own sprite, read once."""
    path = finders.find(SPRITE)
    if not isinstance(path, str):
        raise FileNotFoundError(f"The icon sprite {SPRITE} is not among the static files.")
    symbols = SYMBOL.findall(Path(path).read_text("utf-8"))
    return {name: SafeString(shapes) for name, shapes in symbols}


@register.simple_tag
def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """An icon drawn inline; decorative unless it has a `label`."""
    if name not in icon_shapes():
        raise template.TemplateSyntaxError(f"There is no icon {name!r} in {SPRITE}.")
    role = 'role="img" aria-label' if label else "aria-hidden"
    return format_html(
        '<svg class="icon{}" viewBox="0 0 24 24" {}="{}">{}</svg>',
        f" {css}" if css else "",
        SafeString(role),
        label or "true",
        icon_shapes()[name],
    )


@register.simple_tag
def vendor_script(name: str) -> SafeString:
    """A third party's script, deferred; the browser refuses other bytes than the pinned ones."""
    script = VENDOR_SCRIPTS[name]
    return format_html(
        '<script src="{}" integrity="{}" defer fetchpriority="low"></script>',
        static(script.path),
        script.integrity,
    )


# --- States, time and numbers --------------------------------------------------------------------


@register.simple_tag
def state_pill(state: str, label: str = "") -> SafeString:
    """The pill of an item's, batch's, import's, release's or assignment's state, or a verdict."""
    word = str(state)
    text = label or word.replace("_", " ").capitalize()
    tone = STATE_TONES.get(word, "plain")
    return format_html('<span class="pill pill--{}">{}</span>', tone, text)


@register.simple_tag(name="time")
def time_tag(moment: datetime | None, exact: bool = False) -> SafeString:
    """When, as people say it ("5 minutes ago"), with the exact moment as tooltip."""
    if moment is None:
        return format_html('<span class="muted">{}</span>', "never")
    local = timezone.localtime(moment)
    full = local.strftime("%Y-%m-%d %H:%M %Z")
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        local.isoformat(timespec="seconds"),
        full,
        full if exact else _ago(moment),
    )


def _ago(moment: datetime) -> str:
    now = timezone.now()
    if abs(now - moment) < timedelta(minutes=1):
        return "just now"
    if moment > now:
        return f"in {timesince(now, moment, depth=1)}"
    return f"{timesince(moment, now, depth=1)} ago"


@register.filter
def filesize(size: float | None) -> str:
    """Bytes in decimal units: 33 MB."""
    if size is None:
        return "–"
    amount = float(size)
    for unit in ("B", "kB", "MB", "GB"):
        if abs(amount) < 999.5:
            return f"{amount:.0f} {unit}" if amount >= 10 or unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"


@register.filter
def duration(length: float | timedelta | None) -> str:
    """Seconds or a timedelta as 0.8 s, 45 s, 3 min 20 s or 2 h 05 min."""
    if length is None:
        return "–"
    seconds = length.total_seconds() if isinstance(length, timedelta) else float(length)
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 1:
        return f"{rest} s"
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


@register.filter
def percent(share: float | None, decimals: int = 1) -> str:
    """0.2613 as 26.1 %."""
    return "–" if share is None else f"{100 * share:.{decimals}f} %"


@register.filter
def thousands(number: float | None) -> str:
    return "–" if number is None else f"{number:,}"


@register.filter
def usd(amount: Decimal | None) -> str:
    """$12.50, and $0.0031 under a dollar."""
    return "–" if amount is None else shown_usd(amount)


@register.filter
def humanize_verb(verb: str) -> str:
    """An event's verb as people read it: `import_slide` as Import slide."""
    return verb.replace("_", " ").capitalize()


@register.filter
def initials(person: object) -> str:
    words = str(person).split()
    return "".join(word[0] for word in (words[0], *words[1:][-1:])) if words else "?"


# --- Plots ---------------------------------------------------------------------------------------


@register.inclusion_tag("core/_bar_chart.html")
def bar_chart(
    bars: Iterable[BarLike],
    title: str = "",
    note: str = "",
    unit: str = "",
    maximum: float | None = None,
    reference: float | None = None,
    reference_label: str = "",
    label_heading: str = "Group",
    value_heading: str = "Value",
    width: int = 560,
) -> dict[str, Any]:
    """Horizontal bars with values, optional whiskers and reference line, and their numbers as a
    table. `bars` are `webapp.core.charts.Bar` or (label, value) pairs."""
    plot = plot_bars(
        bars,
        unit=unit,
        maximum=maximum,
        reference=reference,
        reference_label=reference_label,
        width=width,
    )
    headings = {"label_heading": label_heading, "value_heading": value_heading}
    return {"plot": plot, "title": title, "note": note, **headings}


@register.inclusion_tag("core/_stacked_bar.html")
def stacked_bar(
    segments: Iterable[SegmentLike], title: str = "", note: str = "", legend: bool = True
) -> dict[str, Any]:
    """Parts of a whole in one bar. `segments` are `charts.Segment` or (label, value) pairs."""
    return {"segments": plot_segments(segments), "title": title, "note": note, "legend": legend}


@register.inclusion_tag("core/_columns.html")
def columns(
    values: Sequence[float], title: str = "", reference: float | None = None
) -> dict[str, Any]:
    """Many values in a row, small enough for a table; beside it write what a reader needs."""
    return {"plot": plot_columns(values, reference=reference), "title": title}


@register.inclusion_tag("core/_progress.html")
def progress(done: float, total: float, label: str = "", unit: str = "") -> dict[str, Any]:
    """A bar with `done of total`; without a total it only says that work goes on."""
    return {"done": done, "total": total, "label": label, "unit": unit}


# --- Pages and forms -----------------------------------------------------------------------------


@register.inclusion_tag("core/_nav_link.html", takes_context=True)
def nav_link(context: Context, view: str, label: str, icon_name: str) -> dict[str, Any]:
    """A link of the main navigation; nothing when the page does not exist."""
    try:
        url = reverse(view)
    except NoReverseMatch:
        return {}
    match = getattr(context.get("request"), "resolver_match", None)
    here = view.rpartition(":")[0]
    current = match is not None and (
        match.view_name == view or (here != "core" and here in match.namespaces)
    )
    return {"url": url, "label": label, "icon_name": icon_name, "current": current}


@register.inclusion_tag("core/_field.html")
def field(bound: BoundField, help_text: str = "") -> dict[str, Any]:
    """A form field with its label, help and errors."""
    return {"field": bound, "help_text": help_text or bound.help_text}


@register.filter
def elided_pages(page: Page[Any]) -> list[int | None]:
    """Page numbers to offer around this one; None where some are left out."""
    paginator = page.paginator
    pages = paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
    return [number if isinstance(number, int) else None for number in pages]


@register.simple_tag
def role_names(user: PermissionsMixin) -> str:
    """The roles (groups) of a person, in words."""
    return ", ".join(sorted(group.name for group in user.groups.all())) or "no role yet"
