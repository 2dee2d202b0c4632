"""Patients, slides, and the triplets of nested fields that questions are asked about."""

from pathlib import Path

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from webapp.core.models import Claimable
from webapp.slides.geometry import PREVIEW_SIDE_PX, Box, Scale
from webapp.slides.states import ImportState

SCALE_CHOICES = [(scale.value, scale.label) for scale in Scale]


class Patient(models.Model):
    """Whoever the tissue came from: the unit that a release never splits."""

    key = models.CharField(max_length=200, unique=True)
    site = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return self.key


class Slide(models.Model):
    """A whole-slide image; known by name alone until its file is imported.

    Lengths are level-0 pixels, mpp is um per level-0 pixel. A slide with a file always has an
    mpp, from the file or from a person.
    """

    class MppSource(models.TextChoices):
        FILE = "file", "from the file"
        PERSON = "person", "given by a person"

    name = models.CharField(max_length=200, unique=True)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="slides")
    organ = models.CharField(max_length=100, blank=True)
    stain = models.CharField(max_length=100, default="H&E")
    path = models.CharField(max_length=1000, blank=True)
    # NULL until the file comes: "" would be taken once for all slides.
    checksum = models.CharField(max_length=64, null=True, unique=True)  # noqa: DJ001
    byte_size = models.BigIntegerField(null=True)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    levels = models.JSONField(default=list)
    mpp = models.FloatField(null=True)
    mpp_source = models.CharField(max_length=10, choices=MppSource, blank=True)
    objective_power = models.FloatField(null=True)
    vendor = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("name",)
        constraints = (
            models.CheckConstraint(
                name="slide_with_file_is_measured",
                condition=models.Q(path="")
                | models.Q(
                    mpp__gt=0, width__gt=0, height__gt=0, checksum__isnull=False, byte_size__gt=0
                ),
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def has_file(self) -> bool:
        return bool(self.path)

    @property
    def file(self) -> Path:
        """Where the file lies: `path` as it is, or under MEDIA_ROOT when it came by upload."""
        return Path(settings.MEDIA_ROOT) / self.path

    @property
    def box(self) -> Box | None:
        """The whole slide, where its size is known."""
        if self.width is None or self.height is None:
            return None
        return Box(0, 0, self.width, self.height)


class Triplet(models.Model):
    """One diagnostic path: low (10x) ⊃ mid (40x) ⊃ high (200x); a scale may be missing."""

    slide = models.ForeignKey(Slide, on_delete=models.PROTECT, related_name="triplets")
    path_id = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    summary = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("slide__name", "path_id")
        constraints = (
            models.UniqueConstraint(fields=("slide", "path_id"), name="triplet_once_per_slide"),
        )

    def __str__(self) -> str:
        return f"{self.slide.name} / {self.path_id}"

    def rois_by_scale(self) -> dict[Scale, "Roi"]:
        """Present scales only, low to high."""
        found = {Scale(roi.scale): roi for roi in self.rois.all()}
        return {scale: found[scale] for scale in Scale if scale in found}

    def missing_scales(self) -> tuple[Scale, ...]:
        present = self.rois_by_scale()
        return tuple(scale for scale in Scale if scale not in present)


class Roi(models.Model):
    """One field of a triplet: level-0 box where known, poster where there is an image.

    `image` is the poster's path under MEDIA_ROOT, "" when the ROI is known by reference only;
    `source_path` is the path that the imported file gave; `mpp` is um per poster pixel.
    """

    triplet = models.ForeignKey(Triplet, on_delete=models.CASCADE, related_name="rois")
    scale = models.CharField(max_length=4, choices=SCALE_CHOICES)
    x_l0 = models.IntegerField(null=True)
    y_l0 = models.IntegerField(null=True)
    w_l0 = models.PositiveIntegerField(null=True)
    h_l0 = models.PositiveIntegerField(null=True)
    mpp = models.FloatField(null=True)
    caption = models.TextField(blank=True)
    source_path = models.CharField(max_length=1000, blank=True)
    image = models.CharField(max_length=500, blank=True)
    checksum = models.CharField(max_length=64, blank=True)
    image_width = models.PositiveIntegerField(null=True)
    image_height = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("triplet", "scale"), name="roi_once_per_scale"),
        )

    def __str__(self) -> str:
        return f"{self.triplet} {Scale(self.scale).label}"

    @property
    def has_preview(self) -> bool:
        """Whether the picture is larger than its preview would be."""
        longest = max(self.image_width or 0, self.image_height or 0)
        return bool(self.image) and longest > PREVIEW_SIDE_PX

    @property
    def box(self) -> Box | None:
        if self.x_l0 is None or self.y_l0 is None or self.w_l0 is None or self.h_l0 is None:
            return None
        return Box(self.x_l0, self.y_l0, self.w_l0, self.h_l0)


class Import(Claimable):
    """A person's request to take files in; one entry a file or row tells what came of it."""

    class Kind(models.TextChoices):
        SLIDES = "slides"
        CAPTIONS = "captions"
        QUESTIONS = "questions"

    kind = models.CharField(max_length=10, choices=Kind)
    state = models.CharField(
        max_length=10, choices=ImportState, default=ImportState.QUEUED, db_index=True
    )
    paths = models.JSONField(default=list)
    options = models.JSONField(default=dict)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.kind} import {self.pk}"


class ImportEntry(models.Model):
    """What came of one file or row."""

    class Outcome(models.TextChoices):
        ADDED = "added"
        UNCHANGED = "unchanged"
        UPDATED = "updated"
        REFUSED = "refused"
        WARNING = "warning"

    run = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="entries")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=500)
    outcome = models.CharField(max_length=10, choices=Outcome)
    message = models.TextField(blank=True)

    class Meta:
        ordering = ("number", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("run", "number", "outcome", "name"), name="entry_once_per_row"
            ),
        )

    def __str__(self) -> str:
        return f"{self.name}: {self.outcome}"
