"""What the API answers with. Everything is read from records and queries; nothing is written."""

from datetime import datetime
from typing import Any, Generic, TypeVar

from ninja import Schema
from pydantic import Field

T = TypeVar("T")


class Page(Schema, Generic[T]):
    """One page of a list; `count` is the length of the whole."""

    count: int
    page: int
    pages: int
    results: list[T]


class Health(Schema):
    status: str


class SlideRow(Schema):
    id: int
    name: str
    patient: str | None = Field(description="only for people who may see keys")
    organ: str
    stain: str
    has_file: bool
    width: int | None
    height: int | None
    mpp: float | None = Field(description="um per pixel at full resolution")
    objective_power: float | None
    vendor: str
    triplets: int


class RoiOut(Schema):
    scale: str
    x_l0: int | None
    y_l0: int | None
    w_l0: int | None
    h_l0: int | None
    mpp: float | None = Field(description="um per pixel of the image")
    image: str | None = Field(description="address of the image; null where there is none")
    caption: str | None = Field(description="only for people who may see keys")


class TripletOut(Schema):
    id: int
    label: str
    rois: list[RoiOut]
    missing_scales: list[str]


class SlideOut(SlideRow):
    shown: list[TripletOut]


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


class BatchOut(Schema):
    id: int
    name: str
    state: str
    error: str
    total: int
    done: int
    ready: int
    leaky: int
    failed: int
    per_minute: float | None
    left_s: float | None


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
