"""The batches, and one batch, live."""

from decimal import Decimal
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from webapp.accounts.access import PersonRequest, requires
from webapp.accounts.roles import Permission
from webapp.core.charts import Bar, Segment
from webapp.core.errors import BadInput
from webapp.core.events import history
from webapp.generation import queries
from webapp.generation.actions import batches
from webapp.generation.config import BatchConfig
from webapp.generation.forms import BudgetForm, SlotFilter
from webapp.generation.models import Batch
from webapp.generation.queries import live
from webapp.generation.states import BatchState
from webapp.generation.views.plots import leakage, leakage_by_dimension, titles_of
from webapp.items.mcq import Dimension

BATCHES_PER_PAGE = 30
SLOTS_PER_PAGE = 50
AT_WORK = (BatchState.QUEUED, BatchState.RUNNING)
MARGIN = Decimal("1.1")
"""How much more than expected is proposed as a budget."""


@require_GET
@requires(Permission.LAUNCH_BATCHES)
def list_batches(request: PersonRequest) -> HttpResponse:
    page = Paginator(queries.batches_with_counts(), BATCHES_PER_PAGE)
    return render(request, "generation/list.html", {"page": page.get_page(request.GET.get("page"))})


@require_GET
@requires(Permission.LAUNCH_BATCHES)
def show(request: PersonRequest, batch_id: int) -> HttpResponse:
    return _page(request, queries.batch_to_show(batch_id))


@require_GET
@requires(Permission.LAUNCH_BATCHES)
def progress_part(request: PersonRequest, batch_id: int) -> HttpResponse:
    """What changes every second; the page asks for it as long as the batch is at work.

    `was` is what the batch did when the page was shown: after a change the buttons beside this part
    are others, so the whole page is asked for again.
    """
    batch = queries.batch_to_show(batch_id)
    response = render(request, "generation/_progress.html", _progress_context(batch))
    if request.GET.get("was", "working") != _doing(batch):
        response["HX-Refresh"] = "true"
    return response


@require_GET
@requires(Permission.LAUNCH_BATCHES)
def results_part(request: PersonRequest, batch_id: int) -> HttpResponse:
    """What changes more slowly: plots, calls, errors."""
    batch = queries.batch_to_show(batch_id)
    return render(request, "generation/_results.html", _results_context(batch))


@require_GET
@requires(Permission.LAUNCH_BATCHES)
def leaks_part(request: PersonRequest, batch_id: int) -> HttpResponse:
    """The plots of each dimension and round."""
    batch = queries.batch_to_show(batch_id)
    found = leakage_by_dimension(live.sums_of_screenings(batch))
    context = {"batch": batch, "doing": _doing(batch), "by_dimension": found}
    return render(request, "generation/_leaks.html", context)


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


@require_POST
@requires(Permission.LAUNCH_BATCHES)
def retry_slots(request: PersonRequest, batch_id: int) -> HttpResponse:
    cause = request.POST.get("cause", "")
    batches.retry_slots(queries.batch_to_show(batch_id), cause, by=request.user)
    return redirect("generation:show", batch_id)


@require_POST
@requires(Permission.LAUNCH_BATCHES)
def set_budget(request: PersonRequest, batch_id: int) -> HttpResponse:
    """Another budget, and, where the second button was pressed, on with the batch."""
    batch = queries.batch_to_show(batch_id)
    form = BudgetForm(request.POST)
    if form.is_valid():
        try:
            batches.set_budget(batch, form.cleaned_data["budget_usd"], by=request.user)
        except BadInput as error:
            form.add_error("budget_usd", error.message)
    if form.errors:
        return _page(request, batch, budget_form=form, status=422)
    if "resume" in request.POST:
        batches.resume_batch(queries.batch_to_show(batch_id), by=request.user)
    return redirect("generation:show", batch_id)


@require_GET
@requires(Permission.LAUNCH_BATCHES)
def summary(request: PersonRequest) -> HttpResponse:
    """For the home page: the newest batches."""
    return render(
        request, "generation/_summary.html", {"batches": queries.batches_with_counts()[:5]}
    )


