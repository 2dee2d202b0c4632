from datetime import datetime

from ninja import Schema
from pydantic import ConfigDict, Field

from webapp.generation.kinds import ConstraintKind
from webapp.items.mcq import Dimension


class ConstraintIn(Schema):
    model_config = ConfigDict(extra="forbid")

    dimension: Dimension
    kind: ConstraintKind
    text: str = Field(description="at most 300 characters; names no single item")


class VersionIn(Schema):
    model_config = ConfigDict(extra="forbid")

    text: str
    parent: int = Field(description="number of the version that was read; refused when outdated")


class ConstraintRow(Schema):
    id: int
    dimension: str
    kind: str
    origin: str = Field(description="learned from a leak, or written by a person")
    state: str
    version: int
    text: str
    lessons: int = Field(description="how many leaks taught it")
    last_lesson_at: datetime | None
    created_by: str
    created_at: datetime


class VersionOut(Schema):
    number: int
    text: str
    author: str
    created_at: datetime


class LessonOut(Schema):
    """A leak that taught a constraint."""

    constraint: int
    item: int
    revision: int
    adversary: str
    analysis: str
    call: int | None
    created_at: datetime


class ConstraintOut(ConstraintRow):
    versions: list[VersionOut]
    taught_by: list[LessonOut]
