from pathlib import Path

import pytest
from pytest_django import Settings

from tests.api.conftest import Ask
from tests.factories import make_user
from tests.releases.approved import make_approved_items, make_release
from webapp.accounts.roles import Role
from webapp.releases.models import Release

pytestmark = pytest.mark.django_db


@pytest.fixture
def release(settings: Settings, tmp_path: Path) -> Release:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.RELEASES_ROOT = tmp_path / "releases"
    make_approved_items(3, 1)
    return make_release(make_user(Role.ADMIN))


def test_releases_are_listed(ask: Ask, release: Release) -> None:
    status, body = ask("releases")
    assert status == 200
    (row,) = body["results"]
    assert (row["number"], row["state"], row["items"]) == (1, "ready", 3)
    assert row["manifest_sha256"] == release.manifest_sha256


def test_a_release_comes_with_policy_audit_and_download(ask: Ask, release: Release) -> None:
    status, body = ask("releases/1")
    assert status == 200
    assert body["policy"]["seed"] == 7
    assert body["audit"]["items"] == 3
    assert body["download"] == "/releases/1/download/"


def test_a_release_that_is_not_ready_has_no_download(ask: Ask) -> None:
    make_approved_items(2, 1)
    make_release(make_user(Role.ADMIN), build=False)
    assert ask("releases/1")[1]["download"] is None
