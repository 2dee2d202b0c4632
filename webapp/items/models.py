"""Items and their immutable revisions."""

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Now

from webapp.items.mcq import Dimension, Mcq, Option
from webapp.items.states import ItemState
from webapp.slides.models import Triplet

DIMENSION_CHOICES = [(dimension.value, dimension.title) for dimension in Dimension]


class Item(models.Model):
    """A question about a triplet, through all its revisions.

    `source_key` makes an import idempotent: the digest of a published row and its occurrence.
    """

    class Origin(models.TextChoices):
        GENERATED = "generated"
        PUBLISHED = "published", "imported"

    triplet = models.ForeignKey(Triplet, on_delete=models.PROTECT, related_name="items")
    dimension = models.CharField(max_length=1, choices=DIMENSION_CHOICES, db_index=True)
    state = models.CharField(
        max_length=20, choices=ItemState, default=ItemState.DRAFT, db_index=True
    )
    origin = models.CharField(max_length=10, choices=Origin)
    source_key = models.CharField(  # noqa: DJ001  null, for many items have none
        max_length=100, null=True, unique=True
    )
    twin_group = models.CharField(max_length=64, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    created_at = models.DateTimeField(db_default=Now())

    made_revisions: "list[Revision]"
    """Set by `create_items` alone: what it wrote for this item."""

    class Meta:
        ordering = ("id",)
        indexes = (
            models.Index(
                fields=("twin_group",), name="item_twins", condition=~models.Q(twin_group="")
            ),
        )

    def __str__(self) -> str:
        return f"item {self.pk}"

    @property
    def current(self) -> "Revision":
        """The newest revision (uses a prefetch of `revisions` where there is one)."""
        return max(self.revisions.all(), key=lambda revision: revision.number)

    @property
    def source(self) -> dict[str, Any]:
        """What only the first text knows: the imported row's fields that a question has no place
        for (webapp/items/published.py), or how it was generated.
        """
        first = min(self.revisions.all(), key=lambda revision: revision.number)
        return dict(first.provenance)


class Revision(models.Model):
    """The text of an item at one time; the database refuses to change it.

    `options` is `[{"id", "text"}, …]` in the order they were written; letters are given when the
    question is shown or exported. `provenance` says which code, prompt or file it came from.
    `bands` are what it shares with questions like it (webapp.items.likeness).
    """

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    stem = models.TextField()
    options = models.JSONField()
    key = models.CharField(max_length=32)
    rationale = models.TextField(blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True)
    provenance = models.JSONField(default=dict)
    bands = ArrayField(models.BigIntegerField(), default=list, editable=False)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("item_id", "number")
        constraints = (
            models.UniqueConstraint(fields=("item", "number"), name="revision_number_once"),
        )
        indexes = (GinIndex(fields=("bands",), name="revision_bands"),)

    def __str__(self) -> str:
        return f"item {self.item_id} revision {self.number}"

    def mcq(self) -> Mcq:
        """The question as a plain value."""
        present = frozenset(roi.scale for roi in self.item.triplet.rois.all())
        return Mcq(
            dimension=Dimension(self.item.dimension),
            stem=self.stem,
            options=tuple(Option(option["id"], option["text"]) for option in self.options),
            key=self.key,
            rationale=self.rationale,
            scales=present,
        )


class SavedView(models.Model):
    """A curator's own name for filters of the item list; `query` is their part of the address."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    name = models.CharField(max_length=80)
    query = models.CharField(max_length=1000, blank=True)
    shared = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("name", "id")
        constraints = (
            models.UniqueConstraint(fields=("owner", "name"), name="view_name_once_for_each"),
        )

    def __str__(self) -> str:
        return self.name
