"""Launching a batch."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from webapp.accounts.access import PersonRequest, requires
from webapp.accounts.roles import Permission
from webapp.generation.actions import batches
from webapp.generation.config import BatchConfig
from webapp.generation.forms import LaunchForm


@require_http_methods(["GET", "POST"])
@requires(Permission.LAUNCH_BATCHES)
def launch(request: PersonRequest) -> HttpResponse:
    form = LaunchForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        data = form.cleaned_data
        batch = batches.launch_batch(
            BatchConfig(
                dimensions=tuple(data["dimensions"]),
                count=data["count"],
                slides=tuple(slide.pk for slide in data["slides"]),
            ),
            name=data["name"],
            seed=data["seed"],
            by=request.user,
        )
        return redirect("generation:show", batch.pk)
    status = 422 if form.is_bound else 200
    return render(request, "generation/launch.html", {"form": form}, status=status)
