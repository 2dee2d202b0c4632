"""Asking for imports, stopping them and asking again."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from training.contract.text import text_fault
from webapp.accounts.access import require
from webapp.accounts.models import User
from webapp.accounts.roles import Permission
from webapp.core.errors import BadInput, Conflict
from webapp.core.events import record_event
from webapp.core.queue import Job, enqueue
from webapp.core.states import advance
from webapp.slides.models import Import
from webapp.slides.states import IMPORT_MOVES, UNFINISHED, ImportState

IMPORT_JOBS = {
    Import.Kind.SLIDES: Job.RUN_IMPORT,
    Import.Kind.CAPTIONS: Job.RUN_IMPORT,
    Import.Kind.QUESTIONS: Job.IMPORT_QUESTIONS,
}


@transaction.atomic
def start_import(
    kind: Import.Kind,
    paths: list[str],
    *,
    by: User,
    options: dict[str, Any] | None = None,
    send: bool = True,
) -> Import:
    """A queued import of these files; a worker takes it up, unless the caller means to (`send`).

    Raises:
        BadInput: no file was given, or a name or an option cannot be kept.
    """
    require(by, Permission.IMPORT_SLIDES)
    if not paths:
        raise BadInput("No file was given; choose at least one.")
    for path in paths:
        if text_fault(path) is not None:  # such as bytes that are no UTF-8
            raise BadInput(f"The file name {ascii(path)[:200]} is no plain text; rename it.")
    for option, value in (options or {}).items():
        fault = text_fault(value) if isinstance(value, str) else None
        if fault is not None:
            raise BadInput(f"The {option} {fault}.")
    run = Import.objects.create(kind=kind, paths=paths, options=options or {}, created_by=by)
    record_event(
        "start_import", run, by=by, after={"kind": kind, "paths": paths, "options": options or {}}
    )
    if send:
        enqueue(IMPORT_JOBS[kind], run.pk)
    return run


@transaction.atomic
def cancel_import(run: Import, *, by: User) -> None:
    """Stop after the file or path at work; what is in stays in.

    Raises:
        Conflict: it has ended already.
    """
    require(by, Permission.IMPORT_SLIDES)
    if run.state not in UNFINISHED:
        raise Conflict(f"Import {run.pk} is {run.state} already; there is nothing to cancel.")
    advance(run, ImportState.CANCELLED, moves=IMPORT_MOVES, by=by, reason="cancelled")
    Import.objects.filter(pk=run.pk).update(finished_at=timezone.now())
    record_event("cancel_import", run, by=by)


@transaction.atomic
def retry_import(run: Import, *, by: User) -> None:
    """Go on where a cancelled or failed import stopped.

    Raises:
        NotAMove: it is neither.
    """
    require(by, Permission.IMPORT_SLIDES)
    advance(run, ImportState.QUEUED, moves=IMPORT_MOVES, by=by, reason="retried")
    # A cancelled worker may still hold the row; its claim ends here, so that it writes no more.
    Import.objects.filter(pk=run.pk).update(
        error="", finished_at=None, claim_token=None, claimed_until=None
    )
    record_event("retry_import", run, by=by)
    enqueue(IMPORT_JOBS[Import.Kind(run.kind)], run.pk)


@transaction.atomic
def begin_import(run: Import, *, total: int, by: User) -> None:
    """The worker has counted what there is to do."""
    if run.state == ImportState.QUEUED:
        advance(run, ImportState.RUNNING, moves=IMPORT_MOVES, by=by)
    Import.objects.filter(pk=run.pk).update(total=total)


@transaction.atomic
def finish_import(run: Import, *, by: User) -> None:
    advance(run, ImportState.DONE, moves=IMPORT_MOVES, by=by)
    Import.objects.filter(pk=run.pk).update(finished_at=timezone.now())
    counts: dict[str, int] = {}
    for outcome in run.entries.values_list("outcome", flat=True):
        counts[outcome] = counts.get(outcome, 0) + 1
    record_event("finish_import", run, by=by, after=counts)


@transaction.atomic
def fail_import(run_id: int, sentence: str, *, by: User) -> None:
    """The import cannot go on; the sentence tells its curator why. An ended one stays as it is."""
    run = Import.objects.select_for_update().get(pk=run_id)
    if run.state not in UNFINISHED:
        return
    if run.state == ImportState.QUEUED:
        advance(run, ImportState.RUNNING, moves=IMPORT_MOVES, by=by)
    advance(run, ImportState.FAILED, moves=IMPORT_MOVES, by=by, reason=sentence[:500])
    Import.objects.filter(pk=run_id).update(error=sentence, finished_at=timezone.now())
    record_event("fail_import", run, by=by, after={"error": sentence})
