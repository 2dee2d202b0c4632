from typing import cast

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from webapp.accounts.models import User
from webapp.accounts.roles import Permission
from webapp.core.events import history
from webapp.slides import queries
from webapp.slides.forms import SlideFilterForm

SLIDES_PER_PAGE = 24
LABELS_ACROSS = 18
"""Size of the numbers on the overview, as a part of the slide."""


def _viewer_of_slides(request: HttpRequest) -> User:
    """The person, who has a role that sees slides.

    Raises:
        NotAllowed: they have none.
    """
    user = cast(User, request.user)
    queries.require_slide_viewer(user)
    return user


@require_GET
@never_cache
@login_required
def list_slides(request: HttpRequest) -> HttpResponse:
    user = _viewer_of_slides(request)
    form = SlideFilterForm(request.GET)
    filters = form.filters()
    page = Paginator(queries.filtered_slides(user, **filters), SLIDES_PER_PAGE).get_page(
        request.GET.get("page")
    )
    context = {
        "form": form,
        "page": page,
        "filtered": any(filters.values()),
        "may_import": user.may(Permission.IMPORT_SLIDES),
        "may_see_texts": queries.may_see_texts(user),
    }
    return render(request, "slides/list.html", context)


@require_GET
@never_cache
@login_required
def show(request: HttpRequest, slide_id: int) -> HttpResponse:
    user = _viewer_of_slides(request)
    slide = queries.slide_to_show(slide_id)
    texts = queries.may_see_texts(user)
    context = {
        "slide": slide,
        "triplets": queries.triplets_to_show(slide, user),
        "tile_source": queries.tile_source(slide),
        "may_see_texts": texts,
        "history": history(slide) if texts else None,
        "label_size": max(slide.width or 0, slide.height or 0) / LABELS_ACROSS,
    }
    return render(request, "slides/show.html", context)


@require_GET
@never_cache
@login_required
def summary(request: HttpRequest) -> HttpResponse:
    user = _viewer_of_slides(request)
    context = {"counts": queries.counts(), "may_import": user.may(Permission.IMPORT_SLIDES)}
    return render(request, "slides/_summary.html", context)
