"""Launching a batch, and what its worker makes of it."""

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from tests.factories import make_slide, make_triplet, make_user
from tests.generation.conftest import Launch
from tests.generation.made_facts import made_facts
from webapp.accounts.models import User
from webapp.accounts.roles import Role
from webapp.core.claims import claimed
from webapp.core.errors import BadInput, NotAllowed
from webapp.core.models import Event
from webapp.generation.actions.batches import start_batch
from webapp.generation.config import BatchConfig
from webapp.generation.models import Batch, FeatureSet, Screening, Slot
from webapp.generation.states import BatchState, SlotState
from webapp.items.mcq import Dimension, validate
from webapp.items.models import Item, Revision
from webapp.items.states import ItemState
from webapp.slides.geometry import Scale
from webapp.slides.models import Triplet
from workers.batch.batch import plan_batch
from workers.batch.run import Run
from workers.pipeline.generate import Draft, generate
from workers.tasks.generation import run_batch

pytestmark = pytest.mark.django_db


def run(batch: Batch) -> Batch:
    run_batch(batch.pk)
    batch.refresh_from_db()
    return batch


def test_a_launch_is_a_queued_row_with_its_settings(launch: Launch) -> None:
    batch = launch(7, dimensions=("A", "C"), name=" Pilot ")
    assert (batch.state, batch.name, batch.seed) == (BatchState.QUEUED, "Pilot", 3)
    assert BatchConfig.from_json(batch.config) == BatchConfig(("A", "C"), count=7)
    event = Event.objects.get(verb="launch_batch")
    assert event.after is not None
    assert event.after.items() >= {"seed": 3, "count": 7, "budget_usd": "0"}.items()


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"dimensions": ()}, "at least one dimension"),
        ({"count": 0}, "1 to 20,000 items"),
        ({"count": 20_001}, "1 to 20,000 items"),
        ({"seed": -1}, "seed from 0"),
        ({"name": "x" * 201}, "name has 201 characters"),
        ({"name": "a\x00b"}, "name holds the control character"),
        ({"slides": (999_999,)}, "no slide 999999 with captions"),
    ],
)
def test_an_impossible_launch_is_refused(
    launch: Launch, options: dict[str, object], fault: str
) -> None:
    with pytest.raises(BadInput, match=fault):
        launch(**options)
    assert not Batch.objects.exists()


def test_a_pathologist_may_not(launch: Launch) -> None:
    with pytest.raises(NotAllowed):
        launch(by=make_user(Role.PATHOLOGIST))


def test_the_worker_makes_every_planned_item_once(
    launch: Launch, triplets: list[Triplet], cleo: User
) -> None:
    batch = run(launch(12))
    assert (batch.state, batch.planned) == (BatchState.DONE, True)
    slots = list(batch.slots.all())
    assert len(slots) == 12
    assert {slot.state for slot in slots} <= {SlotState.READY, SlotState.LEAKY}
    assert Item.objects.count() == len({slot.item_id for slot in slots}) == 12
    assert {item.created_by_id for item in Item.objects.all()} == {cleo.pk}
    for slot in slots:
        assert slot.item is not None
        assert slot.item.state == slot.state
        assert slot.item.triplet_id == slot.triplet_id
        revision = slot.item.current
        validate(revision.mcq())
        assert revision.provenance["batch"] == batch.pk
        assert Screening.objects.filter(revision=revision).count() >= 4


@pytest.mark.usefixtures("triplets")
def test_a_question_that_breaks_a_rule_is_not_made(
    launch: Launch, monkeypatch: pytest.MonkeyPatch
) -> None:
    def careless(*arguments: Any) -> Draft:
        draft = generate(*arguments)
        return replace(draft, mcq=replace(draft.mcq, rationale="Option B is right."))

    monkeypatch.setattr("workers.pipeline.rounds.generate", careless)
    batch = run(launch(3))
    assert set(batch.slots.values_list("state", flat=True)) == {SlotState.FAILED}
    assert batch.slots.all()[0].error.startswith("stale_letter: ")
    assert not Item.objects.exists()


def test_features_are_kept_once_per_caption(launch: Launch, triplets: list[Triplet]) -> None:
    run(launch(3))
    run(launch(3))
    assert FeatureSet.objects.count() == 3 * len(triplets)


def test_the_same_seed_over_the_same_captions_makes_the_same_questions(
    launch: Launch, triplets: list[Triplet]
) -> None:
    def texts(batch: Batch) -> list[tuple[str, list[str]]]:
        revisions = Revision.objects.filter(item__slot__batch=run(batch)).order_by(
            "item__slot__number"
        )
        return [(one.stem, [o["text"] for o in one.options]) for one in revisions]

    first, again, other = launch(8), launch(8), launch(8, seed=4)
    assert texts(first) == texts(again)
    assert texts(first) != texts(other)


def test_only_the_chosen_slides(launch: Launch, triplets: list[Triplet]) -> None:
    slide = triplets[0].slide
    batch = run(launch(5, slides=(slide.pk,)))
    assert {slot.triplet.slide_id for slot in batch.slots.all()} == {slide.pk}


