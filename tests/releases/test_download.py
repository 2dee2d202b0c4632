"""The zip: whole, in pieces, and the same bytes either way."""

import io
import zipfile
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from django.http import StreamingHttpResponse
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.releases.approved import make_approved_items, make_release
from webapp.accounts.models import User
from webapp.releases.models import Release
from webapp.releases.writer.archive import Archive, ArchiveError, Entry, archive_of


@pytest.fixture
def release(admin: User, folders: Path) -> Release:
    make_approved_items(3, 1)
    return make_release(admin)


@pytest.fixture
def client(admin: User) -> Client:
    browser = Client()
    browser.force_login(admin)
    return browser


def get(client: Client, **headers: str) -> Any:
    return client.get(reverse("releases:download", args=[1]), headers=headers)


def body(response: Any) -> bytes:
    if isinstance(response, StreamingHttpResponse):
        return b"".join(response.streaming_content)  # type: ignore[arg-type]  # never async here
    return bytes(response.content)


@pytest.mark.parametrize("span", [f"bytes=0-{'9' * 5_000}", f"bytes={'9' * 5_000}-", "bytes=x-y"])
def test_a_range_that_is_none_gives_the_whole(client: Client, release: Release, span: str) -> None:
    assert get(client, range=span).status_code == 200


def test_the_zip_unpacks_to_the_release_folder(
    client: Client, release: Release, folders: Path
) -> None:
    response = get(client)
    content = body(response)
    assert response.status_code == 200
    assert int(response["Content-Length"]) == len(content)
    assert response["ETag"] == f'"{release.manifest_sha256}"'
    assert response["Content-Disposition"] == 'attachment; filename="crosscope-r1.zip"'
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        assert opened.testzip() is None
        files = {info.filename: opened.read(info) for info in opened.infolist()}
        assert {info.date_time for info in opened.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    on_disk = {
        f"r1/{path.relative_to(folders / 'r1').as_posix()}": path.read_bytes()
        for path in (folders / "r1").rglob("*")
        if path.is_file()
    }
    assert files == on_disk
    assert list(files) == sorted(files)


def test_a_broken_download_goes_on_where_it_stopped(client: Client, release: Release) -> None:
    whole = body(get(client))
    half = len(whole) // 2
    rest = get(client, range=f"bytes={half}-", if_range=f'"{release.manifest_sha256}"')
    assert rest.status_code == 206
    assert rest["Content-Range"] == f"bytes {half}-{len(whole) - 1}/{len(whole)}"
    assert whole[:half] + body(rest) == whole


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [("bytes=0-0", 0, 1), ("bytes=10-19", 10, 20), ("bytes=-7", -7, None)],
)
def test_any_one_range_is_served(
    client: Client, release: Release, asked: str, start: int, stop: int | None
) -> None:
    whole = body(get(client))
    part = get(client, range=asked)
    assert part.status_code == 206
    assert body(part) == whole[start:stop]
    assert int(part["Content-Length"]) == len(whole[start:stop])


@pytest.mark.parametrize("asked", ["bytes=a-b", "bytes=0-1,5-6", "lines=1-2", "bytes=-"])
def test_a_range_that_we_do_not_know_gives_the_whole(
    client: Client, release: Release, asked: str
) -> None:
    assert get(client, range=asked).status_code == 200


@pytest.mark.parametrize("asked", ["bytes=999999999-", "bytes=20-10", "bytes=-0"])
def test_a_range_outside_cannot_be_satisfied(client: Client, release: Release, asked: str) -> None:
    response = get(client, range=asked)
    assert response.status_code == 416
    assert response["Content-Range"].startswith("bytes */")


def test_a_range_of_something_else_gives_the_whole(client: Client, release: Release) -> None:
    assert get(client, range="bytes=5-", if_range='"other"').status_code == 200


def test_who_has_it_is_told_so(client: Client, release: Release) -> None:
    response = get(client, if_none_match=f'"{release.manifest_sha256}"')
    assert response.status_code == 304
    assert body(response) == b""


def test_head_tells_the_size_without_the_bytes(client: Client, release: Release) -> None:
    response = client.head(reverse("releases:download", args=[1]))
    assert int(response["Content-Length"]) == len(body(get(client)))
    assert body(response) == b""


def test_a_release_that_is_not_ready_is_a_conflict(
    client: Client, admin: User, folders: Path
) -> None:
    make_approved_items(2, 1)
    make_release(admin, build=False)
    response = get(client)
    assert response.status_code == 409
    assert b"wait until it is ready" in response.content


def test_a_folder_that_was_changed_is_not_given_out(
    client: Client, release: Release, folders: Path
) -> None:
    (folders / "r1" / "MANIFEST.json").write_text("{}")
    response = get(client)
    assert response.status_code == 409
    assert b"other content than was released" in response.content


def test_lost_checksums_are_computed_again(client: Client, release: Release, folders: Path) -> None:
    whole = body(get(client))
    (folders / "r1.crc32.json").unlink()
    assert body(get(client)) == whole
    (folders / "r1.crc32.json").write_text("{broken")
    assert body(get(client)) == whole


@pytest.mark.parametrize("role", ["pathologist", "stranger"])
def test_who_may_not_see_keys_gets_nothing(role: str, release: Release, pathologist: User) -> None:
    browser = Client()
    if role == "pathologist":
        browser.force_login(pathologist)
    assert get(browser).status_code == (403 if role == "pathologist" else 302)


def test_post_is_refused(client: Client, release: Release) -> None:
    assert client.post(reverse("releases:download", args=[1])).status_code == 405


def entries_in(folder: Path, contents: list[bytes]) -> list[Entry]:
    folder.mkdir(exist_ok=True)
    found = []
    for number, content in enumerate(contents):
        path = folder / f"{number}.bin"
        path.write_bytes(content)
        found.append(Entry(f"r/{number}.bin", path, len(content), crc32(content)))
    return found


@settings(max_examples=30, deadline=None)
@given(
    contents=st.lists(st.binary(max_size=40), max_size=5),
    limit=st.sampled_from([0xFFFFFFFF, 60, 2]),
    cut=st.tuples(st.integers(0, 600), st.integers(0, 600)),
)
def test_any_stretch_equals_that_of_the_whole_also_in_zip64(
    tmp_path_factory: pytest.TempPathFactory,
    contents: list[bytes],
    limit: int,
    cut: tuple[int, int],
) -> None:
    folder = tmp_path_factory.mktemp("zip")
    archive = Archive(entries_in(folder, contents), limit=limit)
    whole = b"".join(archive.read())
    assert len(whole) == archive.size
    assert b"".join(archive.read(*cut)) == whole[cut[0] : cut[1]]
    with zipfile.ZipFile(io.BytesIO(whole)) as opened:
        assert [opened.read(name) for name in opened.namelist()] == contents


def test_a_file_beyond_four_gigabytes_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="larger than 4 GB"):
        Archive([Entry("r/big.jpg", tmp_path / "big.jpg", 1 << 32, 0)])


def test_the_archive_of_a_folder_does_not_depend_on_file_times(tmp_path: Path) -> None:
    folder = tmp_path / "r1"
    entries_in(folder, [b"one", b"two"])
    before = b"".join(archive_of(folder).read())
    for path in folder.iterdir():
        path.touch()
    assert b"".join(archive_of(folder).read()) == before
