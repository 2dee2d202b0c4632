"""A batch's life and that of its slots, one slot an item."""

from django.db.models import TextChoices

from webapp.core.states import Moves


class BatchState(TextChoices):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


BATCH_MOVES: Moves = {
    BatchState.QUEUED: frozenset({BatchState.RUNNING, BatchState.CANCELLED, BatchState.FAILED}),
    BatchState.RUNNING: frozenset({BatchState.DONE, BatchState.CANCELLED, BatchState.FAILED}),
    # Resumed, or its failed slots retried.
    BatchState.CANCELLED: frozenset({BatchState.QUEUED}),
    BatchState.FAILED: frozenset({BatchState.QUEUED}),
    BatchState.DONE: frozenset({BatchState.QUEUED}),
}


class SlotState(TextChoices):
    PLANNED = "planned"
    READY = "ready"
    LEAKY = "leaky"
    FAILED = "failed"


SLOT_MOVES: Moves = {
    SlotState.PLANNED: frozenset({SlotState.READY, SlotState.LEAKY, SlotState.FAILED}),
    SlotState.FAILED: frozenset({SlotState.PLANNED}),
}
