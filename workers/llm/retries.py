"""The one owner of retries: exponential backoff with jitter that heeds the provider's wish."""

import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    stop_before_delay,
    wait_exponential_jitter,
)

from workers.llm.endpoint import Endpoint
from workers.llm.errors import ProviderDown, RateLimited, Transient
from workers.llm.types import Reply

Pause = Callable[[float], Awaitable[None]]


@dataclass(frozen=True)
class Policy:
    """`tries` counts failures; being told to come later is bounded by `give_up_s` alone.

    Waits double from `first_s` to `longest_s`. A wish to wait beyond `give_up_s` ends it at once.
    """

    tries: int = 6
    first_s: float = 0.5
    longest_s: float = 30.0
    give_up_s: float = 180.0


async def with_retries(
    attempt: Callable[[], Awaitable[Reply]], *, policy: Policy, endpoint: Endpoint, pause: Pause
) -> Reply:
    """The reply to the first attempt that gets one.

    `pause` is awaited with the seconds for which the whole provider should rest.

    Raises:
        ProviderDown: the last attempt failed in a way that may pass.
        LlmError: others are not tried again.
    """
    started = time.monotonic()

    async def before_sleep(state: RetryCallState) -> None:
        if isinstance(_failure(state), RateLimited):
            await pause(state.upcoming_sleep)

    retrying = AsyncRetrying(
        retry=retry_if_exception_type(Transient),
        wait=_Wait(policy),
        stop=_Stop(policy),
        before_sleep=before_sleep,
        reraise=True,
    )
    try:
        return await retrying(attempt)
    except Transient as last:
        tries = int(retrying.statistics.get("attempt_number", 1))
        raise _down(endpoint, last, tries, time.monotonic() - started) from last


class _Wait:
    def __init__(self, policy: Policy) -> None:
        self._backoff = wait_exponential_jitter(
            initial=policy.first_s, max=policy.longest_s, jitter=policy.first_s
        )
        self._jitter_s = policy.first_s

    def __call__(self, state: RetryCallState) -> float:
        failure = _failure(state)
        if isinstance(failure, Transient) and failure.retry_after_s is not None:
            return failure.retry_after_s + random.uniform(0, self._jitter_s)
        return self._backoff(state)


class _Stop:
    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._too_late = stop_before_delay(policy.give_up_s)

    def __call__(self, state: RetryCallState) -> bool:
        if self._too_late(state):
            return True
        counts = not isinstance(_failure(state), RateLimited)
        return counts and state.attempt_number >= self._policy.tries


def _failure(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None


def _down(endpoint: Endpoint, last: Transient, tries: int, seconds: float) -> ProviderDown:
    times = "once" if tries == 1 else f"{tries} times in {seconds:.0f} s"
    wish = ""
    if last.retry_after_s is not None:
        wish = f" It asks to be left alone for {last.retry_after_s:.0f} s."
    return ProviderDown(
        endpoint.provider,
        f"{endpoint.who} was tried {times} without an answer; the last failure: {last.message}"
        f"{wish} Look at the provider's status, its limits and {endpoint.variable}_BASE_URL.",
    )
