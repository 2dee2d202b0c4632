from datetime import datetime
from typing import Any

from ninja import Schema
from pydantic import Field


class ReleaseRow(Schema):
    number: int
    name: str
    state: str
    items: int
    done: int
    total: int
    error: str
    manifest_sha256: str
    created_at: datetime
    built_at: datetime | None


class ReleaseOut(ReleaseRow):
    notes: str
    policy: dict[str, Any]
    audit: dict[str, Any] | None
    download: str | None = Field(description="address of the zip; null until it is ready")
