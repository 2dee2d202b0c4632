"""The manifest is a function of the folder's bytes and notices every change."""

import hashlib
import json
from pathlib import Path

import pytest

from training.contract.manifest import (
    MANIFEST_NAME,
    ManifestError,
    build_manifest,
    canonical_json,
    verify_manifest,
    write_manifest,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rois").mkdir()
    (tmp_path / "train.json").write_bytes(b"[]\n")
    (tmp_path / "rois" / "ä 1.jpg").write_bytes(b"\xff\xd8")
    return tmp_path


def test_canonical_json_has_one_form() -> None:
    assert canonical_json({"b": [1, "µ"], "a": None}) == '{"a":null,"b":[1,"µ"]}\n'.encode()
    assert canonical_json({"b": 1, "a": 2}) == canonical_json({"a": 2, "b": 1})


def test_canonical_json_refuses_nan() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_json(float("nan"))


def test_files_are_listed_in_order_with_size_and_digest(folder: Path) -> None:
    files = build_manifest(folder)["files"]
    assert files == [
        {"path": "rois/ä 1.jpg", "sha256": hashlib.sha256(b"\xff\xd8").hexdigest(), "size": 2},
        {"path": "train.json", "sha256": hashlib.sha256(b"[]\n").hexdigest(), "size": 3},
    ]


def test_writing_twice_gives_the_same_bytes(folder: Path) -> None:
    first = write_manifest(folder, {"release": 1})
    content = (folder / MANIFEST_NAME).read_bytes()
    assert write_manifest(folder, {"release": 1}) == first
    assert (folder / MANIFEST_NAME).read_bytes() == content
    assert hashlib.sha256(content).hexdigest() == first
    assert not list(folder.glob("*.part"))


def test_facts_may_not_replace_the_list(folder: Path) -> None:
    with pytest.raises(ManifestError, match="files"):
        build_manifest(folder, {"files": []})


def test_an_untouched_folder_verifies(folder: Path) -> None:
    write_manifest(folder)
    assert verify_manifest(folder) == ()


def test_each_change_is_named(folder: Path) -> None:
    write_manifest(folder)
    (folder / "train.json").write_bytes(b"{}\n")
    (folder / "rois" / "ä 1.jpg").unlink()
    (folder / "extra.txt").touch()
    assert verify_manifest(folder) == (
        "extra.txt is not in the manifest.",
        "rois/ä 1.jpg is missing.",
        "train.json has other content than was released.",
    )
    (folder / "train.json").write_bytes(b"")
    assert "train.json has 0 bytes, not 3." in verify_manifest(folder)


def test_a_link_is_refused(folder: Path) -> None:
    (folder / "link.json").symlink_to(folder / "train.json")
    with pytest.raises(ManifestError, match=r"link\.json is a link"):
        build_manifest(folder)


def test_no_folder_and_no_manifest_are_named(folder: Path) -> None:
    with pytest.raises(ManifestError, match="no folder"):
        build_manifest(folder / "absent")
    with pytest.raises(ManifestError, match="incomplete"):
        verify_manifest(folder)


@pytest.mark.parametrize(
    "manifest",
    [
        b"{",
        b"\xff\xfe\x00",
        b"[]",
        b'{"format": "other", "files": []}',
        b'{"format": "crossscope-manifest/1", "files": {}}',
        b'{"format": "crossscope-manifest/1", "files": [5]}',
        b'{"format": "crossscope-manifest/1", "files": [{"path": 1}]}',
        json.dumps({"format": "crossscope-manifest/1", "files": [{"path": "../x"}]}).encode(),
    ],
)
def test_a_broken_manifest_is_refused(folder: Path, manifest: bytes) -> None:
    (folder / MANIFEST_NAME).write_bytes(manifest)
    with pytest.raises(ManifestError, match=MANIFEST_NAME):
        verify_manifest(folder)
