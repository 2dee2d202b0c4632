"""Requests and tokens per minute, and pauses, shared by all workers through Redis.

A limit per minute is kept over a window of seconds, as providers do, which refuse a minute's worth
in one burst. A process takes an allowance out of the shared window in portions of a tenth of a
second's worth, and spends it by itself: however many calls it makes, Redis is asked some ten times
a second, and a model without limits asks only once a second whether its provider rests. When Redis
cannot be reached, calls go on unshared: the provider's own refusals then hold them back.
"""

import asyncio
import logging
import time

from limits import RateLimitItemPerSecond
from limits.aio.storage import RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from redis.asyncio import ConnectionPool, Redis
from redis.exceptions import RedisError

from annotation_configs.models import ModelOffer
from workers.llm.types import Usage

log = logging.getLogger(__name__)

WINDOWS_S = (1, 2, 5, 10, 20, 30, 60)
LEAST_IN_WINDOW = 20
"""The shortest window is taken that has so many: a part of one is lost by rounding."""
PORTIONS = 600
"""Of a minute's allowance: a tenth of a second each."""
CHECK_S = 1.0
REDIS_S = 2.0
UNSHARED_S = 5.0
"""For how long Redis is left alone after it could not be reached."""


class SharedLimits:
    """One for each client; `redis_url` as redis-py takes it. Without one nothing is limited."""

    def __init__(self, redis_url: str) -> None:
        self._shared = _Shared(redis_url) if redis_url else None
        self._gates: dict[str, _Gate] = {}
        self._rests: dict[str, float] = {}
        self._asked = 0.0
        self._shared_from = 0.0

    async def admit(self, offer: ModelOffer, tokens: int) -> None:
        """Returns when one request of so many tokens may be sent; first come, first served."""
        if offer.rpm is None and offer.tpm is None:
            return
        gate = self._gates.get(offer.name)
        if gate is None:
            gate = self._gates[offer.name] = _Gate(offer)
        if gate.spend(tokens):
            return
        async with gate.lock:
            while not gate.spend(tokens):
                await self._refill(gate, tokens)

    def settle(self, offer: ModelOffer, tokens: int, usage: Usage) -> None:
        """What was estimated too much comes back, what was estimated too little is owed."""
        used = usage.prompt_tokens + usage.completion_tokens
        gate = self._gates.get(offer.name)
        if gate is not None and used:
            gate.give_back(tokens - used)

    async def rest_left(self, provider: str) -> float:
        """Seconds for which nothing may be sent to the provider; 0 mostly."""
        now = time.monotonic()
        if now >= self._asked + CHECK_S and (shared := self._reachable()):
            self._asked = now
            await self._hear_of_rests(shared, provider)
        return max(0.0, self._rests.get(provider, 0.0) - time.monotonic())

    async def rest(self, provider: str, seconds: float) -> None:
        """Pauses the provider for all workers; a longer rest that is known already stays."""
        ends = time.monotonic() + seconds
        if ends <= self._rests.get(provider, 0.0) + 0.1:
            return
        self._rests[provider] = ends
        if shared := self._reachable():
            try:
                await shared.redis.set(_rest_key(provider), 1, px=max(1, int(seconds * 1000)))
            except RedisError as error:
                self._unshare(error)

    async def close(self) -> None:
        if self._shared is not None:
            await self._shared.pool.aclose()

    def _reachable(self) -> "_Shared | None":
        """None where nothing is shared, or not for now."""
        return self._shared if time.monotonic() >= self._shared_from else None

    async def _hear_of_rests(self, shared: "_Shared", provider: str) -> None:
        self._rests.setdefault(provider, 0.0)
        names = list(self._rests)  # another call may add one while this one waits
        try:
            async with shared.redis.pipeline(transaction=False) as asked:
                for name in names:
                    asked.pttl(_rest_key(name))
                left_ms = await asked.execute()
        except RedisError as error:
            self._unshare(error)
            return
        now = time.monotonic()
        for name, ms in zip(names, left_ms, strict=True):
            if ms > 0:
                self._rests[name] = max(self._rests[name], now + ms / 1000)

    async def _refill(self, gate: "_Gate", tokens: int) -> None:
        """One portion of what the gate lacks, or a sleep until one should be there."""
        for allowance, need in gate.needs(tokens):
            if allowance.credit >= need:
                continue
            want = allowance.portion(need)
            shared = self._reachable()
            if shared is None:
                allowance.credit += want
                continue
            try:
                window = await shared.take(allowance, want)
            except RedisError as error:
                self._unshare(error)
                continue
            if window is None:
                allowance.credit += want
                continue
            wait_s = seconds_until(allowance.item.amount, want, allowance.window_s, *window)
            await asyncio.sleep(wait_s + 0.005)
            return

    def _unshare(self, error: RedisError) -> None:
        self._shared_from = time.monotonic() + UNSHARED_S
        log.warning("limits are not shared for %.0f s: %s", UNSHARED_S, error)


