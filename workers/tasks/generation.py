"""Running a batch, and screening single items that people imported or revised."""

from celery.signals import worker_shutting_down

from webapp.accounts.queries import system_user
from webapp.core.claims import Claim, ClaimLost, alone, claimed
from webapp.core.errors import StaleState
from webapp.core.queue import Job, enqueue
from webapp.generation import queries
from webapp.generation.actions import batches, screening
from webapp.generation.actions.calls import EndedCall, close_check
from webapp.generation.models import Batch, Call
from webapp.generation.plan import PlanError
from webapp.generation.states import BatchState, CallOutcome
from webapp.items.lint import Finding, lint
from webapp.items.mcq import Mcq
from webapp.items.models import Item
from webapp.items.states import ItemState
from workers.batch.asking import check
from workers.batch.batch import run_through
from workers.batch.screening import NotScreened, screen_again
from workers.batch.stops import LEAVING
from workers.pipeline.screen import screen
from workers.task import task

UNFINISHED = (BatchState.QUEUED, BatchState.RUNNING)


def _batch_failed(batch_id: int, sentence: str) -> None:
    batches.fail_batch(batch_id, sentence, by=system_user())


@worker_shutting_down.connect
def leave(**_signal: object) -> None:
    """On SIGTERM Celery waits for its tasks, and a batch can take hours: it is told to stop."""
    LEAVING.set()


@task(Job.RUN_BATCH, on_failure=_batch_failed)
def run_batch(batch_id: int) -> None:
    """Make what the batch still lacks; called again after a kill, it goes on where it was."""
    with claimed(Batch, batch_id, state__in=UNFINISHED) as claim:
        if claim is None:
            return
        _work(batch_id, claim)
    if queries.is_queued(batch_id):  # resumed while it was held, so that its message found nothing
        enqueue(Job.RUN_BATCH, batch_id)


def _work(batch_id: int, claim: Claim) -> None:
    batch = Batch.objects.select_related("created_by").get(pk=batch_id)
    try:
        run_through(batch, claim)
    except PlanError as error:
        batches.fail_batch(batch.pk, str(error), by=batch.created_by)
    except (ClaimLost, StaleState):  # another worker has it, or somebody cancelled
        return


def _errors(mcq: Mcq) -> tuple[Finding, ...]:
    """What makes a question unfit for anybody; imported ones are for people to judge."""
    return tuple(finding for finding in lint(mcq) if finding.severity == "error")


def _screening_failed(item_id: int, sentence: str) -> None:
    screening.fail_screening(item_id, sentence, by=system_user())


@task(Job.SCREEN_ITEM, on_failure=_screening_failed)
def screen_item(item_id: int) -> None:
    """Try the adversaries on an imported or revised item.

    Models may take longer than the sweep waits before it sends the item once more: whoever comes
    second leaves it to the first, or each call would be paid twice.
    """
    with alone(Item(pk=item_id)) as held:
        item = Item.objects.filter(pk=item_id, state=ItemState.SCREENING).first()
        if held and item is not None:
            _screen(item)


def _screen(item: Item) -> None:
    revision = item.current
    mcq = revision.mcq()
    imported = item.origin == Item.Origin.PUBLISHED and revision.number == 1
    broken = () if imported else _errors(mcq)
    try:
        found = screen(mcq) if broken else screen_again(item, mcq)
    except NotScreened as error:
        screening.fail_screening(item.pk, str(error), by=system_user())
        return
    screening.record_screening(item, revision, found, broken=broken, by=system_user())


def _check_failed(call_id: int, sentence: str) -> None:
    close_check(EndedCall(call_id, CallOutcome.FAILED, error=sentence))


@task(Job.CHECK_MODEL, on_failure=_check_failed)
def check_model(call_id: int) -> None:
    """Ask a model for one word, for the page of providers."""
    call = Call.objects.filter(pk=call_id, outcome=CallOutcome.SENT).first()
    if call is not None:
        check(call)
