"""The lives of a batch, of its slots (one slot an item), of constraints and of calls."""

from django.db.models import TextChoices

from webapp.core.states import Moves


class BatchState(TextChoices):
    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


BATCH_MOVES: Moves = {
    BatchState.QUEUED: frozenset({BatchState.RUNNING, BatchState.CANCELLED, BatchState.FAILED}),
    BatchState.RUNNING: frozenset(
        {BatchState.PAUSED, BatchState.DONE, BatchState.CANCELLED, BatchState.FAILED}
    ),
    # The budget is spent, a key is wrong or a provider is down; by a person or, later, the sweep.
    BatchState.PAUSED: frozenset({BatchState.QUEUED, BatchState.CANCELLED}),
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


class ConstraintState(TextChoices):
    ACTIVE = "active"
    RETIRED = "retired"


CONSTRAINT_MOVES: Moves = {
    ConstraintState.ACTIVE: frozenset({ConstraintState.RETIRED}),
    ConstraintState.RETIRED: frozenset({ConstraintState.ACTIVE}),
}


class CallOutcome(TextChoices):
    """How a call ended; only `ok` has a usable reply, and `sent` may still be in flight."""

    SENT = "sent", "in flight"
    OK = "ok", "answered"
    REFUSED = "refused"
    BLOCKED = "blocked"
    TRUNCATED = "truncated", "cut off"
    MALFORMED = "malformed"
    FAILED = "failed"
