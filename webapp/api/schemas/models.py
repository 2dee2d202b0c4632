from ninja import Schema
from pydantic import Field

from webapp.api.schemas.common import Usd


class ModelOut(Schema):
    """A language model on offer; prices per million tokens, limits per minute."""

    name: str = Field(description="what a batch's config calls it")
    provider: str
    model_id: str = Field(description="what its provider calls it")
    label: str
    usd_per_mtok_in: Usd
    usd_per_mtok_out: Usd
    rpm: int | None = Field(description="requests a minute; null: not limited")
    tpm: int | None = Field(description="tokens a minute; null: not limited")
    max_in_flight: int
    context_tokens: int
    vision: bool
    roles: list[str] = Field(description="some of decompose, generate, screen")
    configured: bool = Field(
        description="whether the web process has its key or address; workers read their own"
    )
