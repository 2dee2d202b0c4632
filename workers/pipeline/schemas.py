"""What models reply with. Prompts name these classes; every field is required and none is bounded,
for providers' structured output knows neither defaults nor bounds: what a reply must satisfy beyond
its shape is checked where it is used.
"""

from functools import cache
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Cell = Literal["both", "first_only", "second_only", "neither"]
"""Which of the two findings are true in an option; `both` is the key."""
TwinCell = Literal["w", "x", "y", "z"]
Role = Literal["key", "distractor"]
Kind = Literal[
    "similarity",
    "length",
    "polarity",
    "phrase_prior",
    "stem_echo",
    "specificity",
    "implausible_distractor",
    "other",
]
"""What made an option stand out."""


class ReplySchema(BaseModel):
    """Its JSON schema is worked out once: it is part of every request's digest."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def model_json_schema(cls, *args: Any, **kwargs: Any) -> dict[str, Any]:
        if args or kwargs:
            return super().model_json_schema(*args, **kwargs)
        return _plain_schema(cls)

    @classmethod
    def fresh_json_schema(cls) -> dict[str, Any]:
        return super().model_json_schema()


@cache
def _plain_schema(schema: type[ReplySchema]) -> dict[str, Any]:
    return schema.fresh_json_schema()


class StatedFinding(ReplySchema):
    attribute: str
    value: str
    quote: str


class Findings(ReplySchema):
    """Stage 1: what a caption states."""

    findings: list[StatedFinding]


class WrittenOption(ReplySchema):
    cell: Cell
    role: Role
    text: str
    discriminator: str
    refuted_at: str


class Written(ReplySchema):
    """Stage 3: a question about one slide."""

    stem: str
    options: list[WrittenOption]
    rationale: str


class TwinsOption(ReplySchema):
    cell: TwinCell
    text: str


class TwinsWritten(ReplySchema):
    """Stage 3: a question that several slides share, another option being true of each."""

    stem: str
    options: list[TwinsOption]


class Attempt(ReplySchema):
    """Stage 4: an answer without images. The reasoning comes first, so that it is thought first."""

    reasoning: str
    answer: Literal["A", "B", "C", "D", "abstain"]
    confidence: float


class Leak(ReplySchema):
    """Stage 5: what gave an option away, and the rule against it."""

    analysis: str
    kind: Kind
    constraint: str


SCHEMAS: dict[str, type[ReplySchema]] = {
    one.__name__: one for one in (Findings, Written, TwinsWritten, Attempt, Leak)
}
