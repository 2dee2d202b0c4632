"""The whole product once, on real slides: captions to a reviewed, released, exported question."""

import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db.models import Count
from playwright.sync_api import Page, expect

from deploy.processes import wait_until
from tests.e2e.conftest import SignIn
from tests.factories import make_user
from tests.live import LiveWorker
from training.contract.manifest import canonical_json
from webapp.accounts.roles import Role
from webapp.items.models import Item
from webapp.items.states import ItemState
from webapp.releases.models import Release
from webapp.review.models import BlindAnswer, Verdict
from webapp.slides.models import Slide, Triplet

PUBLISHED = 450
APPROVALS = 8
WORK_MS = 60_000


def _multiset(rows: list[dict[str, Any]]) -> list[bytes]:
    """Rows without their numbers, in an order of their own."""
    return sorted(
        canonical_json({name: value for name, value in row.items() if name != "No"}) for row in rows
    )


def _item_number(page: Page) -> str:
    heading = page.locator("#cockpit-title")
    found = re.search(r"Item (\d+)", heading.text_content() or "")
    assert found is not None
    return found.group(1)


def _assignment(page: Page) -> str:
    return page.locator("#cockpit").get_attribute("data-assignment") or ""


def _start_reviewing(page: Page) -> None:
    page.goto("/review/")
    page.get_by_role("button", name=re.compile("reviewing")).click()
    expect(page.locator("#cockpit-host.has-script")).to_be_visible()


def _answer(page: Page, key: str = "1") -> None:
    expect(page.locator("#cockpit")).to_have_attribute("data-phase", "blind")
    page.keyboard.press(key)
    expect(page.locator("#cockpit")).to_have_attribute("data-phase", "revealed")


def _next_after(page: Page, assignment: str) -> None:
    expect(page.locator("#cockpit")).not_to_have_attribute("data-assignment", assignment)


def _launch_batch(page: Page, items: int) -> None:
    page.goto("/batches/launch/")
    page.get_by_label("Name").fill("Whole path")
    page.get_by_label("How many items").fill(str(items))
    page.locator("summary", has_text="Seed").click()
    page.get_by_label("Seed").fill("1")
    page.get_by_role("button", name="Launch").click()
    expect(page.locator("#generation-progress")).to_contain_text("Done", timeout=WORK_MS)


def _send_back(page: Page, key: str, reason: str) -> None:
    before = _assignment(page)
    page.keyboard.press(key)
    page.get_by_label(reason).check()
    page.keyboard.press("Enter")
    _next_after(page, before)


def _freeze(page: Page) -> bytes:
    page.goto("/releases/freeze/")
    page.get_by_label("Name").fill("First")
    page.get_by_role("button", name="Freeze").click()
    link = page.get_by_role("link", name=re.compile("Download"))
    expect(link).to_be_visible(timeout=WORK_MS)
    with page.expect_download() as download:
        link.click()
    return Path(download.value.path()).read_bytes()


@pytest.mark.timeout(300)
@pytest.mark.django_db(transaction=True)
def test_real_slides_and_captions_become_reviewed_released_questions(
    live_workers: LiveWorker, sign_in: SignIn, shared_data: Path, tmp_path: Path
) -> None:
    curator = make_user(Role.CURATOR)
    readers = [make_user(Role.PATHOLOGIST) for _ in range(2)]
    admin = make_user(Role.ADMIN)

    call_command("import_captions", shared_data / "captions.jsonl", username=curator.username)
    assert Slide.objects.exclude(path="").count() == 2
    assert Triplet.objects.count() == 5
    published = shared_data / "scale_vqa_val.json"
    call_command("import_questions", published, username=curator.username)
    assert Item.objects.filter(origin=Item.Origin.PUBLISHED).count() == PUBLISHED
    call_command("export_questions", tmp_path / "out.json", origin="published")
    written = json.loads((tmp_path / "out.json").read_text())
    assert _multiset(written) == _multiset(json.loads(published.read_text()))
    # The published questions would be in the way of the pictured ones.
    Item.objects.filter(origin=Item.Origin.PUBLISHED).update(state=ItemState.RETIRED)

    _launch_batch(sign_in(curator.username), items=30)
    assert Item.objects.filter(state=ItemState.READY).count() >= APPROVALS + 4

    pages = [sign_in(reader.username) for reader in readers]
    for page in pages:
        _start_reviewing(page)
    assert _item_number(pages[0]) != _item_number(pages[1])
    for page in pages:
        expect(page.locator("#cockpit .field__view > img")).not_to_have_count(0)
        for _ in range(APPROVALS // 2):
            before = _assignment(page)
            _answer(page)
            page.keyboard.press("j")
            _next_after(page, before)
    _answer(pages[0])
    _send_back(pages[0], "e", "Not visible")
    _answer(pages[1])
    _send_back(pages[1], "k", "The key is wrong")
    # The next question shows before the verdict's answer has come back.
    assert wait_until(lambda: Verdict.objects.count() == APPROVALS + 2, 10.0)
    assert BlindAnswer.objects.count() == APPROVALS + 2
    states = (
        Item.objects.filter(assignments__verdicts__isnull=False).order_by().values_list("state")
    )
    assert dict(states.annotate(count=Count("pk"))) == {
        ItemState.APPROVED: APPROVALS,
        ItemState.NEEDS_REVISION: 1,
        ItemState.REJECTED: 1,
    }

    archive = zipfile.ZipFile(io.BytesIO(_freeze(sign_in(admin.username))))
    assert archive.testzip() is None
    names = [name for name in archive.namelist() if re.search(r"(train|val|test)\.json$", name)]
    rows = [row for name in names for row in json.loads(archive.read(name))]
    assert len(rows) == APPROVALS
    folder = names[0].rpartition("/")[0]
    images = {path for row in rows for path in row["image_path"].values() if path}
    assert {f"{folder}/{image}".lstrip("/") for image in images} <= set(archive.namelist())
    call_command("verify_release", str(Release.objects.get().number))
