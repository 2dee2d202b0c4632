"""Limits per minute and rests, shared through the real Redis."""

import asyncio
import uuid
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis

from annotation_configs.models import ModelOffer
from workers.llm.limits import WINDOWS_S, SharedLimits, seconds_until
from workers.llm.types import Usage

pytestmark = pytest.mark.anyio

AWAY = "redis://127.0.0.1:1/0"
SOON_S = 0.2


@pytest.fixture
def offer() -> ModelOffer:
    """A model that no other test has used; without limits."""
    return ModelOffer(
        name=f"model-{uuid.uuid4()}", provider="openai", model_id="m", label="M",
        usd_per_mtok_in=Decimal(1), usd_per_mtok_out=Decimal(1), rpm=None, tpm=None,
        max_in_flight=64, context_tokens=1000, vision=False, roles=(),
    )  # fmt: skip


async def admitted(limits: SharedLimits, offer: ModelOffer, tokens: int = 1) -> bool:
    """Whether a call is let in within the blink of an eye; a window lasts a minute."""
    try:
        await asyncio.wait_for(limits.admit(offer, tokens), SOON_S)
    except TimeoutError:
        return False
    return True


async def test_requests_are_counted_together(offer: ModelOffer, redis_url: str) -> None:
    one, other = SharedLimits(redis_url), SharedLimits(redis_url)
    offer = replace(offer, rpm=7)
    let_in = [await admitted(limits, offer) for limits in (one, other) * 5]
    assert let_in == [True] * 7 + [False] * 3
    await one.close()
    await other.close()


async def test_tokens_are_counted_together(offer: ModelOffer, redis_url: str) -> None:
    one, other = SharedLimits(redis_url), SharedLimits(redis_url)
    offer = replace(offer, tpm=10)
    assert await admitted(one, offer, 6)
    assert not await admitted(other, offer, 6)
    assert await admitted(other, offer, 4)
    await one.close()
    await other.close()


async def test_a_call_of_more_tokens_than_a_minute_has_takes_the_whole_minute(
    offer: ModelOffer, redis_url: str
) -> None:
    limits = SharedLimits(redis_url)
    offer = replace(offer, tpm=10)
    assert await admitted(limits, offer, 5000)
    assert not await admitted(limits, offer, 1)
    await limits.close()


async def test_a_burst_has_a_few_seconds_worth_and_not_a_minutes(
    offer: ModelOffer, redis_url: str
) -> None:
    limits = SharedLimits(redis_url)
    offer = replace(offer, rpm=60)
    let_in = [await admitted(limits, offer) for _ in range(21)]
    assert let_in == [True] * 20 + [False]
    await limits.close()


async def test_a_call_of_more_tokens_than_a_window_has_waits_for_the_next_ones(
    offer: ModelOffer, redis_url: str
) -> None:
    limits = SharedLimits(redis_url)
    offer = replace(offer, tpm=1200)  # 20 a second
    await asyncio.wait_for(limits.admit(offer, 50), 30)
    await limits.close()


async def test_tokens_that_were_not_used_come_back(offer: ModelOffer, redis_url: str) -> None:
    limits = SharedLimits(redis_url)
    offer = replace(offer, tpm=10)
    assert await admitted(limits, offer, 10)
    limits.settle(offer, 10, Usage(4, 1))
    assert await admitted(limits, offer, 5)
    assert not await admitted(limits, offer, 1)
    await limits.close()


async def test_tokens_used_beyond_the_estimate_are_owed(offer: ModelOffer, redis_url: str) -> None:
    limits = SharedLimits(redis_url)
    offer = replace(offer, tpm=10)
    assert await admitted(limits, offer, 5)
    limits.settle(offer, 5, Usage(9, 0))
    assert not await admitted(limits, offer, 2)
    await limits.close()


async def test_who_comes_first_is_let_in_first(offer: ModelOffer, redis_url: str) -> None:
    limits = SharedLimits(redis_url)
    offer = replace(offer, tpm=10)
    assert await admitted(limits, offer, 9)
    large = asyncio.create_task(limits.admit(offer, 5))
    await asyncio.sleep(0)
    assert not await admitted(limits, offer, 1)
    large.cancel()
    await limits.close()


async def test_without_limits_redis_is_not_asked(offer: ModelOffer) -> None:
    limits = SharedLimits("unix:///nowhere/redis.sock")
    assert await admitted(limits, offer, 10**9)
    await limits.close()


async def test_redis_is_asked_once_for_many_calls(offer: ModelOffer, redis_url: str) -> None:
    limits = SharedLimits(redis_url)
    offer = replace(offer, rpm=600_000, tpm=600_000_000)
    with Redis.from_url(redis_url) as redis:
        before = redis.info("commandstats")["cmdstat_evalsha"]["calls"] if _ran(redis) else 0
        for _ in range(1000):
            await limits.admit(offer, 1000)
        after = redis.info("commandstats")["cmdstat_evalsha"]["calls"]
    assert after - before <= 10
    await limits.close()


def _ran(redis: "Redis") -> bool:
    return "cmdstat_evalsha" in redis.info("commandstats")


async def test_a_rest_is_kept_by_all(redis_url: str) -> None:
    one, other = SharedLimits(redis_url), SharedLimits(redis_url)
    assert await other.rest_left("openai") == 0
    await one.rest("google", 30)
    await one.rest("google", 5)
    assert await one.rest_left("google") > 20
    fresh = SharedLimits(redis_url)
    assert await fresh.rest_left("google") > 20
    assert await fresh.rest_left("openai") == 0
    for limits in (one, other, fresh):
        await limits.close()


async def test_a_provider_may_come_up_while_another_is_asked_about(redis_url: str) -> None:
    limits = SharedLimits(redis_url)
    shared = limits._reachable()
    assert shared is not None
    asked = asyncio.create_task(limits._hear_of_rests(shared, "openai"))
    await asyncio.sleep(0)
    limits._rests["google"] = 0.0
    await asked
    assert await limits.rest_left("openai") == 0
    await limits.close()


async def test_without_redis_calls_go_on(
    offer: ModelOffer, caplog: pytest.LogCaptureFixture
) -> None:
    limits = SharedLimits(AWAY)
    offer = replace(offer, rpm=1, tpm=10)
    for _ in range(3):
        assert await admitted(limits, offer, 10)
    await limits.rest("openai", 30)
    assert await limits.rest_left("openai") > 20
    assert caplog.text.count("limits are not shared") == 1
    await limits.close()


@given(
    limit=st.integers(1, 10_000),
    wanted=st.integers(1, 10_000),
    window_s=st.sampled_from(WINDOWS_S),
    previous=st.integers(0, 20_000),
    current=st.integers(0, 20_000),
    part_left=st.floats(0.001, 1),
)
def test_the_wait_is_as_long_as_it_takes(
    limit: int, wanted: int, window_s: int, previous: int, current: int, part_left: float
) -> None:
    """Against the window's own rule; both counts run out together."""
    wanted = min(wanted, limit)
    left_s = part_left * window_s

    def fits(after_s: float) -> bool:
        old, new, left = previous, current, left_s - after_s
        if left <= 0:
            old, new, left = current, 0, left + window_s
        return old * max(0.0, left) // window_s + new + wanted <= limit

    wait_s = seconds_until(limit, wanted, window_s, previous, left_s, current, left_s + window_s)
    assert 0 <= wait_s <= 2 * window_s
    assert fits(wait_s + 1e-6)
    assert wait_s < 1e-3 or not fits(wait_s - 1e-3)
