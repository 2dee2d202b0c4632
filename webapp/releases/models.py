"""Frozen sets of approved items."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from webapp.core.models import Claimable
from webapp.items.mcq import Dimension, Mcq, Option
from webapp.items.models import Item, Revision
from webapp.releases.states import ReleaseState


class Release(Claimable):
    """A numbered, immutable set of revisions and the folder written from it.

    `policy` is the snapshot taken at freezing: `{"ratios": [0.7, 0.1, 0.2], "seed": n, "items": n,
    "excluded": [{"item", "revision", "rules"}]}`. The database refuses to change what was frozen,
    and anything but the claim once the release is ready.
    """

    number = models.PositiveIntegerField(unique=True)
    name = models.CharField(max_length=200)
    notes = models.TextField(blank=True)
    policy = models.JSONField()
    state = models.CharField(
        max_length=10, choices=ReleaseState, default=ReleaseState.QUEUED, db_index=True
    )
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    audit = models.JSONField(null=True)
    manifest_sha256 = models.CharField(max_length=64, blank=True)
    error = models.TextField(blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    created_at = models.DateTimeField(db_default=Now())
    built_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-number",)

    def __str__(self) -> str:
        return f"release {self.number}"


class ReleaseItem(models.Model):
    """One revision in one release: its split and the order of its options; insert-only.

    `facts` keeps what the item does not own and others may change later: `{"wsi_name", "path_id",
    "organ", "patient", "images": {scale: {"image", "sha256", "corner_l0"}}, "references"}`.
    """

    class Split(models.TextChoices):
        TRAIN = "train"
        VAL = "val"
        TEST = "test"

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="members")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="releases")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="releases")
    number = models.PositiveIntegerField()
    split = models.CharField(max_length=5, choices=Split)
    lettering = models.JSONField()
    facts = models.JSONField(default=dict)

    class Meta:
        ordering = ("number",)
        constraints = (
            models.UniqueConstraint(fields=("release", "item"), name="item_once_per_release"),
            models.UniqueConstraint(fields=("release", "number"), name="number_once_per_release"),
        )

    def __str__(self) -> str:
        return f"{self.release} #{self.number}"

    def mcq(self) -> Mcq:
        """The question as frozen; its scales are those that have an image."""
        revision = self.revision
        return Mcq(
            dimension=Dimension(self.item.dimension),
            stem=revision.stem,
            options=tuple(Option(option["id"], option["text"]) for option in revision.options),
            key=revision.key,
            rationale=revision.rationale,
            scales=frozenset(self.facts.get("images", {})),
        )
