"""A batch by language models in a browser: previewed, launched, watched, looked into, learned from.

The web server, a worker process and the three providers' servers are real processes that speak HTTP
with each other; only what the models say is worked out by rule (tests/emulator).
"""

import re
from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.conf import LazySettings
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import SignIn
from tests.emulator.process import RunningEmulator, running_emulator
from tests.factories import make_user
from tests.generation.captioned import make_captioned
from tests.live import LiveWorker, worker_on_test_database
from webapp.accounts.roles import Role
from webapp.generation.models import Batch, Call, Constraint, Slot
from webapp.generation.states import BatchState, SlotState

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]

COUNT = 24
LATENCY_MS = 600
WORK_MS = 60_000
MOST_TABS = 80


@pytest.fixture
def providers(settings: LazySettings) -> Iterator[RunningEmulator]:
    """Three in ten texts are given away, half of these whatever is told; one in ten has a defect
    at first."""
    traits = {"leaky": 0.3, "stubborn": 0.2, "misbehave": 0.1}
    with running_emulator(brain="pathology", latency_ms=LATENCY_MS, **traits) as emulator:
        settings.LLM_BASE_URLS = emulator.base_urls
        settings.LLM_KEYS = dict.fromkeys(emulator.base_urls, "a-key")
        yield emulator


@pytest.fixture
def worker(
    transactional_db: None, providers: RunningEmulator, monkeypatch: pytest.MonkeyPatch
) -> Iterator[LiveWorker]:
    for name, value in providers.environment.items():
        monkeypatch.setenv(name, value)
    with worker_on_test_database() as worker:
        yield worker


def _open_models(page: Page) -> None:
    page.goto("/batches/launch/")
    page.locator("summary", has_text="Language models").click()


def _ask_for_models(page: Page, count: int) -> None:
    _open_models(page)
    page.get_by_label("Name").fill("By models")
    page.get_by_label("How many items").fill(str(count))
    page.get_by_label("Who words the questions").select_option("gpt-5")
    page.get_by_label("Who reads the captions").select_option("gpt-5-mini")
    page.get_by_label("Gemini 3 Pro").check()
    page.get_by_label("Qwen3-Max").check()
    page.locator("summary", has_text="Seed").click()
    page.get_by_label("Seed").fill("7")


def _preview(page: Page) -> None:
    page.get_by_role("button", name="Preview").click()
    preview = page.get_by_role("region", name="Preview")
    expect(preview.locator("article")).to_have_count(6)
    expect(preview).to_contain_text("The budget does, whatever happens")
    expected = preview.locator("tfoot .num").first.text_content() or ""
    assert Decimal(expected.strip().lstrip("$")) > 0
    assert not Batch.objects.exists()
    assert not Call.objects.exists()


def _stage(page: Page, label: str) -> Locator:
    stage = page.locator("#generation-progress .stage", has_text=label)
    return stage.locator(".stage__value")


def _watch_it_finish(page: Page) -> None:
    """Numbers change while the page stays; a mark on its document shows that it was not loaded
    anew."""
    progress = page.locator("#generation-progress")
    page.locator("html").evaluate("page => page.dataset.mark = 'here'")
    expect(progress).to_contain_text("Running")
    some = re.compile(rf"^\s*(?!{COUNT} )[1-9]\d* of {COUNT}\s*$")
    expect(_stage(page, "Screened")).to_have_text(some, timeout=WORK_MS)
    expect(page.locator("html")).to_have_attribute("data-mark", "here")
    expect(progress).to_contain_text("Done", timeout=WORK_MS)
    expect(_stage(page, "Planned")).to_have_text(f"{COUNT} of {COUNT}")


