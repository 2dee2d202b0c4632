"""The colours can be read in both themes (WCAG 2.2 AA), and the styles stay small."""

import gzip
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

LIMIT_BYTES = 12_000
THEMES = {"light": 0, "dark": 1}
TEXT = [("text", "text-2", "text-3"), ("bg", "surface", "surface-2")]
TONES = ("accent", "eosin", "ok", "warn", "danger", "info")
READ = [
    *((text, surface) for text in TEXT[0] for surface in TEXT[1]),
    *((tone, surface) for tone in TONES for surface in ("surface", "bg", f"{tone}-soft")),
    ("text-2", "surface-3"),
    ("text", "accent-soft"),
    ("text-2", "accent-soft"),
    *(
        (f"{button}{state}", "on-accent")
        for button in ("accent-solid", "danger-solid")
        for state in ("", "-hover")
    ),
]
SEEN = [("border-strong", "surface"), *((f"chart-{n}", "surface") for n in range(1, 6))]


def css(name: str) -> str:
    found = finders.find(f"core/css/{name}.css")
    assert isinstance(found, str)
    return Path(found).read_text("utf-8")


def colours(theme: str) -> dict[str, str]:
    pair = re.compile(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)")
    found = {name: (light, dark)[THEMES[theme]] for name, light, dark in pair.findall(css("base"))}
    return found | {"on-accent": "#ffffff"}


def luminance(colour: str) -> float:
    """Relative luminance by WCAG 2."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("text", "surface"), READ)
def test_text_can_be_read(theme: str, text: str, surface: str) -> None:
    palette = colours(theme)
    assert contrast(palette[text], palette[surface]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("mark", "surface"), SEEN)
def test_marks_and_borders_of_controls_can_be_seen(theme: str, mark: str, surface: str) -> None:
    palette = colours(theme)
    assert contrast(palette[mark], palette[surface]) >= 3


def test_the_styles_of_every_page_stay_small() -> None:
    size = sum(len(gzip.compress(css(name).encode())) for name in ("base", "components"))
    assert size <= LIMIT_BYTES


def test_every_token_used_exists() -> None:
    styles = css("base") + css("components")
    defined = set(re.findall(r"(--[\w-]+):", styles))
    assert set(re.findall(r"var\((--[\w-]+)\)", styles)) <= defined
