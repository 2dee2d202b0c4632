"""Chat messages in the shape that OpenAI's and DashScope's protocols share."""

import base64
from typing import Any

from annotation_configs.models import ModelOffer
from workers.llm import parse
from workers.llm.schemas import TOLD, wire_schema, wire_text
from workers.llm.types import Image, Outcome, Reply, Request, Usage


def messages(request: Request, *, told_schema: bool) -> list[dict[str, Any]]:
    """System and user message; images stand before the text."""
    system = request.system
    if told_schema and request.schema is not None:
        system = f"{system}\n\n{TOLD}{wire_text(request.schema)}"
    content: str | list[dict[str, Any]] = request.user
    if request.images:
        content = [
            {"type": "image_url", "image_url": {"url": data_url(one)}} for one in request.images
        ]
        content.append({"type": "text", "text": request.user})
    return [{"role": "system", "content": system}, {"role": "user", "content": content}]


def data_url(image: Image) -> str:
    return f"data:{image.media_type};base64,{base64.b64encode(image.data).decode()}"


def response_format(request: Request, offer: ModelOffer) -> dict[str, Any]:
    if offer.structured == "json" or request.schema is None:
        return {"type": "json_object"}
    name = request.schema.__name__
    return {
        "type": "json_schema",
        "json_schema": {"name": name, "strict": True, "schema": wire_schema(request.schema)},
    }


def ended(request: Request, text: str, status: str, usage: Usage) -> Reply:
    """By the finish reason, which OpenAI's and DashScope's protocols spell alike."""
    if status == "content_filter":
        error = "The answer was stopped by the provider's content filter."
        return parse.lacking(Outcome.BLOCKED, error, text=text, status=status, usage=usage)
    if status == "length":
        error = "The answer hit its limit of tokens."
        return parse.lacking(Outcome.TRUNCATED, error, text=text, status=status, usage=usage)
    return parse.answered(request, text, status=status, usage=usage)
