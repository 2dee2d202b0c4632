"""What calls cost: an estimate before, the exact price after; all in US dollars."""

from collections.abc import Sequence
from decimal import Decimal

from annotation_configs.models import ModelOffer
from workers.llm.schemas import wire_text
from workers.llm.types import Image, Request, Usage

TOKENS_PER_BYTE = Decimal("0.4")
"""English has about four bytes a token, Chinese and JSON about three: rather too many tokens than
too few, since a budget is reserved by it."""
IMAGE_TOKENS = 1300
"""The dearest provider's count for an image of about 1,024 px a side."""
FRAME_TOKENS = 32
"""Roles and separators around the texts."""
MILLION = Decimal(1_000_000)


def estimate_tokens(text: str, images: Sequence[Image] = ()) -> int:
    """Tokens of a prompt, rounded up generously."""
    return int(len(text.encode()) * TOKENS_PER_BYTE) + 1 + IMAGE_TOKENS * len(images)


def prompt_tokens(request: Request) -> int:
    """Estimated tokens of all that is sent, the schema included."""
    schema = wire_text(request.schema) if request.schema else ""
    return estimate_tokens(request.system + request.user + schema, request.images) + FRAME_TOKENS


def answer_tokens(request: Request, model: ModelOffer) -> int:
    """The most that can come back and is paid for, thinking included."""
    return request.max_tokens + model.thinking_tokens


def worst_case_usd(request: Request, model: ModelOffer) -> Decimal:
    """What the call costs at most, to be reserved in a budget before it is sent."""
    return cost_usd(Usage(prompt_tokens(request), answer_tokens(request, model)), model)


def cost_usd(usage: Usage, model: ModelOffer) -> Decimal:
    return (
        usage.prompt_tokens * model.usd_per_mtok_in
        + usage.completion_tokens * model.usd_per_mtok_out
    ) / MILLION
