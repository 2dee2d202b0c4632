from pathlib import Path

import pytest
from pytest_django import Settings

from tests.factories import make_user
from webapp.accounts.models import User
from webapp.accounts.roles import Role
from workers.tasks import releases  # noqa: F401  registers the task for eager mode


@pytest.fixture
def folders(settings: Settings, tmp_path: Path) -> Path:
    """Media and releases of this test alone; returns the folder of the releases."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.RELEASES_ROOT = tmp_path / "releases"
    return tmp_path / "releases"


@pytest.fixture
def admin(db: None) -> User:
    return make_user(Role.ADMIN)


@pytest.fixture
def curator(db: None) -> User:
    return make_user(Role.CURATOR)


@pytest.fixture
def pathologist(db: None) -> User:
    return make_user(Role.PATHOLOGIST)
