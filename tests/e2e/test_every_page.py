"""Every page at two widths, light and dark: it fits, loads and complains of nothing.

With CROSSCOPE_SCREENSHOTS=FOLDER each is also kept as a picture, to be looked at.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from playwright.sync_api import Page
from pytest_django import Settings

from tests.e2e.conftest import OpenPage, SignIn
from tests.factories import make_item, make_slide, make_triplet, make_user, write_slide
from tests.generation.model_batch import make_model_batch
from webapp.accounts.roles import Role
from webapp.generation.actions.batches import cancel_batch, launch_batch, pause_batch
from webapp.generation.actions.constraints import write_constraint
from webapp.generation.config import BatchConfig
from webapp.generation.models import Call
from webapp.items.mcq import Dimension
from webapp.items.saved_views import save_view
from webapp.items.states import ItemState
from webapp.releases.models import Release
from webapp.review.models import Assignment
from webapp.slides.models import Import

LOOKS = [
    (width, height, scheme)
    for width, height in ((1440, 900), (1024, 768))
    for scheme in ("light", "dark")
]
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]


@pytest.fixture
def curator_pages(tmp_path: Path, settings: Settings) -> list[str]:
    """Something on every page: slide, import, batch, items, release; the pages' addresses."""
    settings.RELEASES_ROOT = tmp_path / "releases"
    curator = make_user(Role.CURATOR, "cora")
    make_user(Role.ADMIN, "ada")
    slide = make_slide(file=write_slide(tmp_path / "slide.tif"))
    triplet = make_triplet(slide, posters=True)
    item = make_item(triplet, state=ItemState.READY)
    make_item(triplet, state=ItemState.NEEDS_REVISION)
    make_item(make_triplet(), state=ItemState.APPROVED)
    call_command("import_slides", write_slide(tmp_path / "second.tif", seed=1), username="cora")
    batch = launch_batch(BatchConfig(tuple(Dimension), count=5), by=curator)
    constraint = write_constraint(
        dimension=Dimension.A, kind="length", text="Keep the options equally long.", by=curator
    )
    save_view(name="Ready", query="state=ready", shared=True, by=curator)
    call_command("freeze_release", "First")
    working, paused, stopped = (make_model_batch(curator) for _ in range(3))
    pause_batch(paused.batch, "OPENAI_BASE_URL does not answer.", by=curator, again=True)
    cancel_batch(stopped.batch, by=curator)
    return [
        "/",
        "/slides/",
        f"/slides/{slide.pk}/",
        "/slides/import/",
        "/slides/imports/",
        f"/slides/imports/{Import.objects.get().pk}/",
        "/items/",
        "/items/?state=ready&organ=colon",
        "/items/import/",
        "/items/duplicates/",
        "/items/views/",
        f"/items/{item.pk}/",
        f"/items/{item.pk}/revise/",
        "/batches/",
        "/batches/launch/",
        "/batches/constraints/",
        "/batches/constraints/write/",
        f"/batches/constraints/{constraint.pk}/",
        f"/batches/{batch.pk}/",
        f"/batches/{working.batch.pk}/",
        f"/batches/{paused.batch.pk}/",
        f"/batches/{stopped.batch.pk}/",
        f"/batches/{working.batch.pk}/calls/",
        f"/batches/calls/{Call.objects.latest('pk').pk}/",
        "/batches/providers/",
        "/releases/",
        f"/releases/{Release.objects.get().number}/",
        "/no-such-page/",
    ]


def _looks_right(page: Page, address: str, name: str) -> None:
    page.goto(address)
    page.wait_for_load_state("networkidle")
    too_wide = page.evaluate(TOO_WIDE)
    assert too_wide <= 0, f"{address} is {too_wide} px too wide ({name})"
    assert page.locator("h1").count() == 1, f"{address} has no single heading"
    folder = os.environ.get("CROSSCOPE_SCREENSHOTS")
    if folder:
        slug = address.strip("/").replace("/", "-") or "home"
        page.screenshot(path=Path(folder) / f"{slug}-{name}.png", full_page=True)


def _in_every_look(sign_in: SignIn, username: str) -> Iterator[tuple[Page, str]]:
    for width, height, scheme in LOOKS:
        page = sign_in(username, width=width, height=height, color_scheme=scheme)
        yield page, f"{username}-{width}-{scheme}"


def test_pages_of_curators(curator_pages: list[str], sign_in: SignIn) -> None:
    for page, name in _in_every_look(sign_in, "cora"):
        for address in curator_pages:
            _looks_right(page, address, name)


def test_pages_of_admins(curator_pages: list[str], sign_in: SignIn) -> None:
    for page, name in _in_every_look(sign_in, "ada"):
        for address in ("/", "/releases/freeze/", "/audit/", "/styleguide/", "/items/"):
            _looks_right(page, address, name)


def test_pages_of_pathologists(tmp_path: Path, sign_in: SignIn) -> None:
    slide = make_slide(file=write_slide(tmp_path / "slide.tif"))
    make_item(make_triplet(slide, posters=True), state=ItemState.READY)
    make_item(make_triplet(), state=ItemState.READY)
    make_user(Role.PATHOLOGIST, "paul")
    for page, name in _in_every_look(sign_in, "paul"):
        for address in ("/", "/review/", "/review/history/"):
            _looks_right(page, address, name)
        page.goto("/review/")
        page.locator("main form button").first.click()
        page.wait_for_selector("#cockpit")
        _looks_right(page, f"/review/{Assignment.objects.order_by('pk')[0].pk}/", name)


def test_the_login_page(open_page: OpenPage) -> None:
    for width, height, scheme in LOOKS:
        page = open_page(viewport={"width": width, "height": height}, color_scheme=scheme)
        _looks_right(page, "/login/", f"{width}-{scheme}")
