from decimal import Decimal

import pytest
from pytest_django import Settings

from annotation_configs.models import ROLES
from tests.commands import run, run_json
from webapp.generation.queries import is_configured, models_on_offer


def test_every_model_on_offer_is_listed_with_its_price() -> None:
    rows = {row["name"]: row for row in run_json("list_models")}
    assert list(rows) == list(models_on_offer())
    for name, offer in models_on_offer().items():
        assert Decimal(rows[name]["usd_per_mtok_in"]) == offer.usd_per_mtok_in
        assert name in run("list_models")


@pytest.mark.parametrize("role", ROLES)
def test_models_are_listed_by_what_they_may_do(role: str) -> None:
    named = {row["name"] for row in run_json("list_models", "--role", role)}
    assert named == {one.name for one in models_on_offer().values() if role in one.roles}


def test_a_model_is_configured_by_its_key_or_its_address(settings: Settings) -> None:
    offers = models_on_offer()
    settings.LLM_KEYS = {"openai": "k", "google": "", "dashscope": "", "vllm": ""}
    settings.LLM_BASE_URLS = {"openai": "", "google": "http://g", "dashscope": "", "vllm": ""}
    assert [is_configured(offers[name]) for name in ("gpt-5", "gemini-3-pro", "local-vllm")] == [
        True, False, False,
    ]  # fmt: skip
    settings.LLM_BASE_URLS = {**settings.LLM_BASE_URLS, "vllm": "http://gpu:8000/v1"}
    assert is_configured(offers["local-vllm"])


def test_no_key_is_told(settings: Settings) -> None:
    settings.LLM_KEYS = dict.fromkeys(settings.LLM_KEYS, "zqsecret")
    assert "zqsecret" not in run("list_models") + run("list_models", "--json")
