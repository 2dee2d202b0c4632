"""How the providers of language models are doing."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from webapp.accounts.access import PersonRequest, requires
from webapp.accounts.roles import Permission
from webapp.generation.actions.calls import check_model
from webapp.generation.forms import why_unusable
from webapp.generation.queries.providers import providers_health

TITLES = {
    "openai": "OpenAI",
    "google": "Google",
    "dashscope": "DashScope",
    "vllm": "Your own vLLM server",
}


@require_GET
@requires(Permission.LAUNCH_BATCHES)
def show_providers(request: PersonRequest) -> HttpResponse:
    found = [
        {
            "title": TITLES[one.name],
            "health": one,
            "why": why_unusable(one.models[0].offer),
        }
        for one in providers_health()
    ]
    part = request.headers.get("HX-Request") == "true"
    template = "generation/_providers.html" if part else "generation/providers.html"
    return render(request, template, {"providers": found})


@require_POST
@requires(Permission.LAUNCH_BATCHES)
def check(request: PersonRequest) -> HttpResponse:
    """Ask a model for one word; the answer is a call on record like any other."""
    call = check_model(request.POST.get("model", ""), by=request.user)
    messages.info(request, f"{call.model} is being asked for one word; its answer appears here.")
    return redirect("generation:providers")
