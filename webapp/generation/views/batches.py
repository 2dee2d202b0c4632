"""The batches and one batch, live."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from webapp.accounts.access import PersonRequest, requires
from webapp.accounts.roles import Permission
from webapp.core.charts import Bar
from webapp.core.events import history
from webapp.generation import queries
from webapp.generation.actions import batches
from webapp.generation.models import Batch
from webapp.generation.states import BatchState
from webapp.items.leakage import covers_chance
from webapp.items.leakage.stats import wilson
from webapp.items.mcq import Dimension

BATCHES_PER_PAGE = 30
SLOTS_PER_PAGE = 50
LIVE = (BatchState.QUEUED, BatchState.RUNNING)


@require_GET
@requires(Permission.LAUNCH_BATCHES)
def list_batches(request: PersonRequest) -> HttpResponse:
    page = Paginator(queries.batches_with_counts(), BATCHES_PER_PAGE)
    return render(request, "generation/list.html", {"page": page.get_page(request.GET.get("page"))})


@require_GET
@requires(Permission.LAUNCH_BATCHES)
def show(request: PersonRequest, batch_id: int) -> HttpResponse:
    batch = queries.batch_to_show(batch_id)
    slots = batch.slots.select_related("triplet__slide", "item")
    context = {
        **_progress_context(batch),
        "page": Paginator(slots, SLOTS_PER_PAGE).get_page(request.GET.get("page")),
        "history": history(batch),
    }
    return render(request, "generation/show.html", context)


@require_GET
@requires(Permission.LAUNCH_BATCHES)
def progress_part(request: PersonRequest, batch_id: int) -> HttpResponse:
    """The live part of the batch page, which asks for itself again while the batch runs."""
    context = _progress_context(queries.batch_to_show(batch_id))
    response = render(request, "generation/_progress.html", context)
    if not context["live"]:  # it has just ended: the lists below are complete now
        response["HX-Refresh"] = "true"
    return response


@require_POST
@requires(Permission.LAUNCH_BATCHES)
def cancel(request: PersonRequest, batch_id: int) -> HttpResponse:
    batches.cancel_batch(queries.batch_to_show(batch_id), by=request.user)
    return redirect("generation:show", batch_id)


@require_POST
@requires(Permission.LAUNCH_BATCHES)
def resume(request: PersonRequest, batch_id: int) -> HttpResponse:
    batches.resume_batch(queries.batch_to_show(batch_id), by=request.user)
    return redirect("generation:show", batch_id)


@require_GET
@requires(Permission.LAUNCH_BATCHES)
def summary(request: PersonRequest) -> HttpResponse:
    """For the home page: the newest batches."""
    return render(
        request, "generation/_summary.html", {"batches": queries.batches_with_counts()[:5]}
    )


def _progress_context(batch: Batch) -> dict[str, object]:
    adversaries = [_adversary_bar(hits) for hits in queries.hits_by_adversary(batch)]
    within_half = all((bar.high or 0) <= 50 for bar in adversaries)
    return {
        "batch": batch,
        "progress": queries.progress_of(batch),
        "live": batch.state in LIVE,
        "causes": queries.errors_by_cause(batch),
        "dimension_bars": [
            Bar(f"{value} {Dimension(value).title}", count)
            for value, count in queries.made_by_dimension(batch).items()
        ],
        "adversary_bars": adversaries,
        "adversary_maximum": 50 if within_half else 100,
    }


def _adversary_bar(hits: queries.Hits) -> Bar:
    """Percent with its 95 % interval; in the second tone where that leaves chance out."""
    interval = wilson(hits.correct, hits.tries)
    low, high = (100 * bound for bound in interval)
    tone = 1 if covers_chance(interval) else 2
    title = hits.adversary.replace("_", " ").capitalize()
    value = 100 * hits.correct / hits.tries
    return Bar(title, value, low, high, note=f"n {hits.tries}", tone=tone)
