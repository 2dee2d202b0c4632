"""Who is reviewing what, their blind answers and their verdicts."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from webapp.items.models import Item, Revision
from webapp.review.reasons import REASON_LABELS
from webapp.review.states import LIVE, AssignmentState


class Assignment(models.Model):
    """One person's turn at one revision, held until `lease_until`.

    `option_order` is the order of option ids that this person sees (A first).
    """

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="assignments")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="assignments")
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="assignments"
    )
    state = models.CharField(
        max_length=10, choices=AssignmentState, default=AssignmentState.LEASED, db_index=True
    )
    lease_until = models.DateTimeField(db_index=True)
    option_order = models.JSONField()
    created_at = models.DateTimeField(db_default=Now())
    shown_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("item",),
                condition=models.Q(state__in=sorted(LIVE)),
                name="one_live_assignment_per_item",
            ),
            models.UniqueConstraint(
                fields=("revision", "reviewer"), name="nobody_reviews_a_revision_twice"
            ),
        )

    def __str__(self) -> str:
        return f"assignment {self.pk}"


class BlindAnswer(models.Model):
    """What the reviewer chose before anything about the key was shown; insert-only."""

    assignment = models.OneToOneField(
        Assignment, on_delete=models.PROTECT, related_name="blind_answer"
    )
    option = models.CharField(max_length=32)
    duration_s = models.FloatField()
    at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"blind answer of {self.assignment}"


class Verdict(models.Model):
    """Approve, revise or reject, with reasons; an undone verdict stays with `withdrawn_at`.

    `sealed_at` is when a release took the item in on this verdict, which stands from then on.
    """

    class Decision(models.TextChoices):
        APPROVE = "approve"
        REVISE = "revise"
        REJECT = "reject"

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="verdicts")
    decision = models.CharField(max_length=10, choices=Decision)
    reasons = models.JSONField(default=list)
    comment = models.TextField(blank=True)
    duration_s = models.FloatField()
    at = models.DateTimeField(db_default=Now())
    withdrawn_at = models.DateTimeField(null=True)
    sealed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("assignment",),
                condition=models.Q(withdrawn_at__isnull=True),
                name="one_standing_verdict",
            ),
        )

    def __str__(self) -> str:
        return f"{self.decision} by {self.assignment}"

    @property
    def reason_labels(self) -> list[str]:
        return [REASON_LABELS[code] for code in self.reasons]
