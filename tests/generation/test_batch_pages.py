"""The curator's batch pages: list, live progress, summary."""

from dataclasses import replace

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.generation.conftest import Launch
from webapp.accounts.models import User
from webapp.generation.actions.batches import cancel_batch
from webapp.generation.models import Batch, Screening
from webapp.generation.planned import PlannedItem
from webapp.generation.queries import (
    MOST_CAUSES,
    errors_by_cause,
    hits_by_adversary,
    progress_of,
)
from webapp.items.actions import revise_item
from webapp.items.leakage.stats import wilson
from webapp.items.models import Item
from webapp.slides.models import Triplet
from workers.pipeline.generate import GenerateError
from workers.tasks import generation
from workers.tasks.generation import run_batch, screen_item

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("triplets")]


@pytest.fixture
def curator(client: Client, cleo: User) -> Client:
    client.force_login(cleo)
    return client


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_list_shows_newest_first_with_counts(curator: Client, launch: Launch) -> None:
    run_batch(launch(4, name="<i>Older</i>").pk)
    launch(5, name="Newer")
    text = text_of(curator, "/batches/")
    assert text.index("Newer") < text.index("&lt;i&gt;Older&lt;/i&gt;")


def test_the_list_costs_the_same_for_any_number_of_batches(curator: Client, launch: Launch) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            text_of(curator, "/batches/")
        return len(captured)

    launch(3)
    few = cost()
    for _ in range(10):
        launch(3)
    assert cost() == few <= 9


def test_a_waiting_batch_asks_for_itself_again_and_an_ended_one_does_not(
    curator: Client, launch: Launch, cleo: User
) -> None:
    batch = launch(3)
    address = f"/batches/{batch.pk}/progress/"
    assert 'hx-trigger="every 1s"' in text_of(curator, address)
    assert not curator.get(address).has_header("HX-Refresh")
    cancel_batch(batch, by=cleo)
    assert "hx-trigger" not in text_of(curator, address)
    assert curator.get(address)["HX-Refresh"] == "true"


def test_a_finished_batch_shows_counts_items_and_adversaries(
    curator: Client, launch: Launch
) -> None:
    batch = launch(6)
    run_batch(batch.pk)
    text = text_of(curator, f"/batches/{batch.pk}/")
    assert text.count('href="/items/') >= 6
    assert "chance" in text
    for adversary in ("Centroid", "Longest", "Shortest", "Question overlap"):
        assert adversary in text
    assert "Correspondence" in text


def screened(batch: Batch, correct: list[float]) -> None:
    """Let one adversary hit the first questions of the batch with these chances."""
    Screening.objects.filter(revision__item__slot__batch=batch).delete()
    items = Item.objects.filter(slot__batch=batch).order_by("slot__number")
    for item, share in zip(items, correct, strict=False):
        Screening.objects.create(
            revision=item.current,
            adversary="longest",
            version="1",
            correct=share,
            confidence=0.0,
            verdict="holds",
        )


@pytest.mark.parametrize(
    ("correct", "tone"),
    [
        ([1.0, 1.0, 0.0, 0.0, 0.0, 0.0], "tone-1"),  # 33 % of 6 is no leak
        ([1.0] * 6, "tone-2"),
        ([0.25] * 6, "tone-1"),
    ],
)
def test_an_adversarys_bar_has_its_interval_and_tells_when_it_leaves_chance_out(
    curator: Client, launch: Launch, correct: list[float], tone: str
) -> None:
    batch = launch(6)
    run_batch(batch.pk)
    screened(batch, correct)
    (bar,) = curator.get(f"/batches/{batch.pk}/").context["adversary_bars"]
    low, high = wilson(sum(correct), 6)
    assert (bar.low, bar.high, bar.note) == (100 * low, 100 * high, "n 6")
    assert f"tone-{bar.tone}" == tone


def test_what_people_revised_later_does_not_count(launch: Launch, cleo: User) -> None:
    batch = launch(4)
    run_batch(batch.pk)
    before = hits_by_adversary(batch)
    item = Item.objects.filter(slot__batch=batch)[0]
    revise_item(item, replace(item.current.mcq(), stem="Which?"), parent_number=1, by=cleo)
    screen_item(item.pk)
    assert Screening.objects.filter(revision__number=2).exists()
    assert hits_by_adversary(batch) == before
    assert {hits.tries for hits in before} == {4}


def test_a_batch_page_costs_the_same_for_any_number_of_items(
    curator: Client, launch: Launch
) -> None:
    def cost(count: int) -> int:
        batch = launch(count)
        run_batch(batch.pk)
        with CaptureQueriesContext(connection) as captured:
            text_of(curator, f"/batches/{batch.pk}/")
        return len(captured)

    few, many = cost(2), cost(12)
    assert few == many <= 18


def test_the_part_is_the_page_without_its_frame(curator: Client, launch: Launch) -> None:
    batch = launch(3)
    run_batch(batch.pk)
    part = text_of(curator, f"/batches/{batch.pk}/progress/").strip()
    assert part.startswith('<div id="generation-progress"')
    assert "<!doctype" not in part


def test_progress_counts_slots_and_tells_the_rate(launch: Launch, triplets: list[Triplet]) -> None:
    batch = launch(6)
    before = progress_of(batch)
    assert (before.total, before.done, before.per_minute) == (0, 0, None)
    run_batch(batch.pk)
    after = progress_of(Batch.objects.get(pk=batch.pk))
    assert (after.total, after.done, after.failed) == (6, 6, 0)
    assert after.per_minute is not None
    assert after.left_s is None


def test_the_summary_holds_the_newest_five(curator: Client, launch: Launch) -> None:
    for number in range(7):
        launch(3, name=f"Batch number {number}")
    text = text_of(curator, "/batches/summary/")
    assert [f"Batch number {number}" in text for number in range(7)] == 2 * [False] + 5 * [True]


@pytest.mark.parametrize("address", ["/batches/999999/", "/batches/999999/progress/"])
def test_a_batch_that_is_not_there_is_a_404(curator: Client, address: str) -> None:
    assert curator.get(address).status_code == 404


def test_only_the_commonest_causes_of_failure_are_told(
    launch: Launch, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(planned: PlannedItem, *_: object) -> None:
        raise GenerateError("Often." if planned.number <= 3 else f"Number {planned.number}.")

    monkeypatch.setattr(generation, "generate", fails)
    batch = launch(20)
    run_batch(batch.pk)
    causes = errors_by_cause(batch)
    assert causes[0] == ("Often.", 3)
    assert len(causes) == MOST_CAUSES
