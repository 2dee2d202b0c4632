from ninja import Schema
from pydantic import Field


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
