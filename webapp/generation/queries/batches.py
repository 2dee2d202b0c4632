"""Questions about batches, and what the worker asks."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Prefetch, Q, QuerySet, Sum
from django.utils import timezone

from webapp.core.errors import NotFound
from webapp.generation.models import Batch, ConstraintVersion, Screening, Slot
from webapp.generation.states import BatchState, SlotState
from webapp.items.models import Revision
from webapp.slides.models import Roi, Triplet

MOST_CAUSES = 8
RECENTLY = timedelta(minutes=3)
RECENT_ITEMS, FEWEST_ITEMS = 500, 2


@dataclass(frozen=True)
class Progress:
    """How far a batch is, counted from its slots."""

    total: int
    ready: int
    leaky: int
    failed: int
    per_minute: float | None
    left_s: float | None

    @property
    def done(self) -> int:
        return self.ready + self.leaky + self.failed

    @property
    def made(self) -> int:
        return self.ready + self.leaky


def batch_to_show(batch_id: int) -> Batch:
    """Raises NotFound."""
    batch = Batch.objects.select_related("created_by").filter(pk=batch_id).first()
    if batch is None:
        raise NotFound(f"There is no batch {batch_id}.")
    return batch


def batches_with_counts() -> QuerySet[Batch]:
    """Batches, newest first, with how many slots each has in each state."""
    counts = {
        f"{state.value}_count": Count("slots", filter=Q(slots__state=state)) for state in SlotState
    }
    batches = Batch.objects.select_related("created_by").order_by("-id")
    return batches.annotate(slot_count=Count("slots"), **counts)


def filtered_batches(*, states: Collection[str] = ()) -> QuerySet[Batch]:
    """`batches_with_counts`, of these states where any is given."""
    found = batches_with_counts()
    return found.filter(state__in=states) if states else found


def progress_of(batch: Batch) -> Progress:
    by_state = dict(batch.slots.order_by().values_list("state").annotate(count=Count("*")))
    made = by_state.get(SlotState.READY, 0) + by_state.get(SlotState.LEAKY, 0)
    running = batch.state == BatchState.RUNNING
    rate = _recently_per_minute(batch) if running else _per_minute(batch, made)
    left = by_state.get(SlotState.PLANNED, 0)
    return Progress(
        total=sum(by_state.values()),
        ready=by_state.get(SlotState.READY, 0),
        leaky=by_state.get(SlotState.LEAKY, 0),
        failed=by_state.get(SlotState.FAILED, 0),
        per_minute=rate,
        left_s=60 * left / rate if rate and running else None,
    )


def _recently_per_minute(batch: Batch) -> float | None:
    """Of the newest items, so that a pause long ago does not count."""
    now = timezone.now()
    made = batch.slots.filter(item__isnull=False).order_by("-item_id")
    newest = made.values_list("item__created_at", flat=True)[:RECENT_ITEMS]
    times = [moment for moment in newest if moment > now - RECENTLY]
    if len(times) < FEWEST_ITEMS:
        return None
    return len(times) / max((now - min(times)).total_seconds(), 1.0) * 60


def _per_minute(batch: Batch, made: int) -> float | None:
    """From start to end; none for one that only waits, whose rate would sink by the minute."""
    if batch.started_at is None or batch.finished_at is None or not made:
        return None
    elapsed = batch.finished_at - batch.started_at
    return made / max(elapsed.total_seconds(), 1.0) * 60


def errors_by_cause(batch: Batch) -> list[tuple[str, int]]:
    """Why slots failed, the most common first; a long tail is left to the list of slots."""
    failed = batch.slots.filter(state=SlotState.FAILED).order_by()
    counted = failed.values_list("error").annotate(count=Count("pk")).order_by("-count", "error")
    return [(error, count) for error, count in counted[:MOST_CAUSES]]


def made_by_dimension(batch: Batch) -> dict[str, int]:
    made = batch.slots.filter(item__isnull=False).order_by()
    return dict(made.values_list("dimension").annotate(count=Count("pk")).order_by("dimension"))


@dataclass(frozen=True)
class Hits:
    """How often one adversary hit the key of a batch's questions; ties count as their share."""

    adversary: str
    correct: float
    tries: int


def hits_by_adversary(batch: Batch) -> list[Hits]:
    """Over the texts that stand at the end of the rounds, of those that it gave an answer to; what
    people revised later does not count.
    """
    sums = batch.screening_sums.filter(final=True).order_by("adversary").values("adversary")
    counted = sums.annotate(hits=Sum("correct"), tries=Sum("answered")).filter(tries__gt=0)
    return [Hits(row["adversary"], row["hits"], row["tries"]) for row in counted]


def open_slots(batch: Batch) -> QuerySet[Slot]:
    """Slots still to be made, in order."""
    return batch.slots.filter(state=SlotState.PLANNED).order_by("number")


def triplets_with_captions() -> QuerySet[Triplet]:
    """With all that facts are taken from, in a fixed number of queries and a fixed order."""
    rois = Prefetch("rois", Roi.objects.order_by("scale").prefetch_related("feature_sets"))
    triplets = Triplet.objects.select_related("slide__patient").prefetch_related(rois)
    return triplets.filter(rois__caption__gt="").distinct().order_by("pk")


def triplets_for(batch: Batch) -> QuerySet[Triplet]:
    """The triplets a batch may ask about."""
    slides = batch.config["slides"]
    found = triplets_with_captions()
    return found.filter(slide_id__in=slides) if slides else found


def captions_unread(slides: Sequence[int], extractor: str) -> int:
    """How many captions of these slides (or of all) nobody of this name has read, in any version
    of its prompt: a batch would pay for so many at least.
    """
    captioned = Roi.objects.filter(caption__gt="")
    if slides:
        captioned = captioned.filter(triplet__slide_id__in=slides)
    return captioned.exclude(feature_sets__extractor__startswith=f"{extractor}/").count()


def features_found(roi: Roi, extractor: str, caption_sha256: str) -> tuple[str, ...] | None:
    """What it found in this very caption (from the prefetch); None if it never read it."""
    for found in roi.feature_sets.all():
        if (found.extractor, found.caption_sha256) == (extractor, caption_sha256):
            return tuple(found.features)
    return None


def is_queued(batch_id: int) -> bool:
    return Batch.objects.filter(pk=batch_id, state=BatchState.QUEUED).exists()


def is_running(batch_id: int) -> bool:
    """Whether nobody has stopped the batch meanwhile."""
    return Batch.objects.filter(pk=batch_id, state=BatchState.RUNNING).exists()


def stalled_batches() -> QuerySet[Batch]:
    """Batches with work left that no worker holds."""
    unfinished = (BatchState.QUEUED, BatchState.RUNNING)
    return Batch.objects.filter(Batch.unclaimed(), state__in=unfinished)


def sleeping_batches() -> QuerySet[Batch]:
    """Paused batches whose time to try again has come."""
    return Batch.objects.filter(state=BatchState.PAUSED, resume_at__lt=timezone.now())


def constraint_texts(batch: Batch) -> dict[str, tuple[str, ...]]:
    """The wordings that the batch was launched with, by dimension, oldest first."""
    ids = batch.config.get("constraints", ())
    versions = ConstraintVersion.objects.select_related("constraint").filter(pk__in=ids)
    found: dict[str, tuple[str, ...]] = {}
    for version in versions.order_by("constraint_id"):
        name = version.constraint.dimension
        found[name] = (*found.get(name, ()), version.text)
    return found


def screenings_of(revision: Revision) -> QuerySet[Screening]:
    """What each adversary made of this text."""
    return Screening.objects.filter(revision=revision).order_by("adversary")
