"""The project's own files: no virtual environment, no data, no caches, nothing vendored."""

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("annotation_configs", "benchmarks", "deploy", "tests", "training", "webapp", "workers")
NOT_OURS = {
    ".git",
    ".venv",
    "var",
    "node_modules",
    "vendor",
    "test-results",
    "__pycache__",
    ".hypothesis",
}
TEXT = {
    "", ".cfg", ".conf", ".css", ".example", ".html", ".in", ".js", ".json", ".md", ".py", ".sh",
    ".sql", ".svg", ".toml", ".txt", ".xml", ".yaml", ".yml",
}  # fmt: skip


def files(top: Path = ROOT) -> Iterator[Path]:
    for path in sorted(top.iterdir()):
        if path.name in NOT_OURS or path.name.endswith("_cache") or path.is_symlink():
            continue
        if path.is_dir():
            yield from files(path)
        else:
            yield path


def text_files() -> Iterator[Path]:
    return (path for path in files() if path.suffix in TEXT)


def python_files() -> Iterator[Path]:
    for package in PACKAGES:
        for path in files(ROOT / package) if (ROOT / package).is_dir() else ():
            if path.suffix == ".py" and "migrations" not in path.parts:
                yield path


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()
