"""How the providers are doing, told from the calls on record."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from tests.factories import make_user
from tests.generation.model_batch import ModelBatch, make_model_batch
from webapp.accounts.models import User
from webapp.accounts.roles import Role
from webapp.core.models import Event
from webapp.generation.actions.batches import pause_batch
from webapp.generation.models import Call
from webapp.generation.queries.providers import (
    SLOW_S,
    WINDOW,
    Health,
    ProviderHealth,
    providers_health,
)
from webapp.generation.states import CallOutcome

pytestmark = pytest.mark.django_db

BUSY = "Too many requests (HTTP 429)."


@pytest.fixture(autouse=True)
def configured(settings: Settings) -> None:
    settings.LLM_KEYS = {"openai": "sk-secret", "google": "g-key", "dashscope": "", "vllm": ""}
    settings.LLM_BASE_URLS = dict.fromkeys(settings.LLM_KEYS, "")


@pytest.fixture
def made(cleo: User) -> ModelBatch:
    """A batch whose calls are forgotten, so that each test tells its own."""
    found = make_model_batch(cleo)
    Call.objects.all().delete()
    return found


@pytest.fixture
def curator(client: Client, cleo: User) -> Client:
    client.force_login(cleo)
    return client


def health(name: str = "openai") -> ProviderHealth:
    return next(one for one in providers_health() if one.name == name)


def calls(made: ModelBatch, outcome: CallOutcome, count: int, **fields: object) -> None:
    for _ in range(count):
        made.call("screen", "gpt-5", outcome, **fields)  # type: ignore[arg-type]


def test_one_without_a_key_is_not_configured() -> None:
    assert health("dashscope").health == Health.UNSET
    assert health("vllm").health == Health.UNSET


def test_one_that_nobody_asked_lately_is_quiet(made: ModelBatch) -> None:
    assert health().health == Health.QUIET
    calls(made, CallOutcome.OK, 1)
    Call.objects.update(created_at=timezone.now() - WINDOW - timedelta(minutes=1))
    assert health().health == Health.QUIET


@pytest.mark.parametrize(
    ("ok", "failed", "error", "expected"),
    [
        (3, 0, "", Health.OK),
        (3, 2, "It was down.", Health.OK),
        (1, 3, "It was down.", Health.FAILING),
        (1, 3, BUSY, Health.LIMITED),
    ],
)
def test_what_the_newest_calls_came_to(
    made: ModelBatch, ok: int, failed: int, error: str, expected: Health
) -> None:
    calls(made, CallOutcome.OK, ok)
    calls(made, CallOutcome.FAILED, failed, error=error)
    assert health().health == expected


def test_a_failure_is_forgotten_once_calls_are_answered_again(made: ModelBatch) -> None:
    calls(made, CallOutcome.FAILED, 12, error="It was down.")
    Call.objects.update(created_at=timezone.now() - timedelta(minutes=5))
    calls(made, CallOutcome.OK, 12)
    assert health().health == Health.OK
    last = health().last_error
    assert last is not None
    assert last.error == "It was down."


def test_a_refusal_is_an_answer_of_a_provider_that_works(made: ModelBatch) -> None:
    calls(made, CallOutcome.REFUSED, 3)
    assert health().health == Health.OK
    (model, _mini) = health().models
    assert (model.ended, model.answered_share, model.unusable) == (3, 0.0, [("refused", 3)])


def test_one_that_takes_its_time_is_slow(made: ModelBatch) -> None:
    calls(made, CallOutcome.OK, 3, latency_s=SLOW_S + 1)
    assert health().health == Health.SLOW


def test_times_are_the_median_and_the_95th_percentile(made: ModelBatch) -> None:
    for latency_s in range(1, 22):
        calls(made, CallOutcome.OK, 1, latency_s=float(latency_s))
    model = health().models[0]
    assert (model.median_s, model.slow_s) == (11.0, 20.0)


def test_one_at_its_limit_is_rate_limited(
    made: ModelBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls(made, CallOutcome.OK, 5)
    assert health().models[0].offer.rpm == 5000
    monkeypatch.setattr("webapp.generation.queries.providers.NEAR_LIMIT", 5 / 5000)
    now = timezone.now()
    Call.objects.update(created_at=now)
    assert health().health == Health.LIMITED
    Call.objects.update(created_at=now - timedelta(minutes=10))
    assert health().health == Health.OK


def test_calls_are_counted_by_the_minute(made: ModelBatch) -> None:
    calls(made, CallOutcome.OK, 3)
    this_minute = timezone.now().replace(second=0, microsecond=0)
    Call.objects.update(created_at=this_minute - timedelta(minutes=10))
    calls(made, CallOutcome.OK, 1)
    Call.objects.filter(pk=Call.objects.latest("pk").pk).update(created_at=this_minute)
    minutes = health().models[0].per_minute
    assert len(minutes) == 60
    assert (sum(minutes), minutes[49], minutes[59]) == (4, 3, 1)


def test_one_without_a_limit_is_told_as_such(curator: Client) -> None:
    page = curator.get("/batches/providers/").content.decode()
    assert "none, not limited" in page
    assert "of 5,000 allowed" in page


def test_tokens_and_money_are_todays(made: ModelBatch) -> None:
    calls(made, CallOutcome.OK, 2)
    old = Call.objects.earliest("pk")
    Call.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=2))
    found = health()
    assert (found.prompt_tokens, found.completion_tokens) == (900, 300)
    assert found.today_usd == Decimal("0.01")


def test_batches_that_wait_for_it_are_named(made: ModelBatch, curator: Client) -> None:
    sentence = "OpenAI was tried 6 times without an answer. Look at OPENAI_BASE_URL."
    pause_batch(made.batch, sentence, again=True, by=made.by)
    assert health().paused == (made.batch,)
    assert health("google").paused == ()
    assert "1 batch paused because of it" in curator.get("/batches/providers/").content.decode()


def test_the_page_shows_no_key_and_asks_for_itself_again(curator: Client, made: ModelBatch) -> None:
    calls(made, CallOutcome.OK, 1)
    page = curator.get("/batches/providers/").content.decode()
    assert "sk-secret" not in page
    assert 'hx-trigger="every 15s"' in page
    part = curator.get("/batches/providers/", headers={"hx-request": "true"}).content.decode()
    assert "<!doctype" not in part
    assert "no key: set DASHSCOPE_API_KEY" in part


def test_the_page_costs_the_same_for_any_number_of_calls(curator: Client, made: ModelBatch) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            curator.get("/batches/providers/")
        return len(captured)

    few = cost()
    calls(made, CallOutcome.OK, 20)
    calls(made, CallOutcome.FAILED, 20)
    assert cost() == few <= 18


def test_check_now_puts_a_call_on_record(curator: Client) -> None:
    assert curator.post("/batches/providers/check/", {"model": "gpt-5"}).status_code == 302
    call = Call.objects.get()
    assert (call.model, call.stage, call.batch) == ("gpt-5", "check", None)
    assert Event.objects.filter(verb="check_model").exists()


def test_what_is_not_on_offer_is_not_checked(curator: Client) -> None:
    assert curator.post("/batches/providers/check/", {"model": "x"}).status_code == 422
    assert not Call.objects.exists()


def test_providers_are_for_curators(client: Client) -> None:
    client.force_login(make_user(Role.PATHOLOGIST))
    assert client.get("/batches/providers/").status_code == 403
    assert client.post("/batches/providers/check/", {"model": "gpt-5"}).status_code == 403
