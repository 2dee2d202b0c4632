"""Imports that a command runs in its own process, with the same rows as a worker's."""

from typing import IO, Any, cast

from django.core.management.base import CommandError, OutputWrapper
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from webapp.accounts.queries import user_named
from webapp.core.claims import Claim, ClaimLost, claimed
from webapp.core.errors import CrossScopeError
from webapp.slides.actions.imports import fail_import, start_import
from webapp.slides.actions.running import Plan, work_through
from webapp.slides.actions.steps import plan_import
from webapp.slides.models import Import, ImportEntry
from webapp.slides.states import ImportState

Outcome = ImportEntry.Outcome
STYLES = {
    Outcome.ADDED: "green",
    Outcome.UPDATED: "green",
    Outcome.UNCHANGED: "dim",
    Outcome.WARNING: "yellow",
    Outcome.REFUSED: "red",
}

NEED_A_LOOK = frozenset({Outcome.WARNING, Outcome.REFUSED})
MOST_LINES = 60
"""An import of more steps lists only those that need a look."""


def run_import(
    kind: Import.Kind,
    paths: list[str],
    options: dict[str, Any],
    *,
    username: str,
    out: OutputWrapper,
    plan: Plan = plan_import,
) -> None:
    """Import with a progress bar; then one line for each file or path, and a summary.

    Raises:
        CommandError: nothing could be imported; the sentence says why.
    """
    try:
        by = user_named(username)
        run = start_import(kind, paths, by=by, options=options, send=False)
    except CrossScopeError as error:
        raise CommandError(error.message) from error
    with claimed(Import, run.pk) as claim:
        if claim is None:
            raise CommandError(f"Import {run.pk} was taken up by a worker; see its page.")
        run.refresh_from_db()
        try:
            _work(run, plan, claim)
        except ClaimLost:
            raise CommandError(f"Import {run.pk} is a worker's now; see its page.") from None
        except KeyboardInterrupt:
            fail_import(run.pk, "Interrupted; retry it to go on.", by=by)
            raise
    _report(run, out)


def _work(run: Import, plan: Plan, claim: Claim) -> None:
    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("reading", total=None)

        def show(done: int, total: int, name: str) -> None:
            bar.update(task, completed=done, total=total, description=escape(name))

        work_through(run, plan, pulse=claim.keep, progress=show)


def _report(run: Import, out: OutputWrapper) -> None:
    run.refresh_from_db()
    console = Console(file=cast(IO[str], out), soft_wrap=True, highlight=False)
    counts: dict[str, int] = {}
    for entry in run.entries.all():
        counts[entry.outcome] = counts.get(entry.outcome, 0) + 1
        outcome = Outcome(entry.outcome)
        if outcome not in NEED_A_LOOK and run.total > MOST_LINES:
            continue
        line = f"{outcome.label:>9}  {entry.name}  {entry.message}".rstrip()
        console.print(escape(line), style=STYLES[outcome])
    if run.state != ImportState.DONE:
        raise CommandError(run.error or f"Import {run.pk} is {run.state}.")
    summary = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items()))
    out.write(f"Import {run.pk}: {summary or 'nothing to do'}.")
    worked = [name for name in counts if name not in (Outcome.REFUSED, Outcome.WARNING)]
    if counts and not worked:
        raise CommandError("Nothing was imported; the lines above say why.")
