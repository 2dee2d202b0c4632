"""The server: an answer or an ordered failure for each request, and counts of what it got."""

import asyncio
import hashlib
import json
from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from tests.emulator.faults import Fault, Faults
from tests.emulator.wire import Asked, Compatible, DashScope, Format, Gemini, OpenAI, Said

Brain = Callable[[str, str, str], str]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
HTML = "<!DOCTYPE html><html><body><h1>Welcome to the guest network</h1></body></html>"
WRONG_KEY = "wrong-key"
LARGEST_BODY = 64 * 1024**2
KEPT_REQUESTS = 50
# kind of fault -> status, code, message
ERRORS = {
    "rate_limit": (429, "rate_limit_exceeded", "Too many requests."),
    "no_credit": (429, "insufficient_quota", "You exceeded your current quota."),
    "server_error": (500, "internal_error", "Something went wrong."),
    "unavailable": (503, "overloaded", "The model is overloaded."),
    "wrong_key": (401, "invalid_api_key", "Incorrect API key provided: wro**key."),
    "unknown_model": (404, "model_not_found", "There is no such model."),
    "too_long": (400, "context_length_exceeded", "This exceeds the maximum context length."),
    "bad_request": (400, "invalid_value", "A parameter is wrong."),
}


class Counts:
    """Requests as they arrive: a provider is paid for those too whose answer nobody waits for."""

    def __init__(self) -> None:
        self.requests = self.answered = 0
        self.digests: Counter[str] = Counter()
        self.providers: Counter[str] = Counter()
        self.in_flight: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self.bodies: deque[tuple[str, str, bytes]] = deque(maxlen=KEPT_REQUESTS)

    @asynccontextmanager
    async def request(self, provider: str, path: str, body: bytes) -> AsyncIterator[None]:
        self.requests += 1
        self.digests[hashlib.sha256(path.encode() + body).hexdigest()] += 1
        self.providers[provider] += 1
        self.bodies.append((provider, path, body))
        for name in (provider, "all"):
            self.in_flight[name] += 1
            self.most[name] = max(self.most[name], self.in_flight[name])
        try:
            yield
            self.answered += 1
        finally:
            for name in (provider, "all"):
                self.in_flight[name] -= 1

    def as_json(self, *, digests: bool) -> dict[str, Any]:
        return {
            "requests": self.requests,
            "answered": self.answered,
            "distinct": len(self.digests),
            "repeated": self.requests - len(self.digests),
            "by_provider": dict(self.providers),
            "in_flight": self.in_flight["all"],
            "max_in_flight": self.most["all"],
            "max_in_flight_by_provider": dict(self.most),
            "by_digest": dict(self.digests) if digests else {},
        }


