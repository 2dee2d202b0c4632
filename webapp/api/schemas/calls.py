from datetime import datetime
from typing import Any

from ninja import Schema
from pydantic import Field

from webapp.api.schemas.common import Usd


class CallRow(Schema):
    id: int
    batch_id: int | None = Field(description="which batch paid for it")
    slot_number: int | None = Field(description="for which of its slots it was asked first")
    stage: str = Field(description="decompose, generate, screen or refine")
    provider: str
    model: str
    model_id: str
    prompt: str = Field(description="file, version and digest of the prompt")
    outcome: str
    provider_status: str
    error: str
    prompt_tokens: int
    completion_tokens: int
    cost_usd: Usd
    reserved_usd: Usd = Field(description="held back while it is in flight")
    latency_s: float | None
    sendings: int
    created_at: datetime
    finished_at: datetime | None


class CallOut(CallRow):
    """With the whole request and the whole reply."""

    key: str = Field(description="digest of the request: the same key is paid once")
    request: dict[str, Any]
    reply: str
