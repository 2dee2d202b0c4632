"""Batches at the prompt: launched, listed, stopped, taken up again."""

from dataclasses import fields
from decimal import Decimal

import pytest
from django.core.management import CommandError

from tests.commands import run, run_json
from tests.factories import make_item, make_user
from tests.generation.conftest import Launch
from tests.generation.made_calls import make_batch, make_call
from webapp.accounts.models import User
from webapp.accounts.roles import Role
from webapp.core.models import Event
from webapp.generation.config import BatchConfig, Scheme
from webapp.generation.models import Batch, Screening, Slot
from webapp.generation.queries import funnel_of
from webapp.generation.states import BatchState, CallOutcome, SlotState
from webapp.items.mcq import Dimension
from webapp.slides.models import Triplet

pytestmark = pytest.mark.django_db


def test_a_launch_with_nothing_but_a_number(triplets: list[Triplet]) -> None:
    told = run("launch_batch", 4)
    batch = Batch.objects.get()
    assert f"Batch {batch.pk} “{batch.name}” is queued, seed {batch.seed}." in told
    assert BatchConfig.from_json(batch.config) == BatchConfig(tuple(Dimension), count=4)
    assert batch.created_by.is_system


def test_every_field_of_the_config_is_an_option(triplets: list[Triplet], cleo: User) -> None:
    slide = triplets[0].slide
    batch = run_json(
        "launch_batch", 7, "--dimensions", "C,a", "--slide", slide.name, "--slide", slide.pk,
        "--scheme", "twins", "--generator", "gpt-5", "--decomposer", "gpt-5-mini",
        "--adversary", "gemini-3-pro", "--adversary", "qwen3-max", "--orders", 2, "--rounds", 1,
        "--free-share", 0.25, "--no-probe", "--seed", 5, "--name", "Pilot", "--budget", "$12.50",
        "--as", "cleo",
    )  # fmt: skip
    wanted = BatchConfig(
        dimensions=("C", "A"),
        count=7,
        slides=(slide.pk,),
        scheme=Scheme.TWINS,
        generator="gpt-5",
        decomposer="gpt-5-mini",
        adversaries=("gemini-3-pro", "qwen3-max"),
        orders=2,
        rounds=1,
        free_share=0.25,
        use_probe=False,
    )
    assert BatchConfig.from_json(batch["config"]) == wanted
    assert (batch["seed"], batch["name"], batch["created_by"]) == (5, "Pilot", "cleo")
    assert batch["budget_usd"] == "12.500000"
    plain = BatchConfig((), 0)
    unset = {
        one.name for one in fields(plain) if getattr(plain, one.name) == getattr(wanted, one.name)
    }
    assert unset == {"constraints"}, "an option is missing here or in the command"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((0,), "1 to 20,000 items"),
        ((3, "--dimensions", "AX"), "no dimension 'X'"),
        ((3, "--slide", "nowhere"), "no slide 'nowhere'"),
        ((3, "--slide", "99999999999999999999"), "no slide '9999"),
        ((3, "--generator", "gpt-0"), "no model 'gpt-0'"),
        ((3, "--generator", "gpt-5"), "budget of \\$0 pays for no call"),
        ((3, "--budget", "much"), "'much' is no amount of US dollars"),
        ((3, "--budget", "NaN"), "'NaN' is no amount"),
        ((3, "--budget", "1e999999999"), "is no amount"),
        ((3, "--budget", "0.0000001"), "is finer than the 6 digits"),
        ((3, "--as", "nobody"), "Nobody is called 'nobody'"),
        (("many",), "invalid int value"),
    ],
)
def test_a_launch_that_cannot_be_is_refused_in_a_sentence(
    words: tuple[object, ...], told: str
) -> None:
    with pytest.raises(CommandError, match=told):
        run("launch_batch", *words)
    assert not Batch.objects.exists()


def test_who_may_not_launch_on_a_page_may_not_at_the_prompt() -> None:
    make_user(Role.PATHOLOGIST, "paul")
    with pytest.raises(CommandError, match="lacks the permission"):
        run("launch_batch", 3, "--as", "paul")


def test_a_batch_is_cancelled_and_resumed_by_somebody(
    launch: Launch, triplets: list[Triplet], cleo: User
) -> None:
    batch = launch(3)
    assert "is cancelled" in run("cancel_batch", batch.pk, "--by", "cleo")
    batch.refresh_from_db()
    assert batch.state == BatchState.CANCELLED
    assert Event.objects.get(verb="cancel_batch").actor_name == "cleo"
    assert "queued again" in run("resume_batch", batch.pk)
    batch.refresh_from_db()
    assert batch.state == BatchState.QUEUED


