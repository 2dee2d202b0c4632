"""A backup holds database and files, and comes back; a damaged one changes nothing."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from deploy import embedded

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def site(folder: Path) -> Iterator[tuple[Path, str]]:
    """A home with one row in the database and one file; its database URL."""
    home = folder / "home"
    with embedded.running(home) as engines:
        with psycopg.connect(engines.database_url) as link:
            link.execute("CREATE TABLE slide (name text)")
            link.execute("INSERT INTO slide VALUES ('kept')")
        (home / "media").mkdir()
        (home / "media" / "poster.jpg").write_bytes(b"kept")
        yield home, engines.database_url


def call(script: str, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "CROSSCOPE_HOME": str(home), "DATABASE_URL": ""}
    return subprocess.run(
        [str(ROOT / "deploy" / script), *arguments],
        cwd=home.parent, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def spoil(home: Path, database_url: str) -> None:
    with psycopg.connect(database_url) as link:
        link.execute("UPDATE slide SET name = 'changed'")
    (home / "media" / "poster.jpg").unlink()


def slide_name(database_url: str) -> str:
    with psycopg.connect(database_url) as link:
        row = link.execute("SELECT name FROM slide").fetchone()
    assert row is not None
    return str(row[0])


def test_a_backup_comes_back_as_it_was(site: tuple[Path, str]) -> None:
    home, database_url = site
    done = call("backup.sh", home, "backups")
    assert done.returncode == 0, done.stderr
    backup = Path(done.stdout.strip())
    assert backup.parent == home.parent / "backups"
    assert {path.name for path in backup.iterdir()} == {
        "database.dump", "files.tar", "SHA256SUMS",
    }  # fmt: skip
    spoil(home, database_url)
    done = call("restore.sh", home, str(backup), "--replace")
    assert done.returncode == 0, done.stderr
    assert slide_name(database_url) == "kept"
    assert (home / "media" / "poster.jpg").read_bytes() == b"kept"


def test_a_damaged_backup_changes_nothing(site: tuple[Path, str]) -> None:
    home, database_url = site
    backup = Path(call("backup.sh", home, "backups").stdout.strip())
    (backup / "files.tar").write_bytes(b"torn")
    spoil(home, database_url)
    done = call("restore.sh", home, str(backup), "--replace")
    assert done.returncode == 1
    assert "damaged or incomplete; nothing was changed" in done.stderr
    assert slide_name(database_url) == "changed"


def test_a_restore_must_be_meant(site: tuple[Path, str]) -> None:
    home, _ = site
    backup = call("backup.sh", home, "backups").stdout.strip()
    done = call("restore.sh", home, backup)
    assert done.returncode == 2
    assert "--replace" in done.stderr
