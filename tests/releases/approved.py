"""Approved questions of several patients, and a release of them."""

from itertools import cycle
from typing import Any

from tests.factories import make_item, make_patient, make_slide, make_triplet
from webapp.accounts.models import User
from webapp.items.mcq import Dimension
from webapp.items.models import Item
from webapp.items.states import ItemState
from webapp.releases.actions import build_release, freeze_release
from webapp.releases.models import Release

STALE = "Crowded glands tell option B from the others."
DIMENSIONS = tuple(Dimension)
ORGANS = ("colon", "lung")


def make_approved_items(patients: int = 5, per_patient: int = 2, **triplet: Any) -> list[Item]:
    """`per_patient` questions about one triplet with posters of each patient."""
    dimensions, organs = cycle(DIMENSIONS), cycle(ORGANS)
    items = []
    for number in range(patients):
        slide = make_slide(f"slide-{number:02d}", patient=make_patient(), organ=next(organs))
        place = make_triplet(slide, path_id=f"path-{number}", **{"posters": True, **triplet})
        items += [
            make_item(place, state=ItemState.APPROVED, dimension=next(dimensions), key=n % 4)
            for n in range(per_patient)
        ]
    return items


def make_release(by: User, *, name: str = "First", seed: int = 7, build: bool = True) -> Release:
    release = freeze_release(name, seed=seed, by=by)
    if build:
        build_release(release.pk)
    release.refresh_from_db()
    return release
