"""The locks: every line pinned with hashes, no index host, no GPU package for the web."""

import re
from pathlib import Path

import pytest

from tests.house.tree import ROOT

LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
SOURCES = sorted((ROOT / "requirements").glob("*.in"))
PIN = re.compile(r"^(?P<name>[a-z0-9][a-z0-9._-]*)(\[[^\]]+\])?==\S+", re.IGNORECASE)


def pins(lock: Path) -> list[str]:
    """The pinned names, in order."""
    found = (PIN.match(line) for line in lock.read_text().splitlines())
    return [match["name"].lower() for match in found if match]


@pytest.mark.parametrize("path", [*LOCKS, *SOURCES], ids=lambda path: path.name)
def test_no_index_or_link_is_named(path: Path) -> None:
    for line in path.read_text().splitlines():
        requirement = line.partition("#")[0]
        assert "://" not in requirement
        assert not re.match(r"\s*(-i|--index-url|--extra-index-url|-f|--find-links)\b", requirement)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_pin_has_a_hash(lock: Path) -> None:
    blocks = re.split(r"^(?=\S)", lock.read_text(), flags=re.MULTILINE)
    requirements = [block for block in blocks if block.strip() and not block.startswith("#")]
    assert requirements
    for block in requirements:
        assert PIN.match(block), f"not pinned: {block.splitlines()[0]}"
        assert "--hash=sha256:" in block, f"no hash: {block.splitlines()[0]}"


@pytest.mark.parametrize("lock", ["web.txt", "workers.txt", "dev.txt"])
def test_the_web_never_installs_a_gpu_package(lock: str) -> None:
    heavy = {"torch", "torchvision", "verl", "vllm", "ray", "transformers"}
    assert not heavy & set(pins(ROOT / "requirements" / lock))


def test_dev_holds_the_web_at_the_same_versions() -> None:
    def versions(name: str) -> set[str]:
        lines = (ROOT / "requirements" / name).read_text().splitlines()
        return {line.removesuffix(" \\") for line in lines if PIN.match(line)}

    assert versions("web.txt") <= versions("dev.txt")
