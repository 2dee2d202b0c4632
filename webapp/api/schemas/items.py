from datetime import datetime
from typing import Any

from ninja import Schema
from pydantic import ConfigDict, Field

from webapp.api.schemas.calls import CallRow
from webapp.api.schemas.constraints import LessonOut


class ItemRow(Schema):
    id: int
    state: str
    dimension: str
    origin: str
    slide: str
    path_id: str
    stem: str


class OptionOut(Schema):
    id: str
    text: str


class FindingOut(Schema):
    rule: str
    severity: str
    where: str
    message: str


class ItemOut(ItemRow):
    """An item at its newest revision; `rationale` names options by `{{option:ID}}`."""

    revision: int
    options: list[OptionOut]
    key: str
    rationale: str
    scales: list[str]
    findings: list[FindingOut]


class ScreeningOut(Schema):
    """What one text-only adversary made of a text."""

    adversary: str
    version: str
    verdict: str = Field(description="holds, leaks, or none where it could not be told")
    option: str = Field(description="id of its first choice; empty for none")
    correct: float | None = Field(description="share of its answers that hit the key")
    confidence: float
    answers: int
    reasoning: str
    calls: list[int]


class RevisionOut(Schema):
    number: int
    stem: str
    options: list[OptionOut]
    key: str
    rationale: str
    author: str
    created_at: datetime
    provenance: dict[str, Any]
    screenings: list[ScreeningOut]
    lessons: list[LessonOut]


class StoryOut(Schema):
    """How an item came to be: every text, what tried it, what its leaks taught, what was asked."""

    item: ItemRow
    batch: int | None
    slot: int | None
    twin_group: str
    revisions: list[RevisionOut]
    calls: list[CallRow]


class ReasonIn(Schema):
    model_config = ConfigDict(extra="forbid")

    reason: str


class StateOut(Schema):
    id: int
    state: str
