"""Imports: claim, work through, drop. Slides and captions here; questions bring their own plan."""

from webapp.accounts.queries import system_user
from webapp.core.claims import ClaimLost, claimed
from webapp.core.queue import Job
from webapp.slides.actions.imports import fail_import
from webapp.slides.actions.running import Plan, work_through
from webapp.slides.actions.steps import plan_import
from webapp.slides.actions.uploads import forget_upload
from webapp.slides.models import Import
from webapp.slides.states import UNFINISHED
from workers.task import task


def import_failed(run_id: int, sentence: str) -> None:
    fail_import(run_id, sentence, by=system_user())


@task(Job.RUN_IMPORT, on_failure=import_failed)
def run_import(run_id: int) -> None:
    take_up(run_id, plan_import)


def take_up(run_id: int, plan: Plan) -> None:
    """Do what the import still lacks; called again after a kill, it goes on where it was."""
    with claimed(Import, run_id, state__in=UNFINISHED) as claim:
        if claim is None:
            return
        run = Import.objects.select_related("created_by").get(pk=run_id)
        try:
            work_through(run, plan, pulse=claim.keep)
        except ClaimLost:
            return
        forget_upload(run)
