"""Questions about releases and about what could be released."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, Q, QuerySet

from webapp.core.errors import NotFound
from webapp.items.leakage import AdversaryReport, blocks_of, structural_report
from webapp.items.lint import Finding, lint
from webapp.items.mcq import Mcq
from webapp.items.models import Item, Revision
from webapp.items.queries import items_with_everything
from webapp.items.states import ItemState
from webapp.releases.models import Release, ReleaseItem
from webapp.releases.split import SPLITS, SplitItem, empty_split_notes, split_by_patient
from webapp.releases.states import UNFINISHED
from webapp.slides.models import Roi

MAX_SHOWN_UNFIT = 50


def releases_newest_first() -> QuerySet[Release]:
    """Every release with its items counted by split."""
    counts = {split: Count("members", filter=Q(members__split=split)) for split in SPLITS}
    return Release.objects.select_related("created_by").annotate(**counts).order_by("-number")


def release_numbered(number: int) -> Release:
    """Raises NotFound when there is no such release."""
    release = Release.objects.select_related("created_by").filter(number=number).first()
    if release is None:
        raise NotFound(f"There is no release {number}; the list of releases names those there are.")
    return release


def next_number() -> int:
    """The number that a release frozen now would get."""
    return (Release.objects.aggregate(last=Max("number"))["last"] or 0) + 1


def stalled_releases() -> QuerySet[Release]:
    """Releases that wait for a worker, or whose worker died."""
    return Release.objects.filter(Release.unclaimed(), state__in=UNFINISHED)


def members_of(release: Release) -> QuerySet[ReleaseItem]:
    """The items of the release with what a list shows of them."""
    return release.members.select_related("item__triplet__slide", "revision").order_by("number")


def memberships_of(item: Item) -> QuerySet[ReleaseItem]:
    """The releases that an item is in, newest first."""
    return item.releases.select_related("release", "revision").order_by("-release__number")


@dataclass(frozen=True)
class Candidate:
    """An approved item as it would be frozen, and why it cannot be."""

    item: Item
    revision: Revision
    mcq: Mcq
    errors: tuple[Finding, ...]

    @property
    def uid(self) -> str:
        return str(self.item.pk)

    @property
    def patient(self) -> str:
        return self.item.triplet.slide.patient.key

    def split_item(self) -> SplitItem:
        item = self.item
        return SplitItem(
            uid=self.uid,
            patient=self.patient,
            dimension=item.dimension,
            organ=item.triplet.slide.organ,
            twin_group=item.twin_group,
        )

    def facts(self) -> dict[str, Any]:
        """What `ReleaseItem.facts` keeps."""
        triplet = self.item.triplet
        rois = triplet.rois_by_scale()
        return {
            "wsi_name": triplet.slide.name,
            "path_id": triplet.path_id,
            "organ": triplet.slide.organ,
            "patient": self.patient,
            "images": {scale.value: _image(roi) for scale, roi in rois.items() if roi.image},
            "references": {
                scale.published_key: roi.source_path
                for scale, roi in rois.items()
                if roi.source_path and not roi.image
            },
        }


def _image(roi: Roi) -> dict[str, Any]:
    corner = None if roi.x_l0 is None or roi.y_l0 is None else [roi.x_l0, roi.y_l0]
    return {"image": roi.image, "sha256": roi.checksum, "corner_l0": corner}


@dataclass(frozen=True)
class Freezable:
    """Every approved item: `fit` to be frozen, or `unfit` because the lint finds an error."""

    fit: tuple[Candidate, ...]
    unfit: tuple[Candidate, ...]

    @property
    def patients(self) -> int:
        return len({one.patient for one in self.fit})

    @property
    def slides(self) -> int:
        return len({one.item.triplet.slide_id for one in self.fit})

    @property
    def unfit_shown(self) -> tuple[Candidate, ...]:
        return self.unfit[:MAX_SHOWN_UNFIT]

    def unfit_by_rule(self) -> list[tuple[str, int]]:
        rules = Counter(rule for one in self.unfit for rule in {f.rule for f in one.errors})
        return sorted(rules.items(), key=lambda pair: (-pair[1], pair[0]))

    def excluded(self) -> list[dict[str, Any]]:
        """What the policy of a release says of the unfit."""
        return [
            {
                "item": one.item.pk,
                "revision": one.revision.number,
                "rules": sorted({finding.rule for finding in one.errors}),
            }
            for one in self.unfit
        ]


def freezable(items: Iterable[Item] | None = None) -> Freezable:
    """Judge the approved items (those given, or all), ordered by slide, path and dimension."""
    ordered = sorted(approved_items() if items is None else items, key=_place)
    candidates = [_candidate(item) for item in ordered]
    return Freezable(
        fit=tuple(one for one in candidates if not one.errors),
        unfit=tuple(one for one in candidates if one.errors),
    )


def approved_items() -> QuerySet[Item]:
    """Items whose current revision a reviewer approved."""
    return items_with_everything().filter(state=ItemState.APPROVED)


def _place(item: Item) -> tuple[str, str, str, int]:
    return item.triplet.slide.name, item.triplet.path_id, item.dimension, item.pk


def _candidate(item: Item) -> Candidate:
    revision = item.current
    revision.item = item  # its prefetched triplet, not a query an item
    mcq = revision.mcq()
    errors = tuple(finding for finding in lint(mcq) if finding.severity == "error")
    return Candidate(item, revision, mcq, errors)


@dataclass(frozen=True)
class Preview:
    """What freezing now would give."""

    items: Freezable
    by_dimension: list[tuple[str, dict[str, int], int]]
    by_split: dict[str, int]
    patients_by_split: dict[str, int]
    notes: tuple[str, ...]
    leakage: dict[str, AdversaryReport]


def preview_release(*, seed: int, ratios: tuple[float, ...]) -> Preview:
    """The split and the leakage that a release with this policy would have."""
    items = freezable()
    asked = [one.split_item() for one in items.fit]
    splits = split_by_patient(asked, seed, ratios) if asked else {}
    dimensions = Counter((one.item.dimension, splits[one.uid]) for one in items.fit)
    patients = {(splits[one.uid], one.patient) for one in items.fit}
    return Preview(
        items=items,
        by_dimension=[
            (name, {split: dimensions[name, split] for split in SPLITS}, total)
            for name, total in sorted(Counter(one.item.dimension for one in items.fit).items())
        ],
        by_split={split: list(splits.values()).count(split) for split in SPLITS},
        patients_by_split={split: sum(one == split for one, _ in patients) for split in SPLITS},
        notes=empty_split_notes(asked, splits, ratios) if asked else (),
        leakage=_structural_leakage(items, seed) if asked else {},
    )


def _structural_leakage(items: Freezable, seed: int) -> dict[str, AdversaryReport]:
    """Without the learned probes, which take longer than a page may."""
    mcqs = [one.mcq for one in items.fit]
    patients = [one.patient for one in items.fit]
    blocks = blocks_of(mcqs, patients, [one.item.twin_group for one in items.fit])
    return structural_report(mcqs, blocks, seed=seed)
