"""Imports of published questions, by the same machinery as slides and captions."""

from webapp.core.queue import Job
from webapp.items.question_import import plan_questions
from workers.task import task
from workers.tasks.slides import import_failed, take_up


@task(Job.IMPORT_QUESTIONS, on_failure=import_failed)
def import_questions(run_id: int) -> None:
    take_up(run_id, plan_questions)
