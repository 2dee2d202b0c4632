"""Freezing, building and retrying releases."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from training.contract.text import text_fault
from webapp.accounts.access import require
from webapp.accounts.models import User
from webapp.accounts.queries import system_user
from webapp.accounts.roles import Permission
from webapp.core.claims import Claim, ClaimLost, claimed
from webapp.core.errors import BadInput, Conflict
from webapp.core.events import record_event
from webapp.core.queue import Job, enqueue
from webapp.core.states import advance
from webapp.items.lettering import balanced_letterings
from webapp.items.models import Item
from webapp.items.queries import items_with_everything
from webapp.items.states import ItemState
from webapp.releases.models import Release, ReleaseItem
from webapp.releases.queries import Freezable, freezable, next_number
from webapp.releases.split import RATIOS, SPLITS, SplitError, split_by_patient
from webapp.releases.states import RELEASE_MOVES, UNFINISHED, ReleaseState
from webapp.releases.writer import Built, WriterError, content_of, write_release
from webapp.review.actions import seal_verdicts

log = logging.getLogger(__name__)

MAX_NAME_CHARS = 200
MAX_SEED = 2**31 - 1
# Any constant will do: who freezes holds this advisory lock until the transaction ends.
FREEZE_LOCK = 0x4352_4F53


@transaction.atomic
def freeze_release(
    name: str,
    *,
    seed: int,
    ratios: Sequence[float] = RATIOS,
    notes: str = "",
    by: User,
    expected_number: int | None = None,
) -> Release:
    """Freeze every approved item that the lint finds no error in, and ask for the build.

    Items with a lint error are left out and named in the policy.

    Raises:
        BadInput: a field is unusable, or no item can be frozen; the message gives the numbers.
        Conflict: the release would not get the expected number, because somebody froze meanwhile.
    """
    require(by, Permission.FREEZE_RELEASES)
    _check_fields(name, notes, seed)
    number = _take_number(expected_number)
    found = _lock_freezable()
    policy = {
        "seed": seed,
        "ratios": list(ratios),
        "items": len(found.fit),
        "excluded": found.excluded(),
    }
    release = Release.objects.create(
        number=number, name=name.strip(), notes=notes.strip(), policy=policy, created_by=by
    )
    _write_members(release, found, seed, ratios)
    seal_verdicts([one.revision.pk for one in found.fit])
    told = {"number": number, "name": release.name, "seed": seed, "ratios": list(ratios)}
    counts = {"items": len(found.fit), "excluded": len(found.unfit)}
    record_event("freeze_release", release, by=by, after=told | counts)
    enqueue(Job.BUILD_RELEASE, release.pk)
    return release


@transaction.atomic
def retry_release(release: Release, *, by: User) -> None:
    """Build a release again whose build failed."""
    require(by, Permission.FREEZE_RELEASES)
    advance(release, ReleaseState.QUEUED, moves=RELEASE_MOVES, by=by, reason="retried")
    before = {"error": release.error}
    Release.objects.filter(pk=release.pk).update(error="", done=0)
    record_event("retry_release", release, by=by, before=before)
    enqueue(Job.BUILD_RELEASE, release.pk)


def build_release(release_id: int) -> None:
    """Claim the release, write its folder, record what came of it.

    Does nothing when somebody else is at it or it is built. May be killed at any moment: the claim
    runs out, and whoever comes next starts anew.
    """
    with claimed(Release, release_id, state__in=UNFINISHED) as claim:
        if claim is None:
            return
        try:
            _build(release_id, claim, by=system_user())
        except ClaimLost as lost:
            log.warning("release %s: %s", release_id, lost)


def _build(release_id: int, claim: Claim, *, by: User) -> None:
    release = Release.objects.get(pk=release_id)
    if release.state == ReleaseState.QUEUED:
        advance(release, ReleaseState.BUILDING, moves=RELEASE_MOVES, by=by)
    try:
        finish_build(release, _write(release, claim), claim=claim, by=by)
    except (WriterError, OSError) as error:
        claim.renew()  # or the files are gone because another worker has taken over
        fail_build(release_id, str(error), by=by)


@transaction.atomic
def finish_build(release: Release, built: Built, *, claim: Claim, by: User) -> None:
    """Publish the folder and call the release ready. Raises ClaimLost."""
    claim.renew()
    built.publish()
    Release.objects.filter(pk=release.pk).update(
        manifest_sha256=built.manifest_sha256,
        audit=built.audit,
        done=built.files,
        total=built.files,
        error="",
        built_at=timezone.now(),
    )
    advance(release, ReleaseState.READY, moves=RELEASE_MOVES, by=by)
    after = {"manifest_sha256": built.manifest_sha256, "files": built.files}
    record_event("build_release", release, by=by, after=after)


@transaction.atomic
def fail_build(release_id: int, reason: str, *, by: User) -> None:
    """Keep the reason where the release page shows it, unless the build came to its end."""
    release = Release.objects.select_for_update().get(pk=release_id)
    if release.state != ReleaseState.BUILDING:
        return
    Release.objects.filter(pk=release.pk).update(error=reason)
    advance(release, ReleaseState.FAILED, moves=RELEASE_MOVES, by=by, reason=reason)
    record_event("fail_release", release, by=by, after={"error": reason})


@dataclass
class _Heartbeat:
    """Writes progress and keeps the claim, at most twice a second."""

    release_id: int
    claim: Claim
    every_s: float = 0.5
    last_s: float = field(default=float("-inf"))

    def __call__(self, done: int, total: int) -> None:
        if monotonic() - self.last_s < self.every_s:
            return
        self.last_s = monotonic()
        self.claim.renew()
        Release.objects.filter(pk=self.release_id).update(done=done, total=total)


def _write(release: Release, claim: Claim) -> Built:
    return write_release(
        content_of(release),
        root=Path(settings.RELEASES_ROOT),
        media=Path(settings.MEDIA_ROOT),
        token=claim.token.hex,
        progress=_Heartbeat(release.pk, claim),
    )


def _check_fields(name: str, notes: str, seed: int) -> None:
    for title, text, limit in (("name", name, MAX_NAME_CHARS), ("notes", notes, 20_000)):
        fault = text_fault(text, limit=limit)
        if fault is not None:
            raise BadInput(f"The {title} of the release {fault}.")
    if not name.strip():
        raise BadInput("The name of the release is empty; give it one.")
    if not 0 <= seed <= MAX_SEED:
        raise BadInput(f"The seed {seed} is out of range; give one from 0 to {MAX_SEED:,}.")


def _take_number(expected: int | None) -> int:
    """The next number; until the transaction ends nobody else gets one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [FREEZE_LOCK])
    number = next_number()
    if expected is not None and expected != number:
        raise Conflict(
            f"Release {number - 1} was frozen while you looked at this form; see what is in it, "
            "then open the form again."
        )
    return number


