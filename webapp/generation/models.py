"""Batches, their planned slots, extracted features and screenings."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from webapp.core.models import Claimable
from webapp.generation.states import BatchState, CallOutcome, ConstraintState, SlotState
from webapp.items.models import DIMENSION_CHOICES, Item, Revision
from webapp.slides.models import Roi, Triplet


class Batch(Claimable):
    """One launch: how many items of which dimensions, from which triplets, by which seed.

    `config` is the snapshot taken at launch (webapp.generation.config.BatchConfig), so that what a
    curator or a file changes later does not change a batch. `notes` are sentences for the curator
    (why fewer items were planned than asked for), `progress` is what the worker is at, `{"stage",
    "done", "total"}`, and `pauses` counts how often in a row a provider was down.

    Money: `spent_usd` is paid, `reserved_usd` is the most that the calls in flight may cost;
    together they never exceed `budget_usd`.
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
    progress = models.JSONField(default=dict)
    budget_usd = models.DecimalField(max_digits=12, decimal_places=6, default=Decimal(0))
    spent_usd = models.DecimalField(max_digits=12, decimal_places=6, default=Decimal(0))
    reserved_usd = models.DecimalField(max_digits=12, decimal_places=6, default=Decimal(0))
    resume_at = models.DateTimeField(null=True)
    pauses = models.PositiveIntegerField(default=0)
    probe = models.ForeignKey("ProbeFit", on_delete=models.PROTECT, null=True, related_name="+")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        verbose_name_plural = "batches"
        constraints = (
            models.CheckConstraint(
                name="batch_within_budget",
                condition=models.Q(spent_usd__gte=0) & models.Q(reserved_usd__gte=0),
            ),
        )

    def __str__(self) -> str:
        return self.name


class Slot(models.Model):
    """One item that a batch is to make; `plan` is the planned item as plain JSON.

    `pool` says where its stem comes from (a fixed template or the model's own words), and
    `twin_group` which other slots share its text; empty for none.
    """

    class Pool(models.TextChoices):
        FIXED = "fixed"
        FREE = "free"

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="slots")
    number = models.PositiveIntegerField()
    triplet = models.ForeignKey(Triplet, on_delete=models.PROTECT, related_name="+")
    dimension = models.CharField(max_length=1, choices=DIMENSION_CHOICES)
    pool = models.CharField(max_length=5, choices=Pool, default=Pool.FIXED)
    twin_group = models.CharField(max_length=64, blank=True)
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
    """What one text-only adversary made of a revision.

    `correct` is how often it hit the key: ties split, and for a model that was asked under several
    option orders the share of its `answers`; None when it gave none. `option` is its first choice.
    `verdict` is "none" when a model refused, was blocked or cut off too often to tell: such a
    revision never passes. `calls` are the ids of the calls it rests on.
    """

    class Verdict(models.TextChoices):
        HOLDS = "holds"
        LEAKS = "leaks"
        NONE = "none", "no verdict"

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="screenings")
    adversary = models.CharField(max_length=100)
    version = models.CharField(max_length=50)
    option = models.CharField(max_length=32, blank=True)
    correct = models.FloatField(null=True)
    confidence = models.FloatField()
    reasoning = models.TextField(blank=True)
    verdict = models.CharField(max_length=5, choices=Verdict, default=Verdict.NONE)
    answers = models.PositiveIntegerField(default=1)
    calls = models.JSONField(default=list)
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

    @property
    def leaks(self) -> bool:
        return self.verdict == self.Verdict.LEAKS


