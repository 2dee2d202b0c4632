"""OpenAI's chat completions, through the openai SDK.

The SDK builds a model object for each answer, which costs as much CPU as all the rest of a call;
its own way to send a plain body and to be given the plain response (`post` with `cast_to`) halves
that. Its retries are off: workers.llm.retries has the one policy.
"""

import json
from collections.abc import Mapping
from typing import Any, cast

import httpx2
import openai

from annotation_configs.models import ModelOffer
from workers.llm import parse
from workers.llm.chat import ended, messages, response_format
from workers.llm.connections import CONNECT_S, StackedConnections
from workers.llm.endpoint import Endpoint, retry_after
from workers.llm.errors import LlmError
from workers.llm.types import Outcome, Reply, Request, Usage

BLOCKED_CODES = frozenset({"content_filter", "content_policy_violation", "invalid_prompt"})
NO_CREDIT = "insufficient_quota"


class OpenAIAdapter:
    """One attempt at a call; see workers.llm.types.Adapter."""

    limit_field = "max_completion_tokens"

    def __init__(self, endpoint: Endpoint, offers: Mapping[str, ModelOffer]) -> None:
        self._endpoint = endpoint
        self._offers = offers
        self._client = openai.AsyncOpenAI(
            api_key=endpoint.key,
            base_url=endpoint.base_url,
            max_retries=0,
            http_client=openai.DefaultAsyncHttpxClient(
                timeout=httpx2.Timeout(None, connect=CONNECT_S),
                transport=cast(
                    httpx2.AsyncBaseTransport, StackedConnections(httpx2, endpoint.base_url)
                ),
            ),
        )

    async def send(self, request: Request, model_id: str) -> Reply:
        body = self._body(request, model_id)
        try:
            response = await self._client.post(
                "/chat/completions", body=body, cast_to=httpx2.Response
            )
        except openai.APIStatusError as error:
            return self._failed(error)
        except openai.APIConnectionError as error:  # its subclass APITimeoutError too
            raise self._endpoint.unreachable(str(error.__cause__ or error)) from error
        return read_completion(request, response.content)

    async def close(self) -> None:
        await self._client.close()

    def _body(self, request: Request, model_id: str) -> dict[str, Any]:
        offer = self._offers[request.model]
        body: dict[str, Any] = {
            "model": model_id,
            "messages": messages(request, told_schema=offer.structured == "json"),
            self.limit_field: request.max_tokens + offer.thinking_tokens,
        }
        if offer.temperature:
            body["temperature"] = request.temperature
        if offer.effort:
            body["reasoning_effort"] = offer.effort
        if request.schema is not None:
            body["response_format"] = response_format(request, offer)
        return body

    def _failed(self, error: openai.APIStatusError) -> Reply:
        """A Reply where the provider will not answer this question; an error where it cannot."""
        detail = error.message
        if error.code in BLOCKED_CODES:
            return parse.lacking(Outcome.BLOCKED, detail, status=error.code)
        if error.status_code == 400 and parse.says_too_long(f"{error.code} {detail}"):
            return parse.too_long()
        raise self._error(error) from error

    def _error(self, error: openai.APIStatusError) -> LlmError:
        if error.code == NO_CREDIT:
            return self._endpoint.no_credit()
        wait = retry_after(error.response.headers)
        return self._endpoint.fault(error.status_code, detail_of(error), retry_after_s=wait)


def detail_of(error: openai.APIStatusError) -> str:
    """The provider's own sentence; nothing where it sent a web page."""
    body = error.body
    if isinstance(body, dict):
        return str(body.get("message") or "")
    return ""


def read_completion(request: Request, body: bytes) -> Reply:
    try:
        payload = json.loads(body)
    except ValueError:
        return parse.no_json(body.decode(errors="replace"))
    if not isinstance(payload, dict):
        return parse.no_json(str(payload))
    usage = _usage(payload.get("usage"))
    try:
        choice = payload["choices"][0]
        message = choice["message"]
        status = str(choice.get("finish_reason") or "")
        text, refusal = message.get("content") or "", message.get("refusal")
        if not isinstance(text, str):  # a list of parts, as some servers of one's own send
            raise TypeError
    except (AttributeError, IndexError, KeyError, TypeError):
        error = "The answer holds no message."
        return parse.lacking(Outcome.MALFORMED, error, text=str(payload)[:200], usage=usage)
    if refusal:
        return parse.lacking(Outcome.REFUSED, str(refusal), status=status, usage=usage)
    return ended(request, text, status, usage)


def _usage(found: Any) -> Usage:
    if not isinstance(found, dict):
        return Usage()
    return Usage(int(found.get("prompt_tokens") or 0), int(found.get("completion_tokens") or 0))
