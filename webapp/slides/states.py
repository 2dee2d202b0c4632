"""An import's life: queued → running → done, cancelled, or failed and queued again."""

from django.db.models import TextChoices

from webapp.core.states import Moves


class ImportState(TextChoices):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


UNFINISHED = (ImportState.QUEUED, ImportState.RUNNING)

IMPORT_MOVES: Moves = {
    ImportState.QUEUED: frozenset({ImportState.RUNNING, ImportState.CANCELLED}),
    ImportState.RUNNING: frozenset(
        {ImportState.DONE, ImportState.CANCELLED, ImportState.FAILED, ImportState.QUEUED}
    ),
    ImportState.CANCELLED: frozenset({ImportState.QUEUED}),
    ImportState.FAILED: frozenset({ImportState.QUEUED}),
}
