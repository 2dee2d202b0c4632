import pytest
from pytest_django import Settings

from tests.api.conftest import Ask, Send
from webapp.accounts.roles import Role
from webapp.generation.queries import models_on_offer

pytestmark = pytest.mark.django_db


def test_models_come_with_prices_and_no_keys(ask: Ask, settings: Settings) -> None:
    settings.LLM_KEYS = {**settings.LLM_KEYS, "openai": "zqsecret", "google": ""}
    status, body = ask("models")
    assert status == 200
    rows = {row["name"]: row for row in body}
    assert list(rows) == list(models_on_offer())
    assert rows["gpt-5"]["usd_per_mtok_in"] == "1.250000"
    assert (rows["gpt-5"]["configured"], rows["gemini-3-pro"]["configured"]) == (True, False)
    assert "zqsecret" not in str(body)


def test_models_are_for_who_launches(ask: Ask) -> None:
    assert ask("models", Role.PATHOLOGIST)[0] == 403


def test_a_check_is_a_call_on_record(ask: Ask, send: Send) -> None:
    status, call = send("models/local-vllm/check")
    assert (status, call["model"], call["outcome"]) == (202, "local-vllm", "sent")
    assert ask(f"calls/{call['id']}")[0] == 200
    status, body = send("models/gpt-0/check")
    assert (status, "no model 'gpt-0'" in body["message"]) == (422, True)
