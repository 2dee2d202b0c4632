"""The launch form: its fields, its errors in the actions' words, and the dry run."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from tests.factories import make_user
from webapp.accounts.models import User
from webapp.accounts.roles import Role
from webapp.generation import dry_run as dry_run_module
from webapp.generation.config import BatchConfig, Scheme
from webapp.generation.dry_run import SHOWN, dry_run
from webapp.generation.models import Batch, Call, FeatureSet, Slot
from webapp.items.mcq import Dimension
from webapp.slides.models import Roi, Triplet

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("triplets")]

KEYS = {"openai": "sk-secret", "google": "g-secret", "dashscope": "", "vllm": ""}
ADDRESSES = {"openai": "", "google": "", "dashscope": "", "vllm": ""}


@pytest.fixture(autouse=True)
def two_providers(settings: Settings) -> None:
    settings.LLM_KEYS, settings.LLM_BASE_URLS = KEYS, ADDRESSES


@pytest.fixture
def curator(client: Client, cleo: User) -> Client:
    client.force_login(cleo)
    return client


def asked(**fields: Any) -> dict[str, Any]:
    """What a browser sends when nothing but these fields was touched."""
    return {
        "name": "",
        "count": "6",
        "dimensions": list(Dimension),
        "scheme": "factorial",
        "generator": "offline",
        "decomposer": "rules",
        "orders": "4",
        "rounds": "3",
        "free_percent": "50",
        "budget_usd": "0",
        "seed": "",
        **fields,
    }


def launched(curator: Client, **fields: Any) -> Batch:
    answer = curator.post("/batches/launch/", asked(**fields))
    assert answer.status_code == 302, answer.context["form"].errors
    return Batch.objects.get()


def refused(curator: Client, **fields: Any) -> dict[str, list[str]]:
    answer = curator.post("/batches/launch/", asked(**fields))
    assert answer.status_code == 422
    assert not Batch.objects.exists()
    return {name: list(texts) for name, texts in answer.context["form"].errors.items()}


def test_untouched_it_launches_offline(curator: Client) -> None:
    batch = launched(curator)
    assert BatchConfig.from_json(batch.config) == BatchConfig(tuple(Dimension), 6)
    assert batch.budget_usd == 0


def test_every_field_reaches_the_batch(curator: Client, triplets: list[Triplet]) -> None:
    slide = triplets[0].slide
    batch = launched(
        curator,
        name="All of it",
        count="40",
        dimensions=["A", "E"],
        slides=[str(slide.pk)],
        scheme="twins",
        generator="gpt-5",
        decomposer="gemini-3-pro",
        adversaries=["gemini-3-pro", "gpt-5-mini"],
        orders="8",
        rounds="2",
        free_percent="25",
        budget_usd="12.50",
        seed="77",
    )
    assert BatchConfig.from_json(batch.config) == BatchConfig(
        dimensions=("A", "E"),
        count=40,
        slides=(slide.pk,),
        scheme=Scheme.TWINS,
        generator="gpt-5",
        decomposer="gemini-3-pro",
        adversaries=("gemini-3-pro", "gpt-5-mini"),
        orders=8,
        rounds=2,
        free_share=0.25,
    )
    assert (batch.name, batch.seed, str(batch.budget_usd)) == ("All of it", 77, "12.500000")


@pytest.mark.parametrize(
    ("fields", "name", "told"),
    [
        ({"generator": "gpt-5"}, "budget_usd", "A budget of $0 pays for no call."),
        ({"generator": "gpt-99"}, "generator", "There is no model “gpt-99” for the generator"),
        ({"decomposer": "x"}, "decomposer", "There is no model “x” for the decomposer"),
        ({"adversaries": ["x"]}, "adversaries", "There is no model “x” for the adversary"),
        ({"adversaries": ["qwen3-max"]}, "adversaries", "set DASHSCOPE_API_KEY"),
        ({"generator": "local-vllm"}, "generator", "set VLLM_BASE_URL"),
        ({"count": "0"}, "count", "Ask for 1 to 20,000 items."),
        ({"count": "20001"}, "count", "Ask for 1 to 20,000 items."),
        ({"orders": "9"}, "orders", "Ask for 1 to 8 option orders."),
        ({"rounds": "0"}, "rounds", "Ask for 1 to 5 rounds."),
        ({"free_percent": "101"}, "free_percent", "Ask for 0 to 100 percent."),
        ({"dimensions": []}, "dimensions", "Choose at least one dimension."),
        ({"dimensions": ["Z"]}, "dimensions", "Z"),
        ({"slides": ["99999"]}, "slides", "There is no slide 99999 with captions"),
        ({"scheme": "mirror"}, "scheme", "mirror"),
        ({"budget_usd": "-1"}, "budget_usd", "0"),
        ({"seed": "-1"}, "seed", "Ask for 0 to"),
        ({"name": "a\x00b"}, "name", "ull characters"),
    ],
)
def test_what_cannot_be_launched_is_an_error_of_its_field(
    curator: Client, fields: dict[str, Any], name: str, told: str
) -> None:
    errors = refused(curator, **fields)
    assert list(errors) == [name]
    assert told in errors[name][0]


def test_what_only_the_action_refuses_comes_back_in_the_form(curator: Client) -> None:
    (told,) = refused(curator, name="a\x07b").values()
    assert told[0].startswith("The name ")


def test_models_without_a_key_are_shown_with_the_reason(curator: Client) -> None:
    text = curator.get("/batches/launch/").content.decode()
    assert "Qwen3-Max (no key: set DASHSCOPE_API_KEY)" in text
    assert text.count("no address: set VLLM_BASE_URL") == 3
    assert '<option value="local-vllm" disabled>' in text
    assert '<option value="gpt-5" disabled>' not in text
    for key in ("sk-secret", "g-secret"):
        assert key not in text


def test_the_part_on_models_opens_when_it_is_used_or_wrong(curator: Client) -> None:
    def is_open(text: str) -> bool:
        return '<details class="card fold" open>' in text

    assert not is_open(curator.get("/batches/launch/").content.decode())
    wrong = curator.post("/batches/launch/", asked(rounds="9")).content.decode()
    assert is_open(wrong)


def previewed(curator: Client, **fields: Any) -> Any:
    return curator.post("/batches/preview/", asked(**fields))


def test_the_preview_shows_the_first_items_and_stores_nothing(curator: Client) -> None:
    answer = previewed(curator, count="30", seed="5")
    assert answer.status_code == 200
    assert len(answer.context["run"].items) == SHOWN
    assert answer.context["run"].planned == 30
    text = answer.content.decode()
    assert text.count("key</span>") == SHOWN
    assert "<!doctype" not in text
    assert [model.objects.count() for model in (Batch, Slot, Call)] == [0, 0, 0]


def test_the_preview_of_a_seed_is_what_the_batch_plans(curator: Client) -> None:
    shown = previewed(curator, count="30", seed="5").context["run"].items
    launched(curator, count="30", seed="5")
    from workers.tasks.generation import run_batch

    run_batch(Batch.objects.get().pk)
    plans = Slot.objects.order_by("number").values_list("plan", flat=True)[:SHOWN]
    assert [one.planned.as_json() for one in shown] == list(plans)
    for one, slot in zip(shown, Slot.objects.order_by("number"), strict=False):
        assert slot.item is not None
        mcq = slot.item.current.mcq()
        assert mcq.stem == one.stem
        key = next(option.text for option in mcq.options if option.id == mcq.key)
        assert (key, True) in one.options
        assert {text for text, _ in one.options} == {option.text for option in mcq.options}


MODELS = {"generator": "gpt-5", "adversaries": ["gemini-3-pro"], "budget_usd": "0.01"}


@pytest.mark.parametrize(
    ("budget", "told"),
    [
        ("0", "The budget will not do"),
        ("0.01", "The budget will not do"),
        ("9", "The budget should do"),
        ("90000", "The budget does, whatever happens"),
    ],
)
def test_what_models_would_cost_is_told_beside_the_budget(
    curator: Client, budget: str, told: str
) -> None:
    answer = previewed(curator, **MODELS | {"count": "40", "budget_usd": budget})
    context = answer.context
    stages = [(title, one.stage) for title, one in context["costs"]]
    assert stages == [
        ("GPT-5", "generate"),
        ("Gemini 3 Pro (3.1)", "screen"),
        ("Gemini 3 Pro (3.1)", "refine"),
    ]
    assert 0 < context["expected_usd"] < context["most_usd"]
    assert told in answer.content.decode()


def test_twins_that_share_a_text_are_paid_once(curator: Client) -> None:
    lone = previewed(curator, **MODELS, count="24").context["run"].costs[0]
    twins = previewed(curator, **MODELS, count="24", scheme="twins").context["run"].costs[0]
    assert twins.calls < lone.calls


def test_captions_that_a_model_has_read_are_not_paid_again(curator: Client) -> None:
    fields = MODELS | {"decomposer": "gpt-5"}

    def reading() -> int:
        found: int = previewed(curator, **fields).context["run"].costs[0].calls
        return found

    assert reading() == Roi.objects.filter(caption__gt="").count()
    roi = Roi.objects.filter(caption__gt="")[0]
    for extractor in ("gpt-5/1/2", "rules/1/2"):
        FeatureSet.objects.create(
            roi=roi, extractor=extractor, caption_sha256="0" * 64, features=[]
        )
    assert reading() == Roi.objects.filter(caption__gt="").count() - 1


def test_no_more_is_reckoned_with_than_can_be_planned(
    curator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dry_run_module, "MOST_PLANNED", 5000)
    run = previewed(curator, **MODELS, count="9000", dimensions=["E"]).context["run"]
    assert 0 < run.planned < 5000
    assert run.costs[0].calls < 2 * run.planned


def test_an_offline_batch_costs_nothing(curator: Client) -> None:
    assert "costs nothing" in previewed(curator).content.decode()


def test_the_preview_lists_errors_instead(curator: Client) -> None:
    answer = previewed(curator, generator="gpt-5", count="0")
    assert answer.status_code == 422
    labels = [label for label, _text in answer.context["faults"]]
    assert labels == ["How many items"]


def test_a_large_collection_is_sampled_and_says_so(
    curator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dry_run_module, "SAMPLE", 5)
    answer = previewed(curator, count="30", seed="5")
    run = answer.context["run"]
    assert (run.read, run.triplets, run.is_sample) == (5, 16, True)
    assert "5 of 16 triplets were drawn" in answer.content.decode()
    config = BatchConfig(tuple(Dimension), 30)
    assert dry_run(config, seed=5).items == dry_run(config, seed=5).items


def test_whoever_reviews_too_is_shown_no_key(client: Client, cleo: User) -> None:
    both = make_user(Role.PATHOLOGIST)
    both.groups.add(*cleo.groups.all())
    client.force_login(both)
    text = client.post("/batches/preview/", asked()).content.decode()
    assert "key</span>" not in text
    assert "is-key" not in text


@pytest.mark.parametrize("address", ["/batches/launch/", "/batches/preview/"])
def test_launching_is_for_curators(client: Client, address: str) -> None:
    client.force_login(make_user(Role.PATHOLOGIST))
    assert client.post(address, asked()).status_code == 403
