"""The curator's batch pages: list, live progress, summary."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.generation.conftest import Launch
from webapp.accounts.models import User
from webapp.generation.actions import cancel_batch
from webapp.generation.models import Batch
from webapp.generation.queries import progress_of
from webapp.slides.models import Triplet
from workers.tasks.generation import run_batch

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
    for adversary in ("centroid", "longest", "shortest", "question_overlap"):
        assert adversary in text
    assert "Correspondence" in text


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
