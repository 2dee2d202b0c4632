"""File names inside data stay below their folder."""

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.contract.paths import UnsafePathError, path_fault, safe_relative_path


@pytest.mark.parametrize(
    ("path", "because"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("../secret.jpg", "climbs"),
        ("a/../../b.jpg", "climbs"),
        ("a/..", "climbs"),
        ("/etc/passwd", "absolute"),
        ("C:/x.jpg", "absolute"),
        ("c:x.jpg", "absolute"),
        ("a\\..\\b.jpg", "backslash"),
        ("a\x00b.jpg", "control character"),
        ("a\nb.jpg", "control character"),
        ("a\ud800.jpg", "control character"),
        ("https://host/x.jpg", "web address"),
        ("file:///x.jpg", "web address"),
        ("folder/", "folder"),
        (".", "folder"),
        ("x" * 256 + ".jpg", "255 bytes"),
        ("é" * 200, "255 bytes"),
        ("a/" * 600 + "b", "1,024"),
    ],
)
def test_paths_that_leave_or_break_the_folder_are_refused(path: str, because: str) -> None:
    fault = path_fault(path)
    assert fault is not None
    assert because in fault
    with pytest.raises(UnsafePathError, match=because):
        safe_relative_path(path)


@pytest.mark.parametrize("path", ["a.jpg", "./a.jpg", "a/b..c/d.jpg", "..a/b", "wsi/rois/10_1.jpg"])
def test_paths_below_the_folder_are_kept(path: str) -> None:
    assert safe_relative_path(path) == PurePosixPath(path)


@given(st.text(alphabet="ab./\\:~\x00\n ", max_size=12))
def test_an_accepted_path_never_leaves_its_folder(path: str) -> None:
    if path_fault(path) is None:
        assert ".." not in PurePosixPath(path).parts
        assert not PurePosixPath(path).is_absolute()
        assert "\\" not in path
