"""Writing what the adversaries made of a question, and what captions were found to say."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from webapp.accounts.models import User
from webapp.generation.made import ScreeningRecord
from webapp.generation.models import FeatureSet, Screening
from webapp.items.actions import advance_item
from webapp.items.lint import Finding
from webapp.items.models import Item, Revision
from webapp.items.states import ItemState


@transaction.atomic
def record_screening(
    item: Item,
    revision: Revision,
    screenings: Sequence[ScreeningRecord],
    *,
    broken: Sequence[Finding],
    by: User,
) -> None:
    """What the adversaries made of an imported or revised item, and where it goes.

    An imported question is for people to judge whatever the adversaries say; the others are held
    back when they leak, and when an adversary gave no verdict, for that is no pass. A question that
    breaks a lint rule returns to its author.
    """
    item = Item.objects.select_for_update().get(pk=item.pk)
    if item.state != ItemState.SCREENING or item.current.pk != revision.pk:
        return
    leaky = write_screenings(revision, screenings)
    imported = item.origin == Item.Origin.PUBLISHED and revision.number == 1
    silent = [one for one in screenings if one.verdict == "none"]
    if broken:
        advance_item(item, ItemState.NEEDS_REVISION, by=by, reason=broken[0].message)
    elif silent and not imported:
        reason = f"No verdict from {silent[0].adversary}: {silent[0].reasoning}"
        advance_item(item, ItemState.NEEDS_REVISION, by=by, reason=reason)
    elif leaky and not imported:
        advance_item(item, ItemState.LEAKY, by=by)
    else:
        advance_item(item, ItemState.READY, by=by)


@transaction.atomic
def fail_screening(item_id: int, sentence: str, *, by: User) -> None:
    """The item could not be screened: a curator reads why, and nothing tries for ever."""
    item = Item.objects.select_for_update().get(pk=item_id)
    if item.state == ItemState.SCREENING:
        advance_item(item, ItemState.NEEDS_REVISION, by=by, reason=sentence)


def write_screenings(revision: Revision, screenings: Sequence[ScreeningRecord]) -> bool:
    """Store each adversary's attempt once; whether any leaks.

    An attempt without a verdict gives way to the next one, which names the calls of both.
    """
    tried_again = [one.adversary for one in screenings]
    silent = Screening.objects.filter(revision=revision, verdict=Screening.Verdict.NONE)
    silent.filter(adversary__in=tried_again).delete()
    Screening.objects.bulk_create(
        (screening_row(revision, record) for record in screenings),
        ignore_conflicts=True,
    )
    return any(record.leaks for record in screenings)


def screening_row(revision: Revision, record: ScreeningRecord) -> Screening:
    return Screening(revision=revision, **{**vars(record), "calls": list(record.calls)})


@dataclass(frozen=True)
class ReadCaption:
    """What an extractor found in one caption: canonical feature ids."""

    roi_id: int
    extractor: str
    caption_sha256: str
    features: tuple[str, ...]


def write_features(read: Sequence[ReadCaption]) -> None:
    """Keep each once; what was found before in the same caption by the same extractor stands."""
    FeatureSet.objects.bulk_create(
        (FeatureSet(**{**vars(one), "features": list(one.features)}) for one in read),
        ignore_conflicts=True,
    )
