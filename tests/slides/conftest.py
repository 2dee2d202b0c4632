"""Small synthetic slides and people for the tests of slides."""

from pathlib import Path

import pytest

from tests.factories import make_user, write_slide
from webapp.accounts.models import User
from webapp.accounts.roles import Role


@pytest.fixture
def curator(db: None) -> User:
    return make_user(Role.CURATOR)


@pytest.fixture
def pathologist(db: None) -> User:
    return make_user(Role.PATHOLOGIST)


@pytest.fixture
def slide_file(tmp_path: Path) -> Path:
    """A tiled pyramid of 2,048 x 1,536 px with its resolution."""
    return write_slide(tmp_path / "alpha.tiff")


@pytest.fixture
def scanned_without_mpp(tmp_path: Path) -> Path:
    return write_slide(tmp_path / "silent.tiff", mpp=None, seed=2)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with alpha.tiff, where captions files go."""
    write_slide(tmp_path / "alpha.tiff")
    return tmp_path