class Call(models.Model):
    """One call of a language model: stored before it is sent, and the cache that makes it once.

    `key` is the digest of all that decides the reply (model, prompt, schema, images, and which
    asking of the same it is), so the same question is paid once, whichever batch asks. A row
    without an outcome was in flight; after a crash it is sent again, and `sendings` counts that.
    `cost_usd` is the price of the tokens that the provider counted (a lost sending counts with its
    reservation).
    """

    key = models.CharField(max_length=64, unique=True)
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, null=True, related_name="calls")
    slot_number = models.PositiveIntegerField(null=True)
    stage = models.CharField(max_length=20, db_index=True)
    provider = models.CharField(max_length=20)
    model = models.CharField(max_length=100)
    model_id = models.CharField(max_length=200)
    prompt = models.CharField(max_length=120)
    request = models.JSONField()
    outcome = models.CharField(
        max_length=10, choices=CallOutcome, default=CallOutcome.SENT, db_index=True
    )
    provider_status = models.CharField(max_length=100, blank=True)
    reply = models.TextField(blank=True)
    error = models.TextField(blank=True)
    prompt_tokens = models.PositiveIntegerField(default=0)
    completion_tokens = models.PositiveIntegerField(default=0)
    reserved_usd = models.DecimalField(max_digits=12, decimal_places=6, default=Decimal(0))
    cost_usd = models.DecimalField(max_digits=12, decimal_places=6, default=Decimal(0))
    latency_s = models.FloatField(null=True)
    sendings = models.PositiveIntegerField(default=1)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    created_at = models.DateTimeField(db_default=Now(), db_index=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        indexes = (
            models.Index(fields=("batch", "outcome")),
            models.Index(fields=("batch", "slot_number", "stage")),
            models.Index(fields=("provider", "created_at")),
        )

    def __str__(self) -> str:
        return f"call {self.pk} to {self.model}"


class Constraint(models.Model):
    """A rule for writing questions of one dimension, learned from a leak or written by a person.

    Its wording is that of its newest version. Active ones go into the prompts of batches launched
    from now on; a batch keeps the versions it was launched with. `fingerprint` is the digest of the
    words of its first wording, so that two workers cannot learn the same twice.
    """

    class Origin(models.TextChoices):
        LEARNED = "learned"
        WRITTEN = "written"

    dimension = models.CharField(max_length=1, choices=DIMENSION_CHOICES, db_index=True)
    kind = models.CharField(max_length=30, db_index=True)
    origin = models.CharField(max_length=10, choices=Origin)
    fingerprint = models.CharField(max_length=64, editable=False)
    state = models.CharField(
        max_length=10, choices=ConstraintState, default=ConstraintState.ACTIVE, db_index=True
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("dimension", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("dimension", "kind", "fingerprint"), name="constraint_once"
            ),
        )

    def __str__(self) -> str:
        return f"constraint {self.pk}"

    @property
    def current(self) -> "ConstraintVersion":
        """The newest wording (uses a prefetch of `versions` where there is one)."""
        return max(self.versions.all(), key=lambda version: version.number)


class ConstraintVersion(models.Model):
    """A wording of a constraint; the database refuses to change it."""

    constraint = models.ForeignKey(Constraint, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    text = models.TextField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("constraint_id", "number")
        constraints = (
            models.UniqueConstraint(fields=("constraint", "number"), name="version_number_once"),
        )

    def __str__(self) -> str:
        return f"constraint {self.constraint_id} version {self.number}"


class Lesson(models.Model):
    """Which leaking revision taught (or taught again) a constraint; insert-only."""

    constraint = models.ForeignKey(Constraint, on_delete=models.PROTECT, related_name="lessons")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="lessons")
    adversary = models.CharField(max_length=100)
    analysis = models.TextField()
    call = models.ForeignKey(Call, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=("constraint", "revision", "adversary"), name="lesson_once"
            ),
        )

    def __str__(self) -> str:
        return f"lesson of {self.revision} for {self.constraint}"


class ProbeFit(models.Model):
    """The learned probe as it stood when a batch was launched; `weights` is its own JSON, packed.

    `report` says what it was trained on and how well it does: `{"items", "patients", …}`.
    """

    digest = models.CharField(max_length=64, unique=True)
    report = models.JSONField()
    weights = models.BinaryField()
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"probe {self.digest[:12]}"


class CallSum(models.Model):
    """A batch's calls added up; a trigger on Call keeps it, so that a page that asks every second
    need not add up a hundred thousand rows.
    """

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="call_sums")
    stage = models.CharField(max_length=20)
    model = models.CharField(max_length=100)
    outcome = models.CharField(max_length=10, choices=CallOutcome)
    calls = models.BigIntegerField(default=0)
    prompt_tokens = models.BigIntegerField(default=0)
    completion_tokens = models.BigIntegerField(default=0)
    cost_usd = models.DecimalField(max_digits=14, decimal_places=6, default=Decimal(0))

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("batch", "stage", "model", "outcome"), name="call_sum_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.calls} calls of {self.model} to {self.stage}"


class ScreeningSum(models.Model):
    """What an adversary made of a batch's texts as the batch wrote them, added up by a trigger when
    a slot gets its item; what people revise later does not count.

    `round` is which writing of the text it was, and `final` whether it is the one that stands.
    `correct` is the sum over the `answered` of how often the key was hit.
    """

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="screening_sums")
    adversary = models.CharField(max_length=100)
    dimension = models.CharField(max_length=1, choices=DIMENSION_CHOICES)
    round = models.PositiveIntegerField()
    final = models.BooleanField()
    screened = models.BigIntegerField(default=0)
    answered = models.BigIntegerField(default=0)
    correct = models.FloatField(default=0)
    leaks = models.BigIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("batch", "adversary", "dimension", "round", "final"),
                name="screening_sum_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.adversary} on {self.screened} texts"