def _look_at_leaky_item(page: Page) -> None:
    """From the batch's page: what was tried, by whom, why it leaks and what that taught."""
    page.get_by_label("State").select_option("leaky")
    page.get_by_role("button", name="Apply").click()
    slot = Slot.objects.filter(state=SlotState.LEAKY).order_by("number")[0]
    page.get_by_role("link", name=f"item {slot.item_id}", exact=True).click()
    expect(page.locator("h1")).to_contain_text("Leaky")
    story = page.locator(".story")
    assert slot.item is not None
    expect(story.locator("details.version")).to_have_count(slot.item.revisions.count())
    newest = story.locator("details.version[open]")
    expect(newest.locator("summary").first).to_contain_text("leaks")
    expect(newest.locator(".screenings tbody")).not_to_have_count(0)
    expect(newest.get_by_role("heading", name="What it taught")).to_be_visible()
    newest.locator("summary", has_text="of language models").click()
    expect(newest.locator("a.row-link").first).to_be_visible()


def _reword_constraint(page: Page, text: str) -> Constraint:
    """The one that the item's newest version taught."""
    page.locator(".version[open] .callout a", has_text="Constraint").first.click()
    expect(page.get_by_role("heading", name="Leaks that taught it")).to_be_visible()
    found = re.search(r"/(\d+)/$", page.url)
    assert found is not None
    page.locator("form textarea").fill(text)
    page.get_by_role("button", name="Save as a new version").click()
    expect(page.locator("form .card__head")).to_contain_text("version 2")
    expect(page.locator(".timeline").first).to_contain_text(text)
    return Constraint.objects.get(pk=found[1])


def _tab_to(page: Page, wanted: Locator) -> None:
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if wanted.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError(f"the keyboard does not reach {wanted}")


def _launch_by_keys(page: Page) -> None:
    """Nothing but keys, from the address to the launched batch."""
    page.goto("/batches/launch/")
    _tab_to(page, page.get_by_label("How many items"))
    page.keyboard.press("Control+a")
    page.keyboard.type("5")
    _tab_to(page, page.get_by_label("Name"))
    page.keyboard.type("By keys")
    _tab_to(page, page.locator("summary", has_text="Language models"))
    page.keyboard.press("Enter")
    _tab_to(page, page.get_by_label("Who words the questions"))
    page.keyboard.type("GPT-5 mini")
    _tab_to(page, page.get_by_label("Qwen3-Max"))
    page.keyboard.press("Space")
    _tab_to(page, page.get_by_label("Budget"))
    page.keyboard.press("Control+a")
    page.keyboard.type("2.50")
    page.keyboard.press("Enter")
    expect(page.locator("#generation-progress")).to_be_visible()


def test_a_batch_by_models_is_watched_looked_into_and_learned_from(
    worker: LiveWorker, providers: RunningEmulator, sign_in: SignIn
) -> None:
    make_captioned(20)
    curator = make_user(Role.CURATOR)
    page = sign_in(curator.username)

    _ask_for_models(page, COUNT)
    page.get_by_label("Budget").fill("500")
    _preview(page)
    assert providers.counts()["requests"] == 0
    page.get_by_label("Budget").fill("20")
    page.get_by_role("button", name="Launch").click()
    _watch_it_finish(page)

    batch = Batch.objects.get()
    assert 0 < batch.spent_usd <= batch.budget_usd
    assert batch.reserved_usd == 0
    assert set(providers.counts()["by_provider"]) == {"openai", "google", "dashscope"}
    revised = batch.slots.filter(state=SlotState.READY, item__revisions__number=2)
    assert revised.exists(), "none was mended by a lesson"

    _look_at_leaky_item(page)
    text = "Keep the four options equally long, to the word if need be."
    constraint = _reword_constraint(page, text)
    assert constraint.current.number == 2

    _launch_by_keys(page)
    expect(page.locator("#generation-progress")).to_contain_text("Done", timeout=WORK_MS)
    second = Batch.objects.get(name="By keys")
    assert second.state == BatchState.DONE
    assert constraint.current.pk in second.config["constraints"]
    assert (second.config["generator"], second.config["adversaries"]) == (
        "gpt-5-mini", ["qwen3-max"],
    )  # fmt: skip
    told = Call.objects.filter(batch=second, stage="generate", request__user__icontains=text)
    assert told.exists(), "the new wording was told to nobody"
