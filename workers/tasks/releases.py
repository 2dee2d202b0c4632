"""Building releases."""

from webapp.core.queue import Job
from webapp.releases import actions
from workers.task import task


@task(Job.BUILD_RELEASE)
def build_release(release_id: int) -> None:
    actions.build_release(release_id)
