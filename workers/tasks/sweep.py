"""Re-sends the rows whose message was lost, and takes back what nobody holds any more.

The rows are the queue; losing Redis or a worker loses nothing that this does not find again.
"""

from collections.abc import Iterable

from webapp.accounts.queries import system_user
from webapp.core.queue import Job, resend
from webapp.generation.actions.batches import wake_batch
from webapp.generation.queries import sleeping_batches, stalled_batches
from webapp.items.queries import waiting_for_screening
from webapp.releases.queries import stalled_releases
from webapp.review.actions import return_expired_leases
from webapp.slides.actions.imports import IMPORT_JOBS
from webapp.slides.actions.uploads import forget_abandoned_uploads
from webapp.slides.models import Import
from webapp.slides.queries import stalled_imports
from workers.task import task


@task(Job.RESEND_STALLED_ROWS)
def resend_stalled_rows(_record_id: int = 0) -> None:
    return_expired_leases()
    for run in stalled_imports():
        resend(IMPORT_JOBS[Import.Kind(run.kind)], run.pk)
    for batch_id in sleeping_batches().values_list("pk", flat=True):
        wake_batch(batch_id, by=system_user())
    _resend_all(Job.RUN_BATCH, stalled_batches().values_list("pk", flat=True))
    _resend_all(Job.SCREEN_ITEM, waiting_for_screening())
    _resend_all(Job.BUILD_RELEASE, stalled_releases().values_list("pk", flat=True))
    forget_abandoned_uploads()


def _resend_all(job: Job, ids: Iterable[int]) -> None:
    for record_id in ids:
        resend(job, record_id)