class Emulator:
    def __init__(self, brain: Brain, latency_s: float) -> None:
        self._brain = brain
        self._latency_s = latency_s
        self._faults = Faults()
        self._counts = Counts()

    def app(self) -> web.Application:
        app = web.Application(client_max_size=LARGEST_BODY)
        chat = "/chat/completions"
        app.add_routes([
            web.post(f"/openai/v1{chat}", self._speaking("openai", OpenAI)),
            web.post(f"/vllm/v1{chat}", self._speaking("vllm", OpenAI)),
            web.post("/google/{version}/models/{call}", self._speaking("google", Gemini)),
            web.post(
                "/dashscope/api/v1/services/aigc/{kind}/generation",
                self._speaking("dashscope", DashScope),
            ),
            web.post(
                f"/dashscope/compatible-mode/v1{chat}", self._speaking("dashscope", Compatible)
            ),
            web.post("/control/faults", self._order_fault),
            web.delete("/control/faults", self._clear_faults),
            web.get("/control/counts", self._show_counts),
            web.get("/control/requests", self._show_requests),
            web.post("/control/settings", self._change_settings),
            web.post("/control/reset", self._reset),
        ])  # fmt: skip
        return app

    def _speaking(self, provider: str, wire: Format) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            body = await request.read()
            async with self._counts.request(provider, request.path, body):
                if _key(request) == WRONG_KEY:
                    return _error(wire, Fault("wrong_key"))
                model = request.match_info.get("call", "").partition(":")[0]
                asked = wire.read(json.loads(body), model)
                fault = self._faults.take(provider, asked.system + asked.user)
                if self._latency_s:
                    await asyncio.sleep(self._latency_s)
                if fault is None:
                    return self._answer(wire, asked)
                return await self._fail(request, wire, asked, fault)

        return handle

    def _answer(self, wire: Format, asked: Asked) -> web.Response:
        text = self._brain(asked.system, asked.user, asked.schema_json)
        return _response(*wire.answer(asked, Said(text)))

    async def _fail(
        self, request: web.Request, wire: Format, asked: Asked, fault: Fault
    ) -> web.StreamResponse:
        if fault.kind in ERRORS:
            return _error(wire, fault)
        if fault.kind in ("html", "body"):
            return _strange(fault)
        if fault.kind in ("hang", "down"):
            return await _silence(request, fault)
        if fault.kind == "prompt_block":
            return _response(*wire.prompt_block(asked))
        text = fault.text or self._brain(asked.system, asked.user, asked.schema_json)
        status, shape = wire.answer(asked, _spoilt(text, fault.kind))
        if fault.kind in ("slow_body", "cut"):
            return await _drip(request, json.dumps(shape).encode(), fault)
        return _response(status, shape)

    async def _order_fault(self, request: web.Request) -> web.Response:
        try:
            self._faults.add(Fault.read(await request.json()))
        except (TypeError, ValueError) as error:
            return web.json_response({"error": str(error)}, status=400)
        return web.json_response({})

    async def _clear_faults(self, request: web.Request) -> web.Response:
        self._faults.clear()
        return web.json_response({})

    async def _show_counts(self, request: web.Request) -> web.Response:
        digests = request.query.get("digests", "1") == "1"
        return web.json_response(self._counts.as_json(digests=digests))

    async def _show_requests(self, request: web.Request) -> web.Response:
        found = [
            {"provider": provider, "path": path, "body": json.loads(body)}
            for provider, path, body in self._counts.bodies
        ]
        return web.json_response(found)

    async def _change_settings(self, request: web.Request) -> web.Response:
        self._latency_s = float((await request.json())["latency_ms"]) / 1000
        return web.json_response({})

    async def _reset(self, request: web.Request) -> web.Response:
        self._faults.clear()
        self._counts = Counts()
        return web.json_response({})


def _key(request: web.Request) -> str:
    bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
    return bearer or request.headers.get("x-goog-api-key", "")


def _spoilt(text: str, kind: str) -> Said:
    if kind == "truncated":
        return Said(text[: len(text) // 2], "length")
    if kind == "answer_block":
        return Said("", "block")
    if kind == "refusal":
        return Said("I am sorry, I cannot help with that.", "refusal")
    if kind == "invalid_json":
        return Said(text[:-1] + ",,")
    return Said("" if kind == "empty" else text)


def _error(wire: Format, fault: Fault) -> web.Response:
    response = _response(*wire.error(*ERRORS[fault.kind]))
    if fault.retry_after:
        response.headers["Retry-After"] = fault.retry_after
    return response


def _response(status: int, shape: dict[str, Any]) -> web.Response:
    body = json.dumps(shape).encode()
    return web.Response(status=status, body=body, content_type="application/json")


def _strange(fault: Fault) -> web.Response:
    """A 200 that is not of the wire format: a proxy's page, or the body that was ordered."""
    if fault.kind == "html":
        return web.Response(text=HTML, content_type="text/html")
    return web.Response(status=fault.status, text=fault.text, content_type="application/json")


async def _silence(request: web.Request, fault: Fault) -> web.Response:
    """No answer: until the caller goes away (hang), or the connection is cut (down)."""
    while fault.kind == "hang" and request.transport is not None:
        await asyncio.sleep(0.02)
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _drip(request: web.Request, body: bytes, fault: Fault) -> web.StreamResponse:
    """The body in 20 pieces, evenly over the time; a cut one ends in the middle."""
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    if fault.kind == "cut":
        await response.write(body[: len(body) // 2])
        if request.transport is not None:
            request.transport.abort()
        return response
    step = max(1, len(body) // 20)
    for start in range(0, len(body), step):
        await response.write(body[start : start + step])
        await asyncio.sleep(fault.seconds / 20)
    return response
