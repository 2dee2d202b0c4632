"""What people see of releases, and who sees nothing."""

from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from tests.factories import make_item, make_mcq
from tests.releases.approved import STALE, make_approved_items, make_release
from webapp.accounts.models import User
from webapp.items.states import ItemState
from webapp.releases.models import Release
from webapp.releases.states import ReleaseState

GOOD: dict[str, str | int] = {
    "name": "First",
    "seed": 7,
    "train": 70,
    "val": 10,
    "test": 20,
    "notes": "",
    "number": 1,
}


def browser_of(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


@pytest.fixture
def client(admin: User) -> Client:
    return browser_of(admin)


@pytest.fixture
def release(admin: User, folders: Path) -> Release:
    make_approved_items(5, 2)
    return make_release(admin, name="<b>First</b>")


def test_the_list_names_every_release(client: Client, release: Release) -> None:
    page = client.get(reverse("releases:list")).content.decode()
    assert "&lt;b&gt;First&lt;/b&gt;" in page
    assert release.manifest_sha256[:12] in page


def test_an_empty_list_says_what_to_do(client: Client) -> None:
    page = client.get(reverse("releases:list")).content.decode()
    assert "No releases yet" in page


def test_the_page_shows_counts_leakage_items_and_history(client: Client, release: Release) -> None:
    page = client.get(reverse("releases:show", args=[1])).content.decode()
    for told in (
        release.manifest_sha256,
        "Dimension by split",
        "Organ by split",
        "Key letter by split",
        "Centroid",
        "Question overlap",
        "chance 25 %",
        "95 % interval",
        "plot-whisker",
        "Freeze release",
        reverse("releases:download", args=[1]),
    ):
        assert told in page
    for member in release.members.all():
        assert reverse("items:show", args=[member.item_id]) in page
    assert " style=" not in page
    assert "<script>" not in page


def test_the_page_needs_a_fixed_number_of_queries(
    client: Client, admin: User, folders: Path, django_assert_max_num_queries: object
) -> None:
    make_approved_items(6, 4)
    make_release(admin)
    assert callable(django_assert_max_num_queries)
    with django_assert_max_num_queries(14):
        client.get(reverse("releases:show", args=[1]))


def test_an_unknown_release_is_not_found(client: Client) -> None:
    response = client.get(reverse("releases:show", args=[9]))
    assert response.status_code == 404
    assert b"There is no release 9" in response.content


def test_a_release_being_built_polls_for_its_progress(
    client: Client, admin: User, folders: Path
) -> None:
    make_approved_items(2, 1)
    release = make_release(admin, build=False)
    url = reverse("releases:progress_part", args=[1])
    assert f'hx-get="{url}"' in client.get(reverse("releases:show", args=[1])).content.decode()
    assert "Waiting for a worker" in client.get(url).content.decode()
    Release.objects.filter(pk=release.pk).update(state=ReleaseState.BUILDING, done=3, total=12)
    part = client.get(url)
    assert "3 of 12 files" in part.content.decode()
    assert "HX-Refresh" not in part


def test_the_progress_of_a_finished_build_asks_for_the_whole_page(
    client: Client, release: Release
) -> None:
    part = client.get(reverse("releases:progress_part", args=[1]))
    assert part["HX-Refresh"] == "true"
    assert "hx-trigger" not in part.content.decode()


def test_a_failed_build_shows_its_reason_and_can_be_built_again(
    client: Client, admin: User, folders: Path, django_capture_on_commit_callbacks: object
) -> None:
    (item,) = make_approved_items(1, 1)
    poster = Path(settings.MEDIA_ROOT) / item.triplet.rois.get(scale="high").image
    content = poster.read_bytes()
    poster.unlink()
    make_release(admin)
    page = client.get(reverse("releases:show", args=[1])).content.decode()
    assert f"{poster.name}" in page
    assert "Build again" in page
    poster.write_bytes(content)
    assert callable(django_capture_on_commit_callbacks)
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(reverse("releases:retry", args=[1]))
    assert response.status_code == 302
    assert Release.objects.get().state == ReleaseState.READY


def test_a_ready_release_is_not_retried(client: Client, release: Release) -> None:
    response = client.post(reverse("releases:retry", args=[1]))
    assert response.status_code == 409
    assert b"cannot become queued" in response.content


def test_the_preview_shows_what_would_be_frozen(client: Client) -> None:
    make_approved_items(5, 2)
    faulty = make_item(mcq=make_mcq(rationale=STALE), state=ItemState.APPROVED)
    part = client.get(reverse("releases:preview_part"), GOOD).content.decode()
    assert "What would be frozen" in part
    assert "stale_letter 1" in part
    assert reverse("items:show", args=[faulty.pk]) in part
    assert "Centroid" in part


def test_the_preview_warns_of_an_empty_split(client: Client) -> None:
    make_approved_items(1, 3)
    part = client.get(reverse("releases:preview_part"), GOOD).content.decode()
    assert "The test split is empty" in part


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"train": 80}, "add up to 110 %"),
        ({"seed": "x"}, "No preview"),
        ({"train": ""}, "No preview"),
    ],
)
def test_the_preview_says_what_is_wrong_with_the_form(
    client: Client, change: dict[str, str | int], said: str
) -> None:
    response = client.get(reverse("releases:preview_part"), GOOD | change)
    assert response.status_code == 200
    assert said in response.content.decode()


