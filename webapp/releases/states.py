"""A release's life: queued → building → ready, or failed and queued again. Ready is for good."""

from django.db.models import TextChoices

from webapp.core.states import Moves


class ReleaseState(TextChoices):
    QUEUED = "queued"
    BUILDING = "building"
    READY = "ready"
    FAILED = "failed"


RELEASE_MOVES: Moves = {
    ReleaseState.QUEUED: frozenset({ReleaseState.BUILDING}),
    ReleaseState.BUILDING: frozenset({ReleaseState.READY, ReleaseState.FAILED}),
    ReleaseState.FAILED: frozenset({ReleaseState.QUEUED}),
}
UNFINISHED = frozenset({ReleaseState.QUEUED, ReleaseState.BUILDING})
