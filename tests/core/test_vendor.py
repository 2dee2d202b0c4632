"""Third-party scripts are the bytes that we pinned."""

import base64
import hashlib
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.template import Context, Template

from webapp.core.vendor import VENDOR_SCRIPTS


def served(path: str) -> Path:
    found = finders.find(path)
    assert isinstance(found, str), f"{path} is not among the static files"
    return Path(found)


@pytest.mark.parametrize("name", sorted(VENDOR_SCRIPTS))
def test_a_script_matches_its_hash(name: str) -> None:
    script = VENDOR_SCRIPTS[name]
    digest = hashlib.sha384(served(script.path).read_bytes()).digest()
    assert script.sha384 == base64.b64encode(digest).decode()


@pytest.mark.parametrize("name", sorted(VENDOR_SCRIPTS))
def test_a_script_names_no_map(name: str) -> None:
    """The hashed-name storage would rewrite the map's name and so change the bytes."""
    assert b"sourceMappingURL" not in served(VENDOR_SCRIPTS[name].path).read_bytes()


@pytest.mark.parametrize("name", sorted(VENDOR_SCRIPTS))
def test_a_script_says_the_version_that_the_table_says(name: str) -> None:
    script = VENDOR_SCRIPTS[name]
    assert script.version in served(script.path).read_text("utf-8")


def test_openseadragon_comes_with_its_licence() -> None:
    assert "Redistribution" in served("core/vendor/openseadragon.LICENSE.txt").read_text("utf-8")


def test_the_tag_lets_the_browser_check_the_bytes() -> None:
    drawn = Template('{% load ui %}{% vendor_script "openseadragon" %}').render(Context())
    assert f'integrity="{VENDOR_SCRIPTS["openseadragon"].integrity}"' in drawn
    assert drawn.endswith(' defer fetchpriority="low"></script>')


def test_every_vendored_file_is_in_the_table() -> None:
    folder = served(VENDOR_SCRIPTS["openseadragon"].path).parent
    known = {Path(script.path).name for script in VENDOR_SCRIPTS.values()}
    assert {path.name for path in folder.glob("*.js")} <= known