def test_the_preview_of_nothing_says_so(client: Client) -> None:
    part = client.get(reverse("releases:preview_part"), GOOD).content.decode()
    assert "No item is approved yet" in part


def test_freezing_leads_to_the_release(
    client: Client, folders: Path, django_capture_on_commit_callbacks: object
) -> None:
    make_approved_items(3, 2)
    assert client.get(reverse("releases:freeze")).status_code == 200
    assert callable(django_capture_on_commit_callbacks)
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(reverse("releases:freeze"), GOOD)
    assert response["Location"] == reverse("releases:show", args=[1])
    release = Release.objects.get()
    assert release.state == ReleaseState.READY
    assert release.policy["seed"] == 7
    assert release.policy["ratios"] == [0.7, 0.1, 0.2]


def test_an_empty_form_is_refused(client: Client) -> None:
    response = client.post(reverse("releases:freeze"))
    assert response.status_code == 422
    assert "This field is required" in response.content.decode()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": ""}, "This field is required"),
        ({"name": "x" * 201}, "at most 200"),
        ({"name": "a\x00b"}, "Null characters"),
        ({"name": "a\u202eb"}, "control character"),
        ({"seed": -1}, "greater than or equal to 0"),
        ({"seed": 2**31}, "less than or equal to"),
        ({"train": 71}, "add up to 101 %"),
        ({"val": -10, "test": 40}, "greater than or equal to 0"),
        ({"number": "x"}, "Enter a whole number"),
    ],
)
def test_bad_input_is_named_and_freezes_nothing(
    client: Client, change: dict[str, str | int], said: str
) -> None:
    make_approved_items(2, 1)
    response = client.post(reverse("releases:freeze"), GOOD | change)
    assert response.status_code == 422
    assert said in response.content.decode()
    assert not Release.objects.exists()


def test_freezing_nothing_is_refused_on_the_form(client: Client) -> None:
    response = client.post(reverse("releases:freeze"), GOOD)
    assert response.status_code == 422
    assert "No item is approved yet" in response.content.decode()


def test_two_admins_freezing_at_once_one_is_told(client: Client, release: Release) -> None:
    response = client.post(reverse("releases:freeze"), GOOD)
    assert response.status_code == 409
    assert b"Release 1 was frozen while you looked" in response.content


def test_an_item_page_can_show_its_releases(client: Client, release: Release) -> None:
    member = release.members.first()
    assert member is not None
    part = client.get(reverse("releases:item_part", args=[member.item_id])).content.decode()
    assert reverse("releases:show", args=[1]) in part


def test_the_summary_lists_the_newest(client: Client, release: Release) -> None:
    assert "10 items" in client.get(reverse("releases:summary")).content.decode()


PAGES = ("list", "summary", "freeze", "preview_part")
PAGES_OF_ONE = ("show", "progress_part", "download")


@pytest.mark.parametrize("name", [*PAGES, *PAGES_OF_ONE, "item_part"])
def test_pathologists_and_strangers_see_no_release(
    pathologist: User, release: Release, name: str
) -> None:
    arguments = [1] if name in PAGES_OF_ONE else []
    if name == "item_part":
        arguments = [release.members.values_list("item_id", flat=True)[0]]
    url = reverse(f"releases:{name}", args=arguments)
    refused = browser_of(pathologist).get(url)
    assert refused.status_code == 403
    assert release.manifest_sha256.encode() not in refused.content
    assert Client().get(url).status_code == 302


def test_curators_see_releases_and_cannot_freeze(curator: User, release: Release) -> None:
    browser = browser_of(curator)
    page = browser.get(reverse("releases:list")).content.decode()
    assert "Freeze a release" not in page
    assert browser.get(reverse("releases:show", args=[1])).status_code == 200
    assert browser.get(reverse("releases:freeze")).status_code == 403
    assert browser.post(reverse("releases:freeze"), GOOD).status_code == 403
    assert browser.post(reverse("releases:retry", args=[1])).status_code == 403
    assert Release.objects.count() == 1


def test_retrying_takes_a_post(client: Client) -> None:
    assert client.get(reverse("releases:retry", args=[1])).status_code == 405