def _lock_freezable() -> Freezable:
    """The approved items, which cannot leave that state before the transaction ends."""
    locked = Item.objects.select_for_update().filter(state=ItemState.APPROVED)
    ids = list(locked.order_by("pk").values_list("pk", flat=True))
    found = freezable(items_with_everything().filter(pk__in=ids))
    if not found.fit:
        raise BadInput(_nothing_to_freeze(found))
    return found


def _nothing_to_freeze(found: Freezable) -> str:
    if not found.unfit:
        return "No item is approved yet; have some reviewed, then freeze."
    rules = ", ".join(f"{rule} {count}" for rule, count in found.unfit_by_rule())
    return (
        f"None of the {len(found.unfit)} approved items can be frozen: the lint finds an error in "
        f"each ({rules}); revise them first."
    )


def _write_members(release: Release, found: Freezable, seed: int, ratios: Sequence[float]) -> None:
    try:
        splits = split_by_patient([one.split_item() for one in found.fit], seed, ratios)
    except SplitError as error:
        raise BadInput(str(error)) from error
    orders = _letterings(found, splits, seed)
    ReleaseItem.objects.bulk_create(
        [
            ReleaseItem(
                release=release,
                item=one.item,
                revision=one.revision,
                number=number,
                split=splits[one.uid],
                lettering=list(orders[one.uid]),
                facts=one.facts(),
            )
            for number, one in enumerate(found.fit, start=1)
        ],
        batch_size=500,
    )


def _letterings(
    found: Freezable, splits: Mapping[str, str], seed: int
) -> dict[str, tuple[str, ...]]:
    """Orders of option ids with the key letters even within each split, which is read alone."""
    orders: dict[str, tuple[str, ...]] = {}
    for split in SPLITS:
        inside = (one for one in found.fit if splits[one.uid] == split)
        keyed = ((one.uid, one.mcq.option_ids, one.mcq.key) for one in inside)
        orders |= balanced_letterings(keyed, f"{seed}:{split}")
    return orders
