"""The tags that every page draws with: what they say, and that nothing escapes them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest
from django import forms
from django.contrib.auth.models import AnonymousUser
from django.core.paginator import Paginator
from django.template import Context, Template, TemplateSyntaxError
from django.template.loader import render_to_string
from django.test import RequestFactory

from webapp.core.charts import Bar, Segment
from webapp.core.templatetags import ui

EVIL = '<img src=x onerror="alert(1)">'
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def draw(source: str, **context: Any) -> str:
    return Template("{% load ui %}" + source).render(Context(context))


def test_an_icon_is_decorative_unless_it_is_named() -> None:
    assert 'aria-hidden="true"' in draw('{% icon "check" %}')
    named = draw('{% icon "check" label=label %}', label=EVIL)
    assert 'role="img"' in named
    assert "<img" not in named


def test_a_verb_is_shown_in_words() -> None:
    assert draw("{{ verb|humanize_verb }}", verb="import_slide") == "Import slide"


def test_an_unknown_icon_is_a_mistake_of_the_template() -> None:
    with pytest.raises(TemplateSyntaxError, match="no icon 'nonsense'"):
        draw('{% icon "nonsense" %}')


@pytest.mark.parametrize("name", sorted(ui.icon_shapes()))
def test_every_icon_draws_plain_shapes(name: str) -> None:
    drawn = draw("{% icon name %}", name=name)
    assert drawn.count("<") == drawn.count(">") > 2
    assert "style=" not in drawn
    assert "ns0:" not in drawn


@pytest.mark.parametrize(
    ("state", "pill"),
    [
        ("in_review", '<span class="pill pill--accent">In review</span>'),
        ("needs_revision", '<span class="pill pill--warn">Needs revision</span>'),
        ("running", '<span class="pill pill--busy">Running</span>'),
        ("no_such_state", '<span class="pill pill--plain">No such state</span>'),
    ],
)
def test_a_state_is_written_in_words(state: str, pill: str) -> None:
    assert draw("{% state_pill state %}", state=state) == pill


def test_a_state_pill_escapes_its_label() -> None:
    assert "<img" not in draw("{% state_pill 'ready' label %}", label=EVIL)
    assert "<img" not in draw("{% state_pill state %}", state=EVIL)


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=5), "5\xa0minutes ago"),
        (timedelta(days=2, hours=3), "2\xa0days ago"),
        (timedelta(hours=-3), "in 3\xa0hours"),
    ],
)
def test_time_is_said_as_people_say_it(ago: timedelta, words: str) -> None:
    with patch("django.utils.timezone.now", return_value=NOW):
        drawn = draw("{% time moment %}", moment=NOW - ago)
    assert f">{words}</time>" in drawn
    assert f'datetime="{(NOW - ago).isoformat(timespec="seconds")}"' in drawn


def test_time_can_be_exact_or_never() -> None:
    assert ">2026-11-23 12:00 UTC</time>" in draw("{% time moment exact=True %}", moment=NOW)
    assert "never" in draw("{% time moment %}", moment=None)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (33_100_000, "33 MB"),
        (2.5e12, "2.5 TB"),
        (None, "–"),
    ],
)
def test_filesize(size: float | None, text: str) -> None:
    assert ui.filesize(size) == text


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (0.84, "0.8 s"),
        (45, "45 s"),
        (59.7, "1 min 00 s"),
        (200, "3 min 20 s"),
        (timedelta(hours=2, minutes=5), "2 h 05 min"),
        (None, "–"),
    ],
)
def test_duration(length: float | timedelta | None, text: str) -> None:
    assert ui.duration(length) == text


def test_small_filters() -> None:
    assert ui.percent(0.2613) == "26.1 %"
    assert ui.thousands(1440) == "1,440"
    assert ui.initials("Ada King Lovelace") == "AL"
    assert ui.initials("ada") == "a"
    assert ui.initials("") == "?"


def test_a_bar_chart_escapes_labels_and_notes() -> None:
    bars = [Bar(EVIL, 3, low=1, high=5, note=EVIL, group=EVIL)]
    drawn = draw("{% bar_chart bars title=title note=title %}", bars=bars, title=EVIL)
    assert "<img" not in drawn
    assert "&lt;img" in drawn


def test_a_bar_chart_says_its_numbers_in_text_and_as_a_table() -> None:
    bars = [Bar("A", 26.1, low=23, high=29.4, note="n = 812"), Bar("B", 31)]
    drawn = draw("{% bar_chart bars title='Leak' unit='%' reference=25 %}", bars=bars)
    assert 'aria-label="Leak: A 26.1 %, B 31.0 %"' in drawn
    assert '<td class="num">23.0 % to 29.4 %</td>' in drawn
    assert "plot-ref" in drawn
    assert "style=" not in drawn


def test_a_bar_chart_takes_pairs_and_none_at_all() -> None:
    assert "1,402" in draw("{% bar_chart bars %}", bars={"train": 1402}.items())
    assert "<svg" in draw("{% bar_chart bars %}", bars=[])


def test_a_stacked_bar_escapes_and_counts() -> None:
    drawn = draw("{% stacked_bar parts %}", parts=[Segment(EVIL, 1), Segment("b", 3, tone=0)])
    assert "<img" not in drawn
    assert 'width="75.0%"' in drawn
    assert "tone-rest" in drawn


def test_columns_are_told_in_words_too() -> None:
    drawn = draw("{% columns counts title=title reference=5 %}", counts=[0, 7, 2], title=EVIL)
    assert "2 now, at most 7" in drawn
    assert drawn.count("<rect") == 2
    assert "plot-ref" in drawn
    assert "<img" not in drawn


@pytest.mark.parametrize(
    ("amount", "told"),
    [(None, "–"), (Decimal(0), "$0.00"), (Decimal("1234.5"), "$1,234.50")],
)
def test_money_has_cents(amount: Decimal | None, told: str) -> None:
    assert ui.usd(amount) == told


def test_progress_without_a_total_shows_no_share() -> None:
    assert 'max="10" value="3"' in draw("{% progress 3 10 'Items' %}")
    assert "value=" not in draw("{% progress 0 0 'Items' %}").split("</progress>")[0]


class OneField(forms.Form):
    name = forms.CharField(label=EVIL, help_text="As it is printed.")


def test_a_field_ties_label_help_and_error_to_its_input() -> None:
    drawn = draw("{% field form.name %}", form=OneField({"name": ""}))
    assert '<label for="id_name">' in drawn
    assert 'id="id_name_helptext"' in drawn
    assert "id_name_helptext" in drawn.split("<input")[1].split(">")[0]
    assert "This field is required." in drawn
    assert "<img" not in drawn


def test_pagination_keeps_the_other_parameters() -> None:
    request = RequestFactory().get("/items/", {"state": "ready", "page": "7"})
    page = Paginator(range(1440), 50).page(7)
    drawn = render_to_string("core/_pagination.html", {"page": page}, request)
    assert "301 to 350 of 1,440" in drawn
    assert "?state=ready&amp;page=8" in drawn
    assert '<span aria-current="page">7</span>' in drawn


def test_a_nav_link_to_a_page_that_does_not_exist_is_left_out() -> None:
    assert draw('{% nav_link "no:such" "Nowhere" "items" %}').strip() == ""


def test_a_nav_link_marks_where_one_is() -> None:
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    assert "aria-current" not in draw('{% nav_link "core:home" "Home" "items" %}', request=request)
