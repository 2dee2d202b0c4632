import pytest
from django.core.management import CommandError

from tests.commands import run, run_json
from tests.factories import make_triplet
from webapp.core.models import Event
from webapp.generation.models import Batch, Slot
from webapp.items.models import Item
from webapp.slides.geometry import Scale
from webapp.slides.models import Triplet
from workers.tasks.generation import run_batch

pytestmark = pytest.mark.django_db


def test_the_first_questions_are_told_and_nothing_is_stored(triplets: list[Triplet]) -> None:
    plan = run_json("preview_batch", 20, "--seed", 3, "--show", 4)
    assert (plan["planned"], plan["triplets"], plan["seed"]) == (20, 16, 3)
    assert [one["number"] for one in plan["items"]] == [1, 2, 3, 4]
    for one in plan["items"]:
        assert sorted(option["is_key"] for option in one["options"]) == [False, False, False, True]
    told = run("preview_batch", 20, "--seed", 3)
    assert "20 questions planned over all triplets, seed 3." in told
    assert plan["items"][0]["stem"] in told
    assert not Batch.objects.exists()
    assert not Event.objects.filter(verb="launch_batch").exists()


def test_a_launch_with_the_told_seed_begins_with_these_questions(triplets: list[Triplet]) -> None:
    seen = run_json("preview_batch", 12, "--dimensions", "AC", "--show", 5)
    batch = run_json("launch_batch", 12, "--dimensions", "AC", "--seed", seen["seed"])
    run_batch(batch["id"])
    slots = Slot.objects.filter(batch=batch["id"]).order_by("number")
    assert [slot.plan["triplet"] for slot in slots[:5]] == [one["triplet"] for one in seen["items"]]
    stems = [Item.objects.get(slot=slot).current.stem for slot in slots[:5]]
    assert stems == [one["stem"] for one in seen["items"]]


def test_what_it_may_cost_is_told(triplets: list[Triplet]) -> None:
    models = ("--generator", "gpt-5", "--adversary", "qwen3-max")
    plan = run_json("preview_batch", 20, *models)
    stages = [(one["stage"], one["model"]) for one in plan["costs"]]
    assert stages == [("generate", "gpt-5"), ("screen", "qwen3-max"), ("refine", "qwen3-max")]
    assert 0 < float(plan["expected_usd"]) < float(plan["most_usd"])
    assert "is expected, and $" in run("preview_batch", 20, *models)
    assert run_json("preview_batch", 20)["most_usd"] == "0.000000"


def test_captions_of_which_nothing_can_be_asked_are_told() -> None:
    make_triplet(captions=dict.fromkeys(Scale, "Nothing that the vocabulary knows."))
    assert "0 questions planned" in run("preview_batch", 3)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((0,), "1 to 20,000 items"),
        ((3, "--dimensions", "F"), "no dimension 'F'"),
        ((3, "--generator", "gpt-0"), "no model 'gpt-0'"),
        ((3, "--show", 201), "Show 0 to 200"),
        ((3, "--slide", "nowhere"), "no slide 'nowhere'"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(words: tuple[object, ...], told: str) -> None:
    make_triplet()
    with pytest.raises(CommandError, match=told):
        run("preview_batch", *words)
