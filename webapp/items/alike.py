"""Which questions are near-duplicates: of one question by an index, of all of them at once.

Only newest revisions count, retired items do not, and neither do twins of one group: they have
their text in common on purpose.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Count, Max

from webapp.items.likeness import NEAR, bands, likeness, shingles
from webapp.items.mcq import Mcq
from webapp.items.models import Item, Revision
from webapp.items.states import ItemState

CANDIDATES = 200
"""How many of those that share most are compared."""
NEIGHBOURS = 300
"""With how many others of one band a wording is compared: a band of thousands says little."""


class Tissue(StrEnum):
    """What two like questions are about; the same text about other tissue may be meant."""

    FIELDS = "fields"
    PATIENT = "patient"
    OTHER = "other"

    @property
    def says(self) -> str:
        return _SAYS[self.value]


_SAYS = {"fields": "same fields", "patient": "same patient", "other": "other tissue"}
_ORDER = tuple(Tissue)


@dataclass(frozen=True)
class Alike:
    """Another item's newest revision, with how alike it is (0 to 1)."""

    revision: Revision
    likeness: float
    tissue: Tissue


_SHARING = """
SELECT asked.id, found.id
FROM ({asked}) AS asked, LATERAL (
  SELECT r.id FROM items_revision r JOIN items_item i ON i.id = r.item_id
  WHERE r.bands && asked.bands AND r.item_id <> asked.item_id AND i.state <> 'retired'
    AND (i.twin_group = '' OR i.twin_group <> asked.twin_group)
    AND NOT EXISTS (
      SELECT FROM items_revision n WHERE n.item_id = r.item_id AND n.number > r.number)
    {only}
  ORDER BY (SELECT count(*) FROM unnest(r.bands) AS b WHERE b = ANY(asked.bands)) DESC, r.id
  LIMIT %s
) AS found
"""
_TYPED = "SELECT 0 AS id, %s AS item_id, %s::bigint[] AS bands, %s AS twin_group"
_STORED = (
    "SELECT r.id, r.item_id, r.bands, i.twin_group, s.patient_id FROM items_revision r "
    "JOIN items_item i ON i.id = r.item_id JOIN slides_triplet t ON t.id = i.triplet_id "
    "JOIN slides_slide s ON s.id = t.slide_id WHERE r.id = ANY(%s)"
)
_SAME_PATIENT = (
    "AND EXISTS (SELECT FROM slides_triplet t JOIN slides_slide s ON s.id = t.slide_id "
    "WHERE t.id = i.triplet_id AND s.patient_id = asked.patient_id)"
)


def near_duplicates(item: Item, mcq: Mcq) -> list[Alike]:
    """Of the item with this text, stored or only typed: the same tissue first, then the likest."""
    asked = shingles(mcq.stem, mcq.texts)
    pairs = _rows(
        _SHARING.format(asked=_TYPED, only=""), [item.pk, bands(asked), item.twin_group, CANDIDATES]
    )
    found = _with_items(other for _, other in pairs)
    alike = [
        Alike(one, share, _tissue(item, one.item))
        for one in found.values()
        if (share := likeness(asked, _shingles(one))) >= NEAR
    ]
    alike.sort(key=lambda one: (_ORDER.index(one.tissue), -one.likeness, one.revision.item_id))
    return alike


def likest_of_patient(newest: Sequence[int], each: int = 8) -> dict[int, Alike]:
    """By item id, for those of these newest revisions that have one, the foremost near-duplicate
    about the same patient.
    """
    sql = _SHARING.format(asked=_STORED, only=_SAME_PATIENT)
    pairs = _rows(sql, [list(newest), each])
    found = _with_items({one for pair in pairs for one in pair})
    best: dict[int, Alike] = {}
    for one, other in ((found[a], found[b]) for a, b in pairs):
        share = likeness(_shingles(one), _shingles(other))
        alike = Alike(other, share, _tissue(one.item, other.item))
        known = best.get(one.item_id)
        if share >= NEAR and (known is None or _foremost(alike) < _foremost(known)):
            best[one.item_id] = alike
    return best


def _foremost(alike: Alike) -> tuple[int, float]:
    return _ORDER.index(alike.tissue), -alike.likeness


def _with_items(ids: Iterable[int]) -> dict[int, Revision]:
    related = Revision.objects.select_related("item__triplet__slide__patient")
    return related.in_bulk(list(ids))


def _shingles(revision: Revision) -> frozenset[tuple[str, ...]]:
    return shingles(revision.stem, [option["text"] for option in revision.options])


def _tissue(one: Item, other: Item) -> Tissue:
    if one.triplet_id == other.triplet_id:
        return Tissue.FIELDS
    same = one.triplet.slide.patient_id == other.triplet.slide.patient_id
    return Tissue.PATIENT if same else Tissue.OTHER


