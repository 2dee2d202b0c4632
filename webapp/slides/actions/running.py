"""Working through an import, step by step: each step reads first, then writes in one transaction
together with its entry, so that a kill between any two instructions neither loses nor doubles.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from django.db import transaction

from training.contract.text import is_refused
from webapp.core.errors import BadInput, Conflict, StaleState
from webapp.slides.actions.imports import begin_import, fail_import, finish_import
from webapp.slides.actions.outcomes import Outcome, Result
from webapp.slides.models import Import, ImportEntry
from webapp.slides.states import ImportState

Pulse: TypeAlias = Callable[[], None]
Store: TypeAlias = Callable[[], Result]
Read: TypeAlias = Callable[[Pulse], Store]
Progress: TypeAlias = Callable[[int, int, str], None]
"""Told steps done, steps in all, and the name of the one at work."""

NAME_CHARS = 500


class Stopped(Exception):
    """The import was cancelled, or belongs to another worker now."""


@dataclass(frozen=True)
class Step:
    """One file or path. `read` does the long part and returns what writes it.

    Raises (`read` and what it returns):
        BadInput, Conflict: it is refused; the message names it and says why.
    """

    number: int
    name: str
    read: Read


class Steps(Protocol):
    """All steps of an import: how many, and one after the other."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Step]: ...


Plan: TypeAlias = Callable[[Import], Steps]


def work_through(
    run: Import,
    plan: Plan,
    *,
    pulse: Pulse,
    progress: Progress = lambda done, total, name: None,
) -> None:
    """Do every step that has no entry yet. The caller holds the import's claim and keeps it by
    `pulse`; a file that cannot even be planned fails the import with its sentence.
    """
    by = run.created_by
    try:
        steps = plan(run)
    except (BadInput, Conflict) as error:
        fail_import(run.pk, error.message, by=by)
        return
    known = set(run.entries.values_list("number", "name"))
    try:
        begin_import(run, total=len(steps), by=by)
        for done, step in enumerate(steps, start=1):
            pulse()
            progress(done - 1, len(steps), _entry_name(step))
            if (step.number, _entry_name(step)) not in known:
                _do(run, step, done, pulse)
        finish_import(run, by=by)
        progress(len(steps), len(steps), "")
    except (Stopped, StaleState):  # somebody cancelled it meanwhile
        return


def _do(run: Import, step: Step, done: int, pulse: Pulse) -> None:
    try:
        _require_running(run)
        store = step.read(pulse)
        with transaction.atomic():
            _lock_running(run)
            _write_entries(run, step, store(), done)
    except (BadInput, Conflict) as error:
        with transaction.atomic():
            _lock_running(run)
            _write_entries(run, step, Result(step.name, Outcome.REFUSED, error.message), done)


def _write_entries(run: Import, step: Step, result: Result, done: int) -> None:
    """The step's name identifies it, so that a resumed import finds it done."""
    _write_entry(run, step, result.outcome, result.message)
    if result.warnings:
        _write_entry(run, step, Outcome.WARNING, "\n".join(result.warnings))
    Import.objects.filter(pk=run.pk).update(done=done)


def _write_entry(run: Import, step: Step, outcome: Outcome, message: str) -> None:
    ImportEntry.objects.create(
        run=run,
        number=step.number,
        name=_entry_name(step),
        outcome=outcome,
        message=_storable(message),
    )


def _entry_name(step: Step) -> str:
    """One line that does nothing to the terminal or page that shows it."""
    shown = ("?" if char in "\t\r\n" or is_refused(char) else char for char in step.name)
    return "".join(shown)[:NAME_CHARS]


def _storable(text: str) -> str:
    """A file's name may hold bytes that are no text; the database takes none of those."""
    return text.encode("utf-8", "replace").decode().replace("\0", "?")


def _require_running(run: Import) -> None:
    if not Import.objects.filter(pk=run.pk, state=ImportState.RUNNING).exists():
        raise Stopped


def _lock_running(run: Import) -> None:
    """Hold the row to the end of the transaction, so that a cancel comes before or after it."""
    held = Import.objects.select_for_update().filter(pk=run.pk, state=ImportState.RUNNING)
    if not held.filter(claim_token=run.claim_token).exists():
        raise Stopped
