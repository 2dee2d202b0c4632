"""Batches, their planned slots, extracted features and screenings."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from webapp.core.models import Claimable
from webapp.generation.states import BatchState, SlotState
from webapp.items.models import DIMENSION_CHOICES, Item, Revision
from webapp.slides.models import Roi, Triplet


class Batch(Claimable):
    """One launch: how many items of which dimensions, from which triplets, by which seed.

    `config` is the snapshot taken at launch: `{"dimensions": ["A", …], "count": n, "slides": []}`.
    `notes` are sentences for the curator (why fewer items were planned than asked for).
    """

    name = models.CharField(max_length=200)
    config = models.JSONField()
    seed = models.BigIntegerField()
    state = models.CharField(
        max_length=10, choices=BatchState, default=BatchState.QUEUED, db_index=True
    )
    planned = models.BooleanField(default=False)
    notes = models.JSONField(default=list)
    error = models.TextField(blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        verbose_name_plural = "batches"

    def __str__(self) -> str:
        return self.name


class Slot(models.Model):
    """One item that a batch is to make; `plan` is the planned item as plain JSON."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="slots")
    number = models.PositiveIntegerField()
    triplet = models.ForeignKey(Triplet, on_delete=models.PROTECT, related_name="+")
    dimension = models.CharField(max_length=1, choices=DIMENSION_CHOICES)
    plan = models.JSONField()
    state = models.CharField(max_length=10, choices=SlotState, default=SlotState.PLANNED)
    item = models.OneToOneField(Item, on_delete=models.PROTECT, null=True, related_name="slot")
    error = models.TextField(blank=True)
    attempts = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("number",)
        indexes = (models.Index(fields=("batch", "state")),)
        constraints = (
            models.UniqueConstraint(fields=("batch", "number"), name="slot_number_once"),
            models.CheckConstraint(
                name="made_slot_has_item",
                condition=models.Q(state__in=[SlotState.PLANNED, SlotState.FAILED])
                | models.Q(item__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.batch} #{self.number}"


class FeatureSet(models.Model):
    """Canonical feature ids that an extractor found in one ROI's caption."""

    roi = models.ForeignKey(Roi, on_delete=models.CASCADE, related_name="feature_sets")
    extractor = models.CharField(max_length=100)
    caption_sha256 = models.CharField(max_length=64)
    features = models.JSONField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("roi", "extractor", "caption_sha256"), name="features_once"
            ),
        )

    def __str__(self) -> str:
        return f"features of {self.roi_id} by {self.extractor}"


class Screening(models.Model):
    """What one text-only adversary made of a revision; `correct` is its chance of having hit
    the key (ties split), `option` its first choice."""

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="screenings")
    adversary = models.CharField(max_length=100)
    version = models.CharField(max_length=50)
    option = models.CharField(max_length=32, blank=True)
    correct = models.FloatField()
    confidence = models.FloatField()
    reasoning = models.TextField(blank=True)
    leaks = models.BooleanField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("adversary",)
        constraints = (
            models.UniqueConstraint(
                fields=("revision", "adversary", "version"), name="screened_once_by_each"
            ),
        )

    def __str__(self) -> str:
        return f"{self.adversary} on {self.revision}"