def test_too_few_captions_leave_a_note(launch: Launch) -> None:
    slide = make_slide()
    for facts in made_facts(3, seed=1, attributes=("architecture", "mitoses", "stroma")):
        captions = {Scale(scale): text for scale, text in facts.captions.items()}
        make_triplet(slide, captions=captions)
    batch = run(launch(300))
    assert batch.state == BatchState.DONE
    assert batch.slots.count() < 300
    assert batch.notes


def test_no_captions_at_all_is_said_and_not_hidden(launch: Launch) -> None:
    make_triplet(captions=dict.fromkeys(Scale, ""))
    batch = run(launch(3))
    assert batch.slots.count() == 0
    assert batch.notes or batch.error


def test_running_it_again_changes_nothing(launch: Launch, triplets: list[Triplet]) -> None:
    batch = run(launch(4))
    events = Event.objects.count()
    run(batch)
    assert Item.objects.count() == 4
    assert Event.objects.count() == events


def test_a_slot_that_cannot_be_made_is_told_and_the_others_go_on(
    launch: Launch, triplets: list[Triplet], monkeypatch: pytest.MonkeyPatch
) -> None:
    from workers.pipeline.generate import GenerateError, generate

    calls = iter(range(100))

    def fails_once(planned: object, facts: object) -> object:
        if next(calls) == 2:
            raise GenerateError("The features do not cross.")
        return generate(planned, facts)  # type: ignore[arg-type]

    monkeypatch.setattr("workers.pipeline.rounds.generate", fails_once)
    batch = run(launch(6))
    assert batch.state == BatchState.DONE
    failed = batch.slots.get(state=SlotState.FAILED)
    assert (failed.number, failed.error, failed.attempts) == (3, "The features do not cross.", 1)
    assert Item.objects.count() == 5


def test_captions_removed_meanwhile_fail_their_slots(
    launch: Launch, triplets: list[Triplet]
) -> None:
    batch = launch(6)
    with claimed(Batch, batch.pk) as claim:
        assert claim is not None
        start_batch(batch, by=batch.created_by)
        plan_batch(Run(batch, claim))
    gone = Slot.objects.first()
    assert gone is not None
    gone.triplet.rois.update(caption="")
    run(batch)
    faults = set(batch.slots.filter(state=SlotState.FAILED).values_list("error", flat=True))
    assert len(faults) == 1
    assert "no captions any more" in faults.pop()


@pytest.mark.django_db(transaction=True)
def test_the_page_launches_and_the_worker_takes_it_up(
    client: Client, cleo: User, triplets: list[Triplet]
) -> None:
    client.force_login(cleo)
    answer = client.post(
        "/batches/launch/",
        {
            "dimensions": ["A", "B"],
            "count": "5",
            "slides": [triplets[0].slide_id],
            "seed": "9",
            "scheme": "factorial",
            "generator": "offline",
            "decomposer": "rules",
            "orders": "4",
            "rounds": "3",
            "free_percent": "50",
            "budget_usd": "0",
        },
    )
    batch = Batch.objects.get()
    assert answer["Location"] == f"/batches/{batch.pk}/"
    assert (batch.state, batch.seed) == (BatchState.DONE, 9)
    assert Item.objects.filter(state__in=[ItemState.READY, ItemState.LEAKY]).exists()


@pytest.mark.parametrize(
    "change",
    [
        {"count": "0"},
        {"count": "many"},
        {"count": "9" * 30},
        {"dimensions": ""},
        {"dimensions": "Z"},
        {"slides": "999999"},
        {"slides": "x"},
        {"seed": "-1"},
        {"name": "x" * 300},
        {"name": "a\x00"},
    ],
)
def test_a_faulty_form_comes_back(client: Client, cleo: User, change: dict[str, str]) -> None:
    client.force_login(cleo)
    answer = client.post("/batches/launch/", {"dimensions": "A", "count": "5", **change})
    assert answer.status_code == 422
    assert "field__error" in answer.content.decode()
    assert not Batch.objects.exists()


def test_slides_without_captions_are_not_on_offer(client: Client, cleo: User) -> None:
    make_slide("bare")
    make_triplet(make_slide("captioned"))
    client.force_login(cleo)
    text = client.get("/batches/launch/").content.decode()
    assert "captioned" in text
    assert "bare" not in text


def test_a_plan_is_written_whole_or_not_at_all(launch: Launch, triplets: list[Triplet]) -> None:
    from webapp.generation.actions.batches import PlannedSlot, write_plan

    batch = launch(2)
    slot = PlannedSlot(1, triplets[0].pk, Dimension.A, {})
    write_plan(batch, [slot], by=batch.created_by)
    write_plan(batch, [slot, replace(slot, number=2)], notes=lambda: ["late"], by=batch.created_by)
    batch.refresh_from_db()
    assert batch.slots.count() == 1
    assert batch.notes == []
