"""Building releases."""

from webapp.core.queue import Job
from webapp.releases import actions
from workers.task import task


@task(Job.BUILD_RELEASE, on_failure=actions.give_up_build)
def build_release(release_id: int) -> None:
    actions.build_release(release_id)
