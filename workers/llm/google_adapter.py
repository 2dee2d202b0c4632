"""Google's Gemini models, through the google-genai SDK.

The SDK is asked for the plain HTTP response: building its response object doubles the CPU of a
call, and a web page in place of JSON would escape from it as a JSONDecodeError.
"""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.request import getproxies

import aiohttp
import httpx
import httpx2
from google import genai
from google.genai import errors, types

from annotation_configs.models import ModelOffer
from workers.llm import parse
from workers.llm.endpoint import Endpoint, retry_after
from workers.llm.errors import LlmError
from workers.llm.schemas import TOLD, wire_schema, wire_text
from workers.llm.types import Outcome, Reply, Request, Usage

VERSION = "v1beta"
_VERSIONED = re.compile(r"^(?P<base>.*)/(?P<version>v\d+(alpha|beta)?\d*)$")
_SECONDS = re.compile(r"^(\d+(?:\.\d+)?)s$")
BLOCKED = frozenset({
    "SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "LANGUAGE", "ESCALATION",
    "IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION", "MODEL_ARMOR",
    "PUP_LIMITED_DISABLED",
})  # fmt: skip
TRUNCATED = frozenset({"MAX_TOKENS", "CONTINUATION"})
NETWORK_ERRORS = (aiohttp.ClientError, httpx.TransportError, httpx2.TransportError, OSError)
"""Which HTTP library the SDK takes depends on what is installed."""
BAD_KEY = "API_KEY_INVALID"


class GoogleAdapter:
    """One attempt at a call; see workers.llm.types.Adapter."""

    def __init__(
        self, endpoint: Endpoint, offers: Mapping[str, ModelOffer], max_connections: int
    ) -> None:
        self._endpoint = endpoint
        self._offers = offers
        # The SDK's own session looks for a .netrc in another thread at every call.
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=max_connections), trust_env=bool(getproxies())
        )
        versioned = _VERSIONED.match(endpoint.base_url)
        self._client = genai.Client(
            api_key=endpoint.key,
            vertexai=False,
            http_options=types.HttpOptions(
                base_url=versioned["base"] if versioned else endpoint.base_url,
                api_version=versioned["version"] if versioned else VERSION,
                aiohttp_client=self._session,
                # Without it the SDK sleeps for 1 to 10 s and tries a lost connection again.
                retry_options=types.HttpRetryOptions(attempts=1),
            ),
        )

    async def send(self, request: Request, model_id: str) -> Reply:
        try:
            response = await self._client.aio.models.generate_content(
                model=model_id, contents=_contents(request), config=self._config(request)
            )
        except errors.APIError as error:
            return self._failed(error)
        except json.JSONDecodeError as error:  # the SDK reads only failures by itself
            raise self._endpoint.fault(502, error.doc) from error
        except TimeoutError:
            raise
        except NETWORK_ERRORS as error:
            raise self._endpoint.unreachable(str(error)) from error
        http = response.sdk_http_response
        return read_content(request, (http.body if http else None) or "")

    async def close(self) -> None:
        await self._client.aio.aclose()
        self._client.close()
        await self._session.close()

    def _config(self, request: Request) -> types.GenerateContentConfigDict:
        offer = self._offers[request.model]
        config: types.GenerateContentConfigDict = {
            "system_instruction": request.system,
            "max_output_tokens": request.max_tokens + offer.thinking_tokens,
            "should_return_http_response": True,
            "automatic_continuation": False,
        }
        if offer.temperature:
            config["temperature"] = request.temperature
        if offer.effort:
            config["thinking_config"] = {"thinking_level": types.ThinkingLevel(offer.effort)}
        if request.schema is not None:
            config["response_mime_type"] = "application/json"
            if offer.structured == "schema":
                config["response_json_schema"] = wire_schema(request.schema)
            else:
                told = f"{request.system}\n\n{TOLD}{wire_text(request.schema)}"
                config["system_instruction"] = told
        return config

    def _failed(self, error: errors.APIError) -> Reply:
        detail = error.message or ""
        if error.code == 400 and parse.says_too_long(detail):
            return parse.too_long()
        raise self._error(error, detail) from error

    def _error(self, error: errors.APIError, detail: str) -> LlmError:
        if BAD_KEY in str(error.details):  # a wrong key is an HTTP 400 here
            return self._endpoint.fault(401, "")
        headers = getattr(error.response, "headers", None)
        wait = retry_after(headers) if headers else None
        return self._endpoint.fault(
            error.code, detail, retry_after_s=retry_delay(error.details) if wait is None else wait
        )


def _contents(request: Request) -> list[types.Content]:
    parts = [
        types.Part(inline_data=types.Blob(data=one.data, mime_type=one.media_type))
        for one in request.images
    ]
    return [types.Content(role="user", parts=[*parts, types.Part(text=request.user)])]


def retry_delay(details: Any) -> float | None:
    """Seconds of google.rpc.RetryInfo, which stands in the body instead of Retry-After."""
    try:
        infos = details["error"]["details"]
        found = [_SECONDS.match(one["retryDelay"]) for one in infos if "retryDelay" in one]
    except (KeyError, TypeError):
        return None
    return max((float(one[1]) for one in found if one), default=None)


def read_content(request: Request, body: str) -> Reply:
    try:
        payload = json.loads(body)
    except ValueError:
        return parse.no_json(body)
    if not isinstance(payload, dict):
        return parse.no_json(body)
    try:
        return _read_payload(request, payload, _usage(payload.get("usageMetadata") or {}))
    except (AttributeError, IndexError, KeyError, TypeError):
        error = "The answer holds no message."
        return parse.lacking(Outcome.MALFORMED, error, text=body[: parse.EXCERPT])


def _read_payload(request: Request, payload: dict[str, Any], usage: Usage) -> Reply:
    reason = (payload.get("promptFeedback") or {}).get("blockReason")
    if reason:
        error = f"The question was stopped by the provider's filter ({reason})."
        return parse.lacking(Outcome.BLOCKED, error, status=reason, usage=usage)
    candidate = payload["candidates"][0]
    status = candidate.get("finishReason") or ""
    parts = (candidate.get("content") or {}).get("parts") or []
    text = "".join(one.get("text") or "" for one in parts if not one.get("thought"))
    if status in BLOCKED:
        error = f"The answer was stopped by the provider's filter ({status})."
        return parse.lacking(Outcome.BLOCKED, error, text=text, status=status, usage=usage)
    if status in TRUNCATED:
        error = "The answer hit its limit of tokens."
        return parse.lacking(Outcome.TRUNCATED, error, text=text, status=status, usage=usage)
    return parse.answered(request, text, status=status, usage=usage)


def _usage(found: dict[str, Any]) -> Usage:
    """Thoughts are paid as answer and counted apart from it."""
    answer = int(found.get("candidatesTokenCount") or 0)
    thoughts = int(found.get("thoughtsTokenCount") or 0)
    return Usage(int(found.get("promptTokenCount") or 0), answer + thoughts)
