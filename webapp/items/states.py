"""An item's life (DESIGN: draft → screening → ready | leaky → in review → a verdict → retired)."""

from django.db.models import TextChoices

from webapp.core.states import Moves


class ItemState(TextChoices):
    DRAFT = "draft"
    SCREENING = "screening"
    READY = "ready"
    LEAKY = "leaky"
    IN_REVIEW = "in_review", "in review"
    APPROVED = "approved"
    NEEDS_REVISION = "needs_revision", "needs revision"
    REJECTED = "rejected"
    DISPUTED = "disputed"
    RETIRED = "retired"


S = ItemState
ITEM_MOVES: Moves = {
    S.DRAFT: frozenset({S.SCREENING, S.NEEDS_REVISION, S.RETIRED}),
    S.SCREENING: frozenset({S.READY, S.LEAKY, S.NEEDS_REVISION}),
    S.LEAKY: frozenset({S.SCREENING, S.NEEDS_REVISION, S.RETIRED}),
    S.READY: frozenset({S.IN_REVIEW, S.SCREENING, S.NEEDS_REVISION, S.RETIRED}),
    S.IN_REVIEW: frozenset(
        {S.READY, S.APPROVED, S.NEEDS_REVISION, S.REJECTED, S.DISPUTED, S.SCREENING}
    ),
    # Back to review by undo; to screening by a new revision.
    S.APPROVED: frozenset({S.IN_REVIEW, S.SCREENING, S.RETIRED}),
    S.NEEDS_REVISION: frozenset({S.IN_REVIEW, S.SCREENING, S.RETIRED}),
    S.REJECTED: frozenset({S.IN_REVIEW, S.SCREENING, S.RETIRED}),
    S.DISPUTED: frozenset({S.APPROVED, S.REJECTED, S.SCREENING}),
}
DECIDED = frozenset({S.APPROVED, S.NEEDS_REVISION, S.REJECTED, S.RETIRED})
