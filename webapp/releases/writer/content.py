"""A frozen release as plain values: all that its folder is written from.

Everything comes from rows that the database refuses to change, so that a folder can be built
again at any time with the same bytes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from webapp.items.mcq import Mcq
from webapp.releases.audit import Audited
from webapp.releases.models import Release, ReleaseItem
from webapp.slides.geometry import Scale


@dataclass(frozen=True)
class Image:
    """A poster as it was when frozen: its path under the media folder, its digest, and the
    top-left corner (x, y) of its field in level-0 pixels where known."""

    image: str
    sha256: str
    corner_l0: tuple[int, int] | None


@dataclass(frozen=True)
class Row:
    """One question of the release; `number` is its published `No`."""

    number: int
    split: str
    mcq: Mcq
    order: tuple[str, ...]
    item: int
    revision: int
    origin: str
    provenance: Mapping[str, Any]
    """What made this revision."""
    source: Mapping[str, Any]
    """What the item's first revision came from: of an import, the row's own extra fields."""
    wsi_name: str
    path_id: str
    organ: str
    patient: str
    twin_group: str
    images: Mapping[Scale, Image]
    references: Mapping[str, str]

    @property
    def where(self) -> str:
        return f"item {self.item} (slide {self.wsi_name}, path {self.path_id})"

    def audited(self) -> Audited:
        return Audited(
            mcq=self.mcq,
            order=self.order,
            split=self.split,
            patient=self.patient,
            slide=self.wsi_name,
            organ=self.organ,
            twin_group=self.twin_group,
        )


@dataclass(frozen=True)
class Content:
    number: int
    name: str
    notes: str
    policy: Mapping[str, Any]
    rows: tuple[Row, ...]


def content_of(release: Release) -> Content:
    """The release with its rows in the order of their numbers, in two queries."""
    members = ReleaseItem.objects.filter(release=release).select_related("revision", "item")
    members = members.prefetch_related("item__revisions")
    return Content(
        number=release.number,
        name=release.name,
        notes=release.notes,
        policy=release.policy,
        rows=tuple(_row(member) for member in members.order_by("number")),
    )


def _row(member: ReleaseItem) -> Row:
    facts = member.facts
    return Row(
        number=member.number,
        split=member.split,
        mcq=member.mcq(),
        order=tuple(member.lettering),
        item=member.item_id,
        revision=member.revision.number,
        origin=member.item.origin,
        provenance=member.revision.provenance,
        source=member.item.source,
        wsi_name=facts["wsi_name"],
        path_id=facts["path_id"],
        organ=facts["organ"],
        patient=facts["patient"],
        twin_group=member.item.twin_group,
        images={Scale(scale): _image(image) for scale, image in facts["images"].items()},
        references=facts["references"],
    )


def _image(image: Mapping[str, Any]) -> Image:
    corner = image["corner_l0"]
    return Image(image["image"], image["sha256"], None if corner is None else tuple(corner))
