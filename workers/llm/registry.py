"""The client that workers hold: models by name, each behind its provider's adapter."""

import asyncio
import random
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path

from annotation_configs.models import ModelOffer, models
from workers.llm.cost import answer_tokens, prompt_tokens
from workers.llm.endpoint import DEFAULT_BASE_URLS, Endpoint
from workers.llm.errors import BadRequest, LlmError, RateLimited
from workers.llm.limits import SharedLimits
from workers.llm.retries import Policy, with_retries
from workers.llm.types import Adapter, Reply, Request

TIMEOUT_S = 120.0
_ADAPTERS = {
    "openai": "workers.llm.openai_adapter",
    "google": "workers.llm.google_adapter",
    "dashscope": "workers.llm.dashscope_adapter",
    "vllm": "workers.llm.vllm_adapter",
}
"""Each SDK takes up to a second to import, so only what is used is imported."""
SPREAD_S = 1.0


@dataclass(frozen=True)
class Credentials:
    """By provider; empty or absent where none is set (a base URL then is the provider's own)."""

    keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    base_urls: Mapping[str, str] = field(default_factory=dict)


class Client:
    """Made and used inside one event loop; `close` ends its connections."""

    def __init__(
        self,
        offers: Mapping[str, ModelOffer],
        credentials: Credentials,
        limits: SharedLimits,
        *,
        timeout_s: float,
        policy: Policy,
    ) -> None:
        self._offers = offers
        self._limits = limits
        self._policy = policy
        providers = dict.fromkeys(offer.provider for offer in offers.values())
        self._routes = {
            provider: _Route(provider, offers, credentials, limits, timeout_s)
            for provider in providers
        }

    async def ask(self, request: Request) -> Reply:
        """The model's reply, within the limits and after as many tries as the policy has.

        Raises:
            ProviderDown: no try was answered.
            WrongKey: a person must set another key.
            BadRequest: the provider rejects what is sent, or the model was not opened.
        """
        offer = self._offers.get(request.model)
        if offer is None:
            raise _unknown(request.model, self._offers)
        route = self._routes[offer.provider]
        adapter = route.adapter()
        tokens = prompt_tokens(request) + answer_tokens(request, offer)

        async def attempt() -> Reply:
            await self._limits.admit(offer, tokens)
            return await route.send(adapter, request, offer, longest_rest_s=self._policy.give_up_s)

        async def pause(seconds: float) -> None:
            await self._limits.rest(offer.provider, seconds)

        reply = await with_retries(
            attempt, policy=self._policy, endpoint=route.endpoint, pause=pause
        )
        self._limits.settle(offer, tokens, reply.usage)
        return reply

    async def close(self) -> None:
        for route in self._routes.values():
            await route.close()
        await self._limits.close()


class _Route:
    """One provider: its adapter, and how many calls to it may be open at once."""

    def __init__(
        self,
        provider: str,
        offers: Mapping[str, ModelOffer],
        credentials: Credentials,
        limits: SharedLimits,
        timeout_s: float,
    ) -> None:
        base_url = credentials.base_urls.get(provider) or DEFAULT_BASE_URLS.get(provider, "")
        self.endpoint = Endpoint(provider, base_url, credentials.keys.get(provider, ""))
        self._offers = offers
        self._limits = limits
        self._timeout_s = timeout_s
        self._in_flight = max(
            offer.max_in_flight for offer in offers.values() if offer.provider == provider
        )
        self._slots = asyncio.Semaphore(self._in_flight)
        self._adapter: Adapter | None = None

    def adapter(self) -> Adapter:
        """Made at the first call, so that a model without a key hinders no other."""
        if self._adapter is None:
            self._adapter = _make_adapter(self.endpoint, self._offers, self._in_flight)
        return self._adapter

    async def send(
        self, adapter: Adapter, request: Request, offer: ModelOffer, *, longest_rest_s: float
    ) -> Reply:
        """One attempt, once a slot is free and the provider rests no more."""
        async with self._slots:
            while (left := await self._limits.rest_left(offer.provider)) > 0:
                if left > longest_rest_s:
                    message = f"{self.endpoint.who} asked all workers to wait."
                    raise RateLimited(offer.provider, message, retry_after_s=left)
                # Spread over a while, or all workers come back at the same moment.
                await asyncio.sleep(left + random.uniform(0, min(left, SPREAD_S)))
            started = time.perf_counter()
            try:
                async with asyncio.timeout(self._timeout_s):
                    reply = await adapter.send(request, offer.model_id)
            except TimeoutError as error:
                raise self.endpoint.too_slow(self._timeout_s) from error
            return replace(reply, latency_s=time.perf_counter() - started)

    async def close(self) -> None:
        if self._adapter is not None:
            await self._adapter.close()


def open_client(
    names: Sequence[str],
    credentials: Credentials,
    redis_url: str = "",
    *,
    timeout_s: float = TIMEOUT_S,
    policy: Policy | None = None,
    models_file: Path | None = None,
) -> Client:
    """A client for the models named; call it inside the event loop that will use it.

    `timeout_s` is for one attempt, from sending to the last byte. Without a `redis_url` no limit
    per minute is kept.

    Raises:
        BadRequest: models.yaml has no model of that name.
        ConfigError: models.yaml cannot be used.
    """
    known = models(models_file)
    for name in names:
        if name not in known:
            raise _unknown(name, known)
        import_module(_ADAPTERS[known[name].provider])  # now, and not while the first call waits
    return Client(
        {name: known[name] for name in names},
        credentials,
        SharedLimits(redis_url),
        timeout_s=timeout_s,
        policy=policy or Policy(),
    )


def _make_adapter(endpoint: Endpoint, offers: Mapping[str, ModelOffer], in_flight: int) -> Adapter:
    """Made at the first call, so that one provider without a key hinders no other."""
    if endpoint.provider == "vllm":
        if not endpoint.base_url:
            raise BadRequest("vllm", "No vLLM server is set; set VLLM_BASE_URL.")
        from workers.llm.vllm_adapter import VllmAdapter

        return VllmAdapter(endpoint, offers)
    if not endpoint.key:
        raise endpoint.missing_key()
    if endpoint.provider == "openai":
        from workers.llm.openai_adapter import OpenAIAdapter

        return OpenAIAdapter(endpoint, offers)
    if endpoint.provider == "google":
        from workers.llm.google_adapter import GoogleAdapter

        return GoogleAdapter(endpoint, offers, in_flight)
    from workers.llm.dashscope_adapter import DashScopeAdapter

    return DashScopeAdapter(endpoint, offers)


def _unknown(name: str, known: Iterable[str]) -> LlmError:
    return BadRequest(
        name, f"The model {name!r} is not on offer here; choose one of {', '.join(known)}."
    )
