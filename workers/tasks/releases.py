"""Building releases."""

from webapp.accounts.queries import system_user
from webapp.core.queue import Job
from webapp.releases import actions
from workers.task import task


def _build_failed(release_id: int, sentence: str) -> None:
    actions.fail_build(release_id, sentence, by=system_user())


@task(Job.BUILD_RELEASE, on_failure=_build_failed)
def build_release(release_id: int) -> None:
    actions.build_release(release_id)
