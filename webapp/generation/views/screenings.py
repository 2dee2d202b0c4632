"""What the adversaries made of a question, as a part of the pages that show one."""

from typing import cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from webapp.accounts.access import PersonRequest
from webapp.generation import queries
from webapp.items.queries import revision_to_show


@require_GET
@login_required
@never_cache
def screening_part(request: HttpRequest, revision_id: int) -> HttpResponse:
    """What each adversary made of a revision: for people who may see its key, and for reviewers
    whose permit shows that they have answered it blind.
    """
    user = cast(PersonRequest, request).user
    revision = revision_to_show(revision_id, user, request.GET.get("permit", ""))
    context = {"screenings": queries.screenings_of(revision)}
    return render(request, "generation/_screening.html", context)
