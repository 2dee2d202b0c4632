"""Launching a batch."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from webapp.accounts.access import PersonRequest, requires
from webapp.accounts.roles import Permission
from webapp.core.errors import BadInput
from webapp.generation.actions import batches
from webapp.generation.config import RULES
from webapp.generation.dry_run import dry_run
from webapp.generation.forms import LaunchForm
from webapp.generation.planned import PlanError
from webapp.generation.preview import in_all
from webapp.generation.views.plots import titles_of


@require_http_methods(["GET", "POST"])
@requires(Permission.LAUNCH_BATCHES)
def launch(request: PersonRequest) -> HttpResponse:
    form = LaunchForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        data = form.cleaned_data
        try:
            batch = batches.launch_batch(
                data["config"],
                name=data["name"],
                seed=data["seed"],
                budget_usd=data["budget_usd"],
                by=request.user,
            )
        except BadInput as error:
            form.add_error(None, error.message)
        else:
            return redirect("generation:show", batch.pk)
    status = 422 if form.is_bound else 200
    return render(request, "generation/launch.html", {"form": form}, status=status)


@require_POST
@requires(Permission.LAUNCH_BATCHES)
def preview(request: PersonRequest) -> HttpResponse:
    """A dry run of what the form asks for."""
    form = LaunchForm(request.POST, with_budget=False)
    context = _tried(form) if form.is_valid() else {}
    faults = [
        ("" if name == "__all__" else str(form.fields[name].label or name.capitalize()), text)
        for name, texts in form.errors.items()
        for text in texts
    ]
    # Whoever reviews as well must stay blind: the same seed plans the same items.
    user = request.user
    context["may_see_keys"] = user.may(Permission.SEE_KEYS) and not user.may(
        Permission.REVIEW_ITEMS
    )
    context["faults"] = faults
    return render(request, "generation/_preview.html", context, status=422 if faults else 200)


def _tried(form: LaunchForm) -> dict[str, Any]:
    """What the preview tells; a plan that cannot be made becomes an error of the form."""
    data = form.cleaned_data
    config = data["config"]
    try:
        run = dry_run(config, seed=data["seed"] or 0)
    except PlanError as error:
        form.add_error(None, str(error))
        return {}
    titles = titles_of(config.models)
    expected, most = in_all(run.costs)
    return {
        "run": run,
        "costs": [(titles[one.model], one) for one in run.costs],
        "expected_usd": expected,
        "most_usd": most,
        "budget_usd": data["budget_usd"],
        "seeded": data["seed"] is not None,
        "reads_by_model": config.decomposer != RULES,
    }
