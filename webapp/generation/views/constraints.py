"""The constraint library: what leaks taught, and what curators make of it."""

from itertools import pairwise

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from webapp.accounts.access import PersonRequest, requires
from webapp.accounts.roles import Permission
from webapp.core.errors import BadInput, Conflict
from webapp.core.events import history
from webapp.generation import queries
from webapp.generation.actions import constraints as actions
from webapp.generation.constraint_forms import (
    ConstraintFilterForm,
    ConstraintTextForm,
    NewConstraintForm,
)
from webapp.generation.kinds import ConstraintKind
from webapp.generation.models import Batch, Constraint, ConstraintVersion
from webapp.generation.queries.constraints import batches_using, count_by_dimension
from webapp.items.mcq import Dimension
from webapp.items.worddiff import Piece, diff

CONSTRAINTS_PER_PAGE = 50
LESSONS_PER_PAGE = 20
BATCHES_LISTED = 8


@require_GET
@requires(Permission.LAUNCH_BATCHES)
def list_constraints(request: PersonRequest) -> HttpResponse:
    form = ConstraintFilterForm(request.GET)
    values = form.values()
    found = queries.filtered_constraints(**values)
    page = Paginator(found, CONSTRAINTS_PER_PAGE).get_page(request.GET.get("page"))
    uses = batches_using([constraint.pk for constraint in page])
    counts = count_by_dimension()
    context = {
        "form": form,
        "filtered": any(values.values()),
        "dimension": values["dimension"],
        "tabs": [(one.value, one.title, counts.get(one.value, 0)) for one in Dimension],
        "total": sum(counts.values()),
        "page": page,
        "rows": [(one, kind_of(one), len(uses.get(one.pk, ()))) for one in page],
    }
    return render(request, "generation/constraints.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.LAUNCH_BATCHES)
def write_constraint(request: PersonRequest) -> HttpResponse:
    sent = request.POST if request.method == "POST" else None
    form = NewConstraintForm(sent, initial={"dimension": request.GET.get("dimension", "")})
    if form.is_valid():
        data = form.cleaned_data
        try:
            made = actions.write_constraint(
                dimension=Dimension(data["dimension"]),
                kind=data["kind"],
                text=data["text"],
                by=request.user,
            )
        except BadInput as error:
            form.add_error(None, error.message)
        else:
            return redirect("generation:constraint", made.pk)
    context = {"form": form, "kinds": list(ConstraintKind)}
    status = 422 if form.is_bound else 200
    return render(request, "generation/write_constraint.html", context, status=status)


@require_http_methods(["GET", "POST"])
@requires(Permission.LAUNCH_BATCHES)
def show_constraint(request: PersonRequest, constraint_id: int) -> HttpResponse:
    """With its edit form; what was typed stays when somebody else was faster."""
    constraint = queries.constraint_to_show(constraint_id)
    current = constraint.current
    form = ConstraintTextForm(
        request.POST if request.method == "POST" else None,
        initial={"parent": current.number, "text": current.text},
    )
    status = 422 if form.is_bound else 200
    if form.is_valid():
        data = form.cleaned_data
        try:
            actions.revise_constraint(
                constraint, text=data["text"], parent_number=data["parent"], by=request.user
            )
        except (BadInput, Conflict) as error:
            form.add_error(None, error.message)
            status = int(error.status)
        else:
            messages.success(request, "Saved. Batches launched from now on are told so.")
            return redirect("generation:constraint", constraint_id)
    context = {"form": form, **_context(request, constraint)}
    return render(request, "generation/constraint.html", context, status=status)


@require_POST
@requires(Permission.LAUNCH_BATCHES)
def retire_constraint(request: PersonRequest, constraint_id: int) -> HttpResponse:
    actions.retire_constraint(queries.constraint_to_show(constraint_id), by=request.user)
    return redirect("generation:constraint", constraint_id)


@require_POST
@requires(Permission.LAUNCH_BATCHES)
def restore_constraint(request: PersonRequest, constraint_id: int) -> HttpResponse:
    actions.restore_constraint(queries.constraint_to_show(constraint_id), by=request.user)
    return redirect("generation:constraint", constraint_id)


def kind_of(constraint: Constraint) -> ConstraintKind:
    """One that the enum does not know (any more) is of another kind."""
    known = {kind.value: kind for kind in ConstraintKind}
    return known.get(constraint.kind, ConstraintKind.OTHER)


def _context(request: PersonRequest, constraint: Constraint) -> dict[str, object]:
    lessons = queries.lessons_to_show(constraint, request.user)
    batches = batches_using([constraint.pk]).get(constraint.pk, [])
    page = Paginator(lessons, LESSONS_PER_PAGE).get_page(request.GET.get("page"))
    return {
        "constraint": constraint,
        "kind": kind_of(constraint),
        "current": constraint.current,
        "versions": _versions(constraint),
        "page": page,
        "batches": Batch.objects.filter(pk__in=batches[:BATCHES_LISTED]),
        "more_batches": len(batches[BATCHES_LISTED:]),
        "history": history(constraint),
    }


def _versions(constraint: Constraint) -> list[tuple[ConstraintVersion, tuple[Piece, ...]]]:
    """Newest first, each with what it changed."""
    ordered = sorted(constraint.versions.all(), key=lambda version: version.number)
    first = [(ordered[0], diff(ordered[0].text, ordered[0].text))]
    later = [(after, diff(before.text, after.text)) for before, after in pairwise(ordered)]
    return (first + later)[::-1]