def _page(
    request: PersonRequest,
    batch: Batch,
    *,
    budget_form: BudgetForm | None = None,
    status: int = 200,
) -> HttpResponse:
    asked = SlotFilter(request.GET)
    chosen = asked.chosen()
    page = Paginator(live.slots_to_show(batch, **chosen), SLOTS_PER_PAGE)
    context = _progress_context(batch)
    proposed = {"budget_usd": context["money"]["proposed"]}
    context |= {
        **_results_context(batch),
        "budget_form": budget_form or BudgetForm(initial=proposed),
        "filter": asked,
        "filtered": bool(chosen),
        "page": page.get_page(request.GET.get("page")),
        "history": history(batch),
        **_titles(_config(batch)),
    }
    return render(request, "generation/show.html", context, status=status)


def _titles(config: BatchConfig) -> dict[str, Any]:
    """The models that the batch was launched with, by their labels."""
    titles = titles_of(config.models)
    return {
        "generator_title": titles.get(config.generator),
        "decomposer_title": titles.get(config.decomposer),
        "adversary_names": [titles[name] for name in config.adversaries],
    }


def _progress_context(batch: Batch) -> dict[str, Any]:
    progress, sums = queries.progress_of(batch), live.sums_of_calls(batch)
    waiting = progress.total - progress.done
    return {
        "batch": batch,
        "config": _config(batch),
        "doing": _doing(batch),
        "held": batch.claimed_until is not None and batch.claimed_until > timezone.now(),
        "progress": progress,
        "stages": live.stages_of(batch, progress, sums),
        "states": [
            Segment("Ready", progress.ready, 3),
            Segment("Leaky", progress.leaky, 2),
            Segment("Failed", progress.failed, 4),
            Segment("To do", waiting, 0),
        ],
        "money": _money(batch, progress, in_flight=sum(one.in_flight for one in sums)),
    }


def _results_context(batch: Batch) -> dict[str, Any]:
    sums = live.sums_of_calls(batch)
    titles = titles_of(one.model for one in sums)
    by_dimension = queries.made_by_dimension(batch)
    return {
        "batch": batch,
        "doing": _doing(batch),
        "calls": [(titles[one.model], one) for one in sums],
        "total_usd": sum((one.cost_usd for one in sums), Decimal(0)),
        "causes": queries.errors_by_cause(batch),
        "leakage": leakage(live.sums_of_screenings(batch)),
        "dimension_bars": [
            Bar(f"{value} {Dimension(value).title}", count) for value, count in by_dimension.items()
        ],
    }


def _config(batch: Batch) -> BatchConfig:
    return BatchConfig.from_json(batch.config)


def _doing(batch: Batch) -> str:
    """Whether the batch is `working`, `sleeping` until it goes on by itself, or `still`."""
    if batch.state in AT_WORK:
        return "working"
    return "sleeping" if batch.state == BatchState.PAUSED and batch.resume_at else "still"


def _money(batch: Batch, progress: queries.Progress, *, in_flight: int) -> dict[str, Any]:
    """All in dollars; `expected` is what the whole batch costs at the price of the items so far."""
    left = max(batch.budget_usd - batch.spent_usd - batch.reserved_usd, Decimal(0))
    expected = batch.spent_usd * progress.total / progress.done if progress.done else None
    short = expected is not None and expected > batch.budget_usd and progress.total > progress.done
    proposed = max(batch.budget_usd, (expected or Decimal(0)) * MARGIN, batch.spent_usd)
    return {
        "left": left,
        "in_flight": in_flight,
        "expected": expected,
        "short": short,
        "proposed": proposed.quantize(Decimal("0.01")),
        "segments": [
            Segment("Paid", float(batch.spent_usd), 1),
            Segment("Held for calls in flight", float(batch.reserved_usd), 4),
            Segment("Left", float(left), 0),
        ],
    }