@pytest.mark.parametrize("command", ["cancel_batch", "resume_batch", "show_batch", "await_batches"])
def test_a_batch_that_is_not_there_is_named(command: str) -> None:
    with pytest.raises(CommandError, match="no batch 999"):
        run(command, 999)


def test_a_done_batch_cannot_be_cancelled() -> None:
    batch = make_batch(state=BatchState.DONE)
    with pytest.raises(CommandError, match="is done and cannot become cancelled"):
        run("cancel_batch", batch.pk)


def test_a_budget_is_set_and_a_paused_batch_told_how_to_go_on() -> None:
    batch = make_batch(state=BatchState.PAUSED, spent_usd=Decimal("1.5"))
    told = run("set_budget", batch.pk, "20")
    assert "may cost $20.00; $1.50 is spent" in told
    assert f"resume_batch {batch.pk}" in told
    batch.refresh_from_db()
    assert batch.budget_usd == 20
    with pytest.raises(CommandError, match=r"from \$1\.50, which is spent"):
        run("set_budget", batch.pk, "1")


def slots(batch: Batch, *states: SlotState) -> None:
    for number, state in enumerate(states, 1):
        item = make_item() if state in (SlotState.READY, SlotState.LEAKY) else None
        triplet = item.triplet if item else make_item().triplet
        Slot.objects.create(
            batch=batch, number=number, state=state, item=item, triplet=triplet, dimension="A",
            plan={}, error="No findings cross." if state == SlotState.FAILED else "",
        )  # fmt: skip


def test_batches_are_listed_newest_first_and_by_state() -> None:
    first = make_batch(state=BatchState.DONE)
    second = make_batch(state=BatchState.PAUSED, error="The key is wrong.")
    slots(first, SlotState.READY, SlotState.FAILED)
    rows = run_json("list_batches")
    assert [row["id"] for row in rows] == [second.pk, first.pk]
    assert (rows[1]["total"], rows[1]["ready"], rows[1]["failed"]) == (2, 1, 1)
    assert [row["id"] for row in run_json("list_batches", "--state", "paused")] == [second.pk]
    assert len(run_json("list_batches", "--limit", 1)) == 1
    assert "The key is wrong." in run("list_batches")


def test_a_batch_is_shown_with_funnel_spend_and_causes() -> None:
    batch = make_batch(budget_usd=Decimal(2), spent_usd=Decimal("0.5"), notes=["Too few captions."])
    slots(batch, SlotState.READY, SlotState.LEAKY, SlotState.FAILED)
    make_call(batch)
    make_call(batch, outcome=CallOutcome.REFUSED, reply="")
    whole = run_json("show_batch", batch.pk)
    assert whole["funnel"] == {
        "asked": 3, "planned": 3, "tried": 3, "written": 2, "ready": 1, "ready_at_once": 1,
        "leaky": 1, "failed": 1,
    }  # fmt: skip
    (spend,) = whole["spend"]
    assert (spend["calls"], spend["unusable"], spend["cost_usd"]) == (2, 1, "0.500000")
    assert whole["causes"] == [{"cause": "No findings cross.", "count": 1}]
    told = run("show_batch", batch.pk)
    for word in ("$0.5000 of $2.00", "1 ready", "No findings cross.", "Too few captions.", "gpt-5"):
        assert word in told


def test_a_batch_at_work_tells_its_stage() -> None:
    stage = {"stage": "make", "done": 1200, "total": 3000}
    batch = make_batch(state=BatchState.RUNNING, progress=stage)
    assert "make 1,200 of 3,000" in run("show_batch", batch.pk)


def test_what_failed_for_one_cause_is_retried() -> None:
    batch = make_batch(planned=True, state=BatchState.DONE)
    slots(batch, SlotState.FAILED, SlotState.READY, SlotState.FAILED)
    Slot.objects.filter(batch=batch, number=3).update(error="The model refused.")
    assert "1 questions are retried" in run(
        "resume_batch", batch.pk, "--cause", "No findings cross."
    )
    assert [slot.state for slot in batch.slots.all()] == ["planned", "ready", "failed"]
    with pytest.raises(CommandError, match="No item of this batch failed for that cause"):
        run("resume_batch", batch.pk, "--cause", "Another.")


def test_a_question_that_leaked_at_first_is_not_ready_at_once() -> None:
    batch = make_batch()
    slots(batch, SlotState.READY, SlotState.READY)
    leaked = Slot.objects.filter(batch=batch)[0].item
    assert leaked is not None
    for adversary in ("centroid", "longest"):
        Screening.objects.create(
            revision=leaked.current, adversary=adversary, version="1", confidence=1, verdict="leaks"
        )
    assert (funnel_of(batch).ready, funnel_of(batch).ready_at_once) == (2, 1)