class _Shared:
    """What all processes see: the windows of the limits, and keys that live while a rest lasts."""

    def __init__(self, url: str) -> None:
        self.pool = ConnectionPool.from_url(
            url, socket_timeout=REDIS_S, socket_connect_timeout=REDIS_S
        )
        self.redis = Redis(connection_pool=self.pool)
        self._storage = RedisStorage(
            "redis://",
            implementation="redispy",
            connection_pool=self.pool,  # type: ignore[arg-type]  # documented, but not typed
        )
        self._limiter = SlidingWindowCounterRateLimiter(self._storage)

    async def take(
        self, allowance: "_Allowance", want: int
    ) -> tuple[int, float, int, float] | None:
        """None when it is taken; else the window's counts, for `seconds_until`."""
        if await self._limiter.hit(allowance.item, allowance.key, cost=want):
            return None
        key = allowance.item.key_for(allowance.key)
        return await self._storage.get_sliding_window(key, allowance.window_s)


class _Allowance:
    """What this process may still spend of one limit without asking."""

    def __init__(self, per_minute: int, key: str) -> None:
        self.per_minute = per_minute
        self.window_s = next(
            (each for each in WINDOWS_S if per_minute * each >= LEAST_IN_WINDOW * 60), WINDOWS_S[-1]
        )
        self.item = RateLimitItemPerSecond(per_minute * self.window_s // 60, self.window_s)
        self.key = key
        self.credit = 0

    def portion(self, need: int) -> int:
        """What to take at once: what is lacking or a portion, but never more than half a window,
        or a large call would wait for a window that nobody else uses."""
        want = max(need - self.credit, self.per_minute // PORTIONS, 1)
        return min(want, max(1, self.item.amount // 2))


class _Gate:
    """The limits of one model, in the order in which they are taken."""

    def __init__(self, offer: ModelOffer) -> None:
        self.lock = asyncio.Lock()
        self._requests = offer.rpm and _Allowance(offer.rpm, f"{offer.name}/requests")
        self._tokens = offer.tpm and _Allowance(offer.tpm, f"{offer.name}/tokens")

    def needs(self, tokens: int) -> list[tuple[_Allowance, int]]:
        """A call of more tokens than a minute allows takes a whole minute's."""
        found = []
        if self._requests:
            found.append((self._requests, 1))
        if self._tokens:
            found.append((self._tokens, min(tokens, self._tokens.per_minute)))
        return found

    def spend(self, tokens: int) -> bool:
        needs = self.needs(tokens)
        if any(allowance.credit < need for allowance, need in needs):
            return False
        for allowance, need in needs:
            allowance.credit -= need
        return True

    def give_back(self, tokens: int) -> None:
        """At most a window's worth is kept: what was taken longer ago has come back already."""
        if self._tokens:
            kept = max(self._tokens.item.amount, self._tokens.credit)
            self._tokens.credit = min(self._tokens.credit + tokens, kept)


def seconds_until(
    limit: int,
    wanted: int,
    window_s: int,
    previous: int,
    previous_left_s: float,
    current: int,
    current_left_s: float,
) -> float:
    """How long until `wanted` fit into a sliding window.

    The window counts what the current one took, and of the previous one's count the part that
    still overlaps: `previous * previous_left_s / window_s`. A count lives for two windows, of which
    `current_left_s` are to go.
    """
    room = limit - wanted
    if current <= room:
        if previous == 0:
            return 0.0
        fades_at = (room - current + 1) * window_s / previous
        return max(0.0, previous_left_s - fades_at)
    until_it_is_previous = max(0.0, current_left_s - window_s)
    return until_it_is_previous + max(0.0, window_s - (room + 1) * window_s / current)


def _rest_key(provider: str) -> str:
    return f"llm:rest:{provider}"
