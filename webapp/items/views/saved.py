"""The person's saved views of the item list."""

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from webapp.accounts.access import PersonRequest, requires
from webapp.accounts.roles import Permission
from webapp.core.errors import BadInput
from webapp.items import queries, saved_views
from webapp.items.forms import ItemFilterForm, ViewForm


@require_GET
@requires(Permission.SEE_KEYS)
def list_views(request: PersonRequest) -> HttpResponse:
    views = [
        (view, ItemFilterForm(QueryDict(view.query), user=request.user))
        for view in queries.views_for(request.user)
    ]
    return render(request, "items/views.html", {"views": views})


@require_POST
@requires(Permission.SEE_KEYS)
def save_view(request: PersonRequest) -> HttpResponse:
    """The filters as the list understands them, under a name; then the list again."""
    form = _checked(request)
    filters = ItemFilterForm(QueryDict(request.POST.get("query", "")), user=request.user)
    view = saved_views.save_view(
        name=form.cleaned_data["name"],
        query=filters.query(),
        shared=form.cleaned_data["shared"],
        by=request.user,
    )
    messages.success(request, f"Saved as “{view.name}”.")
    return redirect(f"{reverse('items:list')}?{view.query}")


@require_POST
@requires(Permission.SEE_KEYS)
def revise_view(request: PersonRequest, view_id: int) -> HttpResponse:
    form = _checked(request)
    view = queries.view_of(request.user, view_id)
    saved_views.revise_view(
        view, name=form.cleaned_data["name"], shared=form.cleaned_data["shared"], by=request.user
    )
    return redirect("items:views")


@require_POST
@requires(Permission.SEE_KEYS)
def delete_view(request: PersonRequest, view_id: int) -> HttpResponse:
    view = queries.view_of(request.user, view_id)
    saved_views.delete_view(view, by=request.user)
    messages.success(request, f"“{view.name}” is deleted.")
    return redirect("items:views")


def _checked(request: PersonRequest) -> ViewForm:
    """Raises BadInput."""
    form = ViewForm(request.POST)
    if not form.is_valid():
        raise BadInput("Give the view a name of 1 to 80 characters.")
    return form
