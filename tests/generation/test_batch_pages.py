"""The curator's batch pages: list, live progress, summary."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.generation.conftest import Launch
from tests.generation.model_batch import CAUSES, ModelBatch, make_model_batch
from webapp.accounts.models import User
from webapp.generation.actions.batches import (
    PlannedSlot,
    cancel_batch,
    pause_batch,
    set_budget,
    tell_progress,
    wake_batch,
)
from webapp.generation.actions.slots import fail_slots
from webapp.generation.models import Batch, Screening, ScreeningSum, Slot
from webapp.generation.queries import (
    MOST_CAUSES,
    errors_by_cause,
    hits_by_adversary,
    progress_of,
)
from webapp.generation.queries.live import stages_of, sums_of_calls
from webapp.items.actions import revise_item
from webapp.items.leakage.stats import wilson
from webapp.items.models import Item
from webapp.slides.models import Triplet
from workers.tasks.generation import run_batch, screen_item

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("triplets")]


@pytest.fixture
def curator(client: Client, cleo: User) -> Client:
    client.force_login(cleo)
    return client


@pytest.fixture
def working(cleo: User) -> ModelBatch:
    return make_model_batch(cleo)


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


def test_a_page_asks_for_its_parts_again_while_the_batch_works(
    curator: Client, launch: Launch, cleo: User
) -> None:
    batch = launch(3)
    page, address = f"/batches/{batch.pk}/", f"/batches/{batch.pk}/progress/?was=working"
    assert 'hx-trigger="every 1s"' in text_of(curator, page)
    assert not curator.get(address).has_header("HX-Refresh")
    cancel_batch(batch, by=cleo)
    assert "data-live" not in text_of(curator, page)
    assert curator.get(address)["HX-Refresh"] == "true"


def test_a_batch_that_sleeps_is_looked_at_until_it_goes_on(
    curator: Client, working: ModelBatch
) -> None:
    pause_batch(working.batch, "OPENAI_BASE_URL does not answer.", again=True, by=working.by)
    page = text_of(curator, f"/batches/{working.batch.pk}/")
    assert 'hx-trigger="every 5s"' in page
    assert "Next try by itself" in page
    address = f"/batches/{working.batch.pk}/progress/?was=sleeping"
    assert not curator.get(address).has_header("HX-Refresh")
    wake_batch(working.batch.pk, by=working.by)
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
    """Let one adversary hit the key of as many questions with these chances."""
    ScreeningSum.objects.filter(batch=batch).delete()
    ScreeningSum.objects.create(
        batch=batch,
        adversary="longest",
        dimension="A",
        round=1,
        final=True,
        screened=len(correct),
        answered=len(correct),
        correct=sum(correct),
    )


@pytest.mark.parametrize(
    ("correct", "tone", "told"),
    [
        ([1.0, 1.0, 0.0, 0.0, 0.0, 0.0], "tone-1", ""),  # 33 % of 6 is no leak
        ([1.0] * 6, "tone-1", ""),  # too few to tell
        ([1.0] * 20 + [0.0] * 15, "tone-2", "names the key more often than guessing"),
        ([0.25] * 6, "tone-1", ""),
        ([0.0] * 40, "tone-2", "names the key less often than guessing"),
    ],
)
def test_an_adversarys_bar_has_its_interval_and_tells_when_it_leaves_chance_out(
    curator: Client, launch: Launch, correct: list[float], tone: str, told: str
) -> None:
    batch = launch(1)
    screened(batch, correct)
    shown = curator.get(f"/batches/{batch.pk}/").context["leakage"]
    (bar,) = shown.guesses
    low, high = wilson(sum(correct), len(correct))
    assert (bar.low, bar.high, bar.note) == (100 * low, 100 * high, f"n {len(correct)}")
    assert f"tone-{bar.tone}" == tone
    assert told in " ".join(shown.apart)
    assert bool(shown.apart) is bool(told)


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


def test_a_batch_page_costs_the_same_for_any_number_of_items_and_calls(
    curator: Client, cleo: User
) -> None:
    def cost(slots: int, calls: int) -> int:
        made = make_model_batch(cleo, slots=slots)
        for _ in range(calls):
            made.call("screen", "qwen3-max", slot=1)
        with CaptureQueriesContext(connection) as captured:
            text_of(curator, f"/batches/{made.batch.pk}/")
        return len(captured)

    assert cost(10, 1) == cost(30, 12) <= 20


def test_the_parts_are_the_page_without_its_frame(curator: Client, working: ModelBatch) -> None:
    page = text_of(curator, f"/batches/{working.batch.pk}/")
    for name, heading in (("progress", "progress-title"), ("results", "leakage-title")):
        part = text_of(curator, f"/batches/{working.batch.pk}/{name}/")
        assert f'id="{heading}"' in part
        assert f'id="{heading}"' in page
        assert "<!doctype" not in part
        assert "<form" not in part, "whoever uses a form must not lose it to the next second"


def test_the_stages_go_from_captions_to_questions_that_were_tried(working: ModelBatch) -> None:
    batch = working.batch
    stages = stages_of(batch, progress_of(batch), sums_of_calls(batch))
    assert [(one.label, one.done, one.total) for one in stages] == [
        ("Captions read", 1, 1),
        ("Planned", 10, 10),
        ("Written", 6, 10),  # five made, and one that a model has written
        ("Screened", 5, 10),
    ]
    assert [one.active for one in stages] == [False, False, True, True]
    assert [(one.calls, float(one.cost_usd)) for one in stages] == [
        (1, 0.01), (0, 0.0), (2, 0.02), (7, 0.06),
    ]  # fmt: skip


def test_the_stages_of_an_offline_batch_name_no_models(launch: Launch) -> None:
    batch = launch(4)
    run_batch(batch.pk)
    batch.refresh_from_db()
    stages = stages_of(batch, progress_of(batch), sums_of_calls(batch))
    assert [(one.label, one.done, one.total) for one in stages] == [
        ("Planned", 4, 4),
        ("Written and screened", 4, 4),
    ]


def test_captions_are_counted_as_the_worker_tells_it(working: ModelBatch) -> None:
    tell_progress(working.batch.pk, "decompose", 7, 30)
    batch = working.fresh()
    reading = stages_of(batch, progress_of(batch), sums_of_calls(batch))[0]
    assert (reading.done, reading.total, reading.active) == (7, 30, True)


def test_outcomes_are_told_by_stage_and_model(curator: Client, working: ModelBatch) -> None:
    text = text_of(curator, f"/batches/{working.batch.pk}/results/")
    for told in ("1 refused", "1 blocked", "1 cut off", "1 malformed", "1 failed"):
        assert told in text
    sums = {(one.stage, one.model): one for one in sums_of_calls(working.batch)}
    screen = sums["screen", "gemini-3-pro"]
    assert (screen.answered, screen.unusable, screen.in_flight) == (1, 5, 1)
    assert list(sums) == [
        ("decompose", "gpt-5"),
        ("generate", "gpt-5"),
        ("screen", "gemini-3-pro"),
        ("screen", "qwen3-max"),
        ("refine", "gemini-3-pro"),
    ]


def test_leaks_are_told_by_adversary_and_round(curator: Client, working: ModelBatch) -> None:
    shown = curator.get(f"/batches/{working.batch.pk}/").context["leakage"]
    assert shown.rounds == 3
    centroid = [bar for bar in shown.leaks if bar.group == "Centroid"]
    assert [(bar.label, bar.value, bar.note) for bar in centroid] == [
        ("Round 1", 40.0, "n 5"),
        ("Round 2", 50.0, "n 2"),
        ("Round 3", 100.0, "n 1"),
    ]


def test_leaks_are_told_by_dimension_to_whoever_asks(curator: Client, working: ModelBatch) -> None:
    answer = curator.get(f"/batches/{working.batch.pk}/leaks/")
    found = {one.adversary: one for one in answer.context["by_dimension"]}
    assert set(found) == {"Centroid", "Gemini 3 Pro (3.1)", "Qwen3-Max"}
    last = [bar for bar in found["Centroid"].leaks if bar.group == "Round 3"]
    assert [(bar.label, bar.value) for bar in last] == [("A Correspondence", 100.0)]
    assert "<!doctype" not in answer.content.decode()


def test_money_is_told_beside_the_budget(curator: Client, working: ModelBatch) -> None:
    money = curator.get(f"/batches/{working.batch.pk}/").context["money"]
    assert (money["left"], money["in_flight"]) == (Decimal("4.89"), 1)
    assert float(money["expected"]) == pytest.approx(0.09 * 10 / 7)
    assert money["short"] is False


def test_it_says_when_the_budget_will_not_do(curator: Client, working: ModelBatch) -> None:
    set_budget(working.batch, Decimal("0.12"), by=working.by)
    assert "more than the budget" in text_of(curator, f"/batches/{working.batch.pk}/progress/")


def test_a_pause_says_why_and_what_to_do(curator: Client, working: ModelBatch) -> None:
    pause_batch(working.batch, "The budget of $5.00 does not hold the next call.", by=working.by)
    page = text_of(curator, f"/batches/{working.batch.pk}/")
    assert "The budget of $5.00 does not hold the next call." in page
    assert "It waits for you" in page
    assert "Set budget and resume" in page


def test_one_that_waits_has_no_rate(working: ModelBatch) -> None:
    pause_batch(working.batch, "No money.", by=working.by)
    assert progress_of(working.fresh()).made > 0
    assert progress_of(working.fresh()).per_minute is None


def test_a_raised_budget_lets_a_paused_batch_go_on(curator: Client, working: ModelBatch) -> None:
    pause_batch(working.batch, "No money.", by=working.by)
    sent = {"budget_usd": "20", "resume": "1"}
    answer = curator.post(f"/batches/{working.batch.pk}/set-budget/", sent)
    assert answer.status_code == 302
    batch = working.fresh()
    assert (batch.budget_usd, batch.state, batch.error) == (Decimal(20), "queued", "")


def test_a_budget_may_change_while_the_batch_works(curator: Client, working: ModelBatch) -> None:
    curator.post(f"/batches/{working.batch.pk}/set-budget/", {"budget_usd": "20"})
    assert (working.fresh().budget_usd, working.fresh().state) == (Decimal(20), "running")


@pytest.mark.parametrize("sent", ["0.01", "", "-1", "1e9", "much"])
def test_a_budget_that_cannot_be_is_an_error_of_its_field(
    curator: Client, working: ModelBatch, sent: str
) -> None:
    answer = curator.post(f"/batches/{working.batch.pk}/set-budget/", {"budget_usd": sent})
    assert answer.status_code == 422
    assert answer.context["budget_form"].errors["budget_usd"]
    assert working.fresh().budget_usd == Decimal(5)


def test_what_failed_for_one_cause_is_retried_once_the_batch_rests(
    curator: Client, working: ModelBatch
) -> None:
    page = f"/batches/{working.batch.pk}/"
    assert "Retry these" not in text_of(curator, page)
    cancel_batch(working.batch, by=working.by)
    assert text_of(curator, page).count("Retry these") == 2
    assert curator.post(f"{page}retry-slots/", {"cause": CAUSES[0]}).status_code == 302
    failed = working.batch.slots.filter(state="failed")
    assert [slot.error for slot in failed] == [CAUSES[1]]
    assert working.fresh().state == "queued"


def test_slots_are_filtered_and_show_rounds_pools_and_twins(
    curator: Client, working: ModelBatch
) -> None:
    page = f"/batches/{working.batch.pk}/"

    def numbers(query: str) -> list[int]:
        return [slot.number for slot in curator.get(page + query).context["page"]]

    assert numbers("?state=leaky") == [5]
    assert numbers("?dimension=A") == [5, 10]
    assert numbers("?state=failed&dimension=B") == [6]
    assert numbers("?state=nonsense") == list(range(1, 11))
    rounds = {slot.number: slot.rounds for slot in curator.get(page).context["page"]}
    assert [rounds[number] for number in (1, 4, 5)] == [1, 2, 3]
    text = text_of(curator, page)
    assert text.count("Shares its text with other items") == 2
    assert text.count("Its stem is in the model") == 5


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


def test_only_the_commonest_causes_of_failure_are_told(working: ModelBatch) -> None:
    slots = list(working.batch.slots.filter(state="planned"))
    assert errors_by_cause(working.batch) == [(cause, 1) for cause in sorted(CAUSES)]
    fail_slots({slot.pk: CAUSES[0] for slot in slots}, by=working.by)
    assert errors_by_cause(working.batch)[0] == (CAUSES[0], 1 + len(slots))
    planned = [PlannedSlot(n, slots[0].triplet_id, "A", {}) for n in range(11, 11 + MOST_CAUSES)]
    Slot.objects.bulk_create(Slot(batch=working.batch, **vars(one)) for one in planned)
    fail_slots(
        {slot.pk: f"Cause {slot.number}." for slot in working.batch.slots.filter(number__gt=10)},
        by=working.by,
    )
    assert len(errors_by_cause(working.batch)) == MOST_CAUSES


def test_the_rate_is_of_the_newest_items(working: ModelBatch) -> None:
    rate = progress_of(working.batch).per_minute
    assert rate is not None
    assert rate > 0
    long_ago = timezone.now() - timedelta(hours=2)
    Item.objects.filter(slot__batch=working.batch).update(created_at=long_ago)
    assert progress_of(working.batch).per_minute is None