def _rows(sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


# --- All of them ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """Where an item stands: what makes two of them twins, or of one tissue."""

    item_id: int
    twins: str
    triplet_id: int
    patient_id: int


@dataclass(frozen=True)
class Case:
    """Items whose texts are near-duplicates: of one wording (`others` empty), or of two."""

    likeness: float
    tissue: Tissue
    items: tuple[int, ...]
    others: tuple[int, ...] = ()


@dataclass(frozen=True)
class Overview:
    """Every case, the most doubtful first, and the items of each by what they are about."""

    cases: tuple[Case, ...]
    items: Mapping[Tissue, frozenset[int]] = field(default_factory=dict)


_CURRENT = """
WITH current AS MATERIALIZED (
  SELECT DISTINCT ON (r.item_id) r.id, r.item_id, r.bands, i.twin_group, i.triplet_id, s.patient_id
  FROM items_revision r JOIN items_item i ON i.id = r.item_id
  JOIN slides_triplet t ON t.id = i.triplet_id JOIN slides_slide s ON s.id = t.slide_id
  WHERE i.state <> 'retired'
  ORDER BY r.item_id, r.number DESC
), grouped AS MATERIALIZED (
  SELECT *, min(id) OVER (PARTITION BY bands) AS first FROM current WHERE cardinality(bands) > 0
)
"""
_PLACES = "SELECT first, item_id, twin_group, triplet_id, patient_id FROM grouped"
_BUCKETS = (
    "SELECT array_agg(id) FROM grouped, unnest(bands) AS band "
    "WHERE id = first GROUP BY band HAVING count(*) > 1"
)


def overview() -> Overview:
    """Worked out anew when a revision was written or an item retired since."""
    written = Revision.objects.aggregate(Count("pk"), Max("pk"), Max("created_at"))
    retired = Item.objects.filter(state=ItemState.RETIRED).count()
    return _overview(tuple(written.values()), retired)


@lru_cache(maxsize=1)
def _overview(_written: tuple[int | datetime | None, ...], _retired: int) -> Overview:
    """Texts of equal bands are one wording; wordings that share a band are compared."""
    wordings: dict[int, list[Place]] = defaultdict(list)
    for first, *place in _rows(_CURRENT + _PLACES):
        wordings[first].append(Place(*place))
    cases: list[Case] = []
    members: dict[Tissue, set[int]] = {tissue: set() for tissue in Tissue}
    for share, one, other in _compared(wordings):
        met = _met(wordings[one], wordings[other])
        for tissue, ids in met.items():
            members[tissue] |= ids
        if met:
            others = () if one == other else _ids(wordings[other])
            cases.append(Case(share, min(met, key=_ORDER.index), _ids(wordings[one]), others))
    cases.sort(key=lambda case: (_ORDER.index(case.tissue), -case.likeness, case.items))
    return Overview(tuple(cases), {one: frozenset(ids) for one, ids in members.items()})


def _ids(places: Sequence[Place]) -> tuple[int, ...]:
    return tuple(sorted(place.item_id for place in places))


def _compared(wordings: Mapping[int, Sequence[Place]]) -> list[tuple[float, int, int]]:
    """(likeness, wording, wording), first those of several items by themselves."""
    pairs: set[tuple[int, int]] = set()
    for (bucket,) in _rows(_CURRENT + _BUCKETS):
        ordered = sorted(bucket)
        pairs.update((a, b) for at, a in enumerate(ordered) for b in ordered[at + 1 :][:NEIGHBOURS])
    texts = Revision.objects.only("stem", "options").in_bulk(
        {one for pair in pairs for one in pair}
    )
    asked = {pk: _shingles(revision) for pk, revision in texts.items()}
    several = [(1.0, one, one) for one, places in wordings.items() if len(places) > 1]
    shares = ((likeness(asked[one], asked[other]), one, other) for one, other in pairs)
    return several + [found for found in shares if found[0] >= NEAR]


def _met(one: Sequence[Place], other: Sequence[Place]) -> dict[Tissue, set[int]]:
    """The items of both that have one in the other that is no twin of theirs, by the tissue."""
    met: dict[Tissue, set[int]] = defaultdict(set)
    for here, there in ((one, other), (other, one)):
        keys = _keys_by_tissue(there)
        for place in here:
            own = {_key(place)}
            for tissue, at in _addresses(place):
                if keys[tissue][at] - own:
                    met[tissue].add(place.item_id)
                    break
    return dict(met)


def _keys_by_tissue(places: Sequence[Place]) -> dict[Tissue, dict[int, set[object]]]:
    keys: dict[Tissue, dict[int, set[object]]] = {one: defaultdict(set) for one in Tissue}
    for place in places:
        for tissue, at in _addresses(place):
            keys[tissue][at].add(_key(place))
    return keys


def _addresses(place: Place) -> tuple[tuple[Tissue, int], ...]:
    return (
        (Tissue.FIELDS, place.triplet_id),
        (Tissue.PATIENT, place.patient_id),
        (Tissue.OTHER, 0),
    )


def _key(place: Place) -> object:
    """Twins are one; every other item is its own."""
    return place.twins or place.item_id
