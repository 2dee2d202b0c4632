"""A folder for engines."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not pytest's: each session of root closes that one again to the account of PostgreSQL."""
    with tempfile.TemporaryDirectory(
        prefix="crosscope-engines-", ignore_cleanup_errors=True
    ) as made:
        yield Path(made)
