"""What is asked of a language model and what comes back, whichever provider answers."""

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, Protocol

from pydantic import BaseModel

MAX_IMAGES = 5


class Outcome(StrEnum):
    """How a call ended. All but OK mean that there is nothing to use, and are data, not errors."""

    OK = "ok"
    REFUSED = "refused"
    """The model answered that it will not."""
    BLOCKED = "blocked"
    """A safety filter of the provider stopped the prompt or the answer."""
    TRUNCATED = "truncated"
    """The answer hit `max_tokens`."""
    MALFORMED = "malformed"
    """The answer is no JSON, or not of the schema."""


@cache
def json_schema(schema: type[BaseModel]) -> dict[str, Any]:
    """Worked out once for each class; not to be changed."""
    return schema.model_json_schema()


@dataclass(frozen=True)
class Image:
    """`media_type` as in HTTP, such as image/jpeg."""

    media_type: str
    data: bytes


@dataclass(frozen=True)
class Request:
    """One question to one model. `model` is a name of annotation_configs/models.yaml.

    `schema` is a pydantic class when an object is wanted. `prompt` names the prompt's file, version
    and digest for the record. `asking` tells a repeated question from the first: without it the
    same question is answered from the record.
    """

    model: str
    system: str
    user: str
    images: tuple[Image, ...] = ()
    schema: type[BaseModel] | None = None
    max_tokens: int = 2048
    temperature: float = 0.0
    prompt: str = ""
    asking: int = 0

    def __post_init__(self) -> None:
        if len(self.images) > MAX_IMAGES:
            raise ValueError(f"{len(self.images)} images are asked about; give at most 5.")

    def as_json(self) -> dict[str, object]:
        """All that decides the reply, as plain JSON; images by their digest."""
        return {
            "model": self.model,
            "system": self.system,
            "user": self.user,
            "images": [
                {"media_type": one.media_type, "sha256": hashlib.sha256(one.data).hexdigest()}
                for one in self.images
            ],
            "schema": None if self.schema is None else json_schema(self.schema),
            "max_tokens": self.max_tokens,
            "temperature": self.temperature,
            "asking": self.asking,
        }

    def key(self) -> str:
        """sha256 of `as_json`: the same key, the same call."""
        text = json.dumps(self.as_json(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Usage:
    """Tokens as the provider counts them."""

    prompt_tokens: int = 0
    completion_tokens: int = 0


@dataclass(frozen=True)
class Reply:
    """`value` is an instance of the request's schema when the outcome is OK and one was asked for.

    `provider_status` is the provider's own word (finish reason, block reason), `call` the id of the
    row that records the call (0 where none does).
    """

    outcome: Outcome
    text: str = ""
    value: BaseModel | None = None
    usage: Usage = Usage()
    latency_s: float = 0.0
    provider_status: str = ""
    error: str = ""
    call: int = 0


class Asker(Protocol):
    """What the pipeline's stages are given: retries, limits and records are behind it."""

    async def ask(self, stage: str, request: Request) -> Reply:
        """`stage` is decompose, generate, screen or refine.

        Raises:
            LlmError: of workers.llm.errors, none of which a stage handles: the batch pauses.
        """
        ...


class Adapter(Protocol):
    """One provider's SDK behind the one door: a single attempt, no retries.

    Raises:
        LlmError: of workers.llm.errors, transient or not.
    """

    async def send(self, request: Request, model_id: str) -> Reply: ...

    async def close(self) -> None: ...
