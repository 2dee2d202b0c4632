"""Alibaba Cloud's DashScope (Qwen models), through the client of dashscope 2.

The base URL says which protocol is spoken: DashScope's own (…/api/v1), or OpenAI's
(…/compatible-mode/v1 and any other address).
"""

from collections.abc import Mapping
from typing import Any, cast

import httpx
from dashscope.v2 import AsyncClient, errors
from dashscope.v2.types.completions import ChatCompletion

from annotation_configs.models import ModelOffer
from workers.llm import parse
from workers.llm.chat import ended, messages, response_format
from workers.llm.connections import CONNECT_S, StackedConnections
from workers.llm.endpoint import Endpoint, retry_after
from workers.llm.errors import LlmError
from workers.llm.types import Outcome, Reply, Request, Usage

NATIVE = "/api/v1"
NO_CREDIT = errors.ErrorCode.ARREARAGE.value


class DashScopeAdapter:
    """One attempt at a call; see workers.llm.types.Adapter."""

    def __init__(self, endpoint: Endpoint, offers: Mapping[str, ModelOffer]) -> None:
        self._endpoint = endpoint
        self._offers = offers
        # A client that is handed in must bring the key itself.
        self._http = httpx.AsyncClient(
            headers={"Authorization": f"Bearer {endpoint.key}"},
            base_url=endpoint.base_url,
            timeout=httpx.Timeout(None, connect=CONNECT_S),
            transport=cast(httpx.AsyncBaseTransport, StackedConnections(httpx, endpoint.base_url)),
        )
        self._client = AsyncClient(
            api_key=endpoint.key,
            base_url=endpoint.base_url,
            protocol="native" if endpoint.base_url.endswith(NATIVE) else "openai",
            max_retries=0,
            http_client=self._http,
        )

    async def send(self, request: Request, model_id: str) -> Reply:
        try:
            completion = await self._client.chat.completions.create(
                model=model_id, **self._arguments(request)
            )
        except errors.ContentFilterError as error:
            return parse.lacking(Outcome.BLOCKED, error.message, status=error.code or "")
        except errors.APIConnectionError as error:  # its subclass APITimeoutError too
            raise self._endpoint.unreachable(error.message) from error
        except errors.DashScopeError as error:
            return self._failed(error)
        except (AttributeError, TypeError, ValueError) as error:
            # A 200 that is no JSON, or JSON that the SDK stumbles over.
            return parse.no_json(getattr(error, "doc", ""))
        return read_completion(request, completion)

    async def close(self) -> None:
        await self._client.aclose()
        await self._http.aclose()

    def _arguments(self, request: Request) -> dict[str, Any]:
        offer = self._offers[request.model]
        arguments: dict[str, Any] = {
            "messages": messages(request, told_schema=offer.structured == "json"),
            "max_tokens": request.max_tokens + offer.thinking_tokens,
        }
        if offer.temperature:
            arguments["temperature"] = request.temperature
        if offer.effort:
            arguments["enable_thinking"] = offer.effort != "none"
        if request.schema is not None:
            arguments["response_format"] = response_format(request, offer)
        return arguments

    def _failed(self, error: errors.DashScopeError) -> Reply:
        if parse.says_too_long(error.message):
            return parse.too_long()
        raise self._error(error) from error

    def _error(self, error: errors.DashScopeError) -> LlmError:
        """A failure may come as an HTTP 200; its class then knows the status it stands for."""
        if error.code == NO_CREDIT:
            return self._endpoint.no_credit()
        status = error.status_code
        if status is None or status < 400:
            status = getattr(type(error), "status_code", None) or 502
        detail = error.message if isinstance(error.body, dict) else ""
        wait = retry_after(error.headers)
        return self._endpoint.fault(status, detail, retry_after_s=wait)


def read_completion(request: Request, completion: ChatCompletion) -> Reply:
    usage = Usage()
    if completion.usage is not None:
        usage = Usage(completion.usage.input_tokens, completion.usage.output_tokens)
    if not completion.choices:
        error = "The answer holds no message."
        return parse.lacking(Outcome.MALFORMED, error, usage=usage)
    choice = completion.choices[0]
    status = choice.finish_reason or ""
    refusal = (choice.message.model_extra or {}).get("refusal")
    if refusal:
        return parse.lacking(Outcome.REFUSED, str(refusal), status=status, usage=usage)
    return ended(request, choice.message.content or "", status, usage)
