from typing import Any

from django.http import HttpRequest
from ninja import Status

from webapp.accounts.models import User
from webapp.accounts.roles import Permission
from webapp.api.door import api, paged, person
from webapp.api.paging import PageNumber, PerPage
from webapp.api.schemas.common import Page
from webapp.api.schemas.constraints import (
    ConstraintIn,
    ConstraintOut,
    ConstraintRow,
    VersionIn,
)
from webapp.generation import queries
from webapp.generation.actions import constraints
from webapp.generation.kinds import ConstraintKind
from webapp.generation.models import Constraint
from webapp.generation.queries.plain import constraint_row, constraint_whole
from webapp.generation.states import ConstraintState
from webapp.items.mcq import Dimension


@api.get("/constraints", response=Page[ConstraintRow], tags=["constraints"])
def list_constraints(
    request: HttpRequest,
    page: PageNumber,
    per_page: PerPage,
    dimension: Dimension | None = None,
    kind: ConstraintKind | None = None,
    state: ConstraintState | None = None,
    origin: Constraint.Origin | None = None,
) -> dict[str, Any]:
    """By dimension, oldest first, each in its newest wording."""
    person(request, Permission.SEE_KEYS)
    found = queries.filtered_constraints(
        dimension=dimension or "", kind=kind or "", state=state or "", origin=origin or ""
    )
    part = paged(found, page, per_page)
    return {**part, "results": [constraint_row(one) for one in part["rows"]]}


@api.post("/constraints", response={201: ConstraintOut}, tags=["constraints"])
def write_constraint(request: HttpRequest, written: ConstraintIn) -> Status[Any]:
    """Write one; batches launched from now on keep it."""
    by = person(request, Permission.LAUNCH_BATCHES)
    made = constraints.write_constraint(
        dimension=written.dimension, kind=written.kind.value, text=written.text, by=by
    )
    return Status(201, _now(made.pk, by))


@api.get("/constraints/{int:constraint_id}", response=ConstraintOut, tags=["constraints"])
def show_constraint(request: HttpRequest, constraint_id: int) -> dict[str, Any]:
    """With every wording, and the leaks that taught it."""
    return _now(constraint_id, person(request, Permission.SEE_KEYS))


@api.post(
    "/constraints/{int:constraint_id}/versions", response={201: ConstraintOut}, tags=["constraints"]
)
def revise_constraint(request: HttpRequest, constraint_id: int, written: VersionIn) -> Status[Any]:
    """Give it a new wording; batches launched before keep theirs."""
    by = person(request, Permission.LAUNCH_BATCHES)
    found = queries.constraint_to_show(constraint_id)
    constraints.revise_constraint(found, text=written.text, parent_number=written.parent, by=by)
    return Status(201, _now(constraint_id, by))


@api.post("/constraints/{int:constraint_id}/retire", response=ConstraintOut, tags=["constraints"])
def retire_constraint(request: HttpRequest, constraint_id: int) -> dict[str, Any]:
    """Leave it out of batches launched from now on."""
    by = person(request, Permission.LAUNCH_BATCHES)
    constraints.retire_constraint(queries.constraint_to_show(constraint_id), by=by)
    return _now(constraint_id, by)


@api.post("/constraints/{int:constraint_id}/restore", response=ConstraintOut, tags=["constraints"])
def restore_constraint(request: HttpRequest, constraint_id: int) -> dict[str, Any]:
    """Take a retired one into use again."""
    by = person(request, Permission.LAUNCH_BATCHES)
    constraints.restore_constraint(queries.constraint_to_show(constraint_id), by=by)
    return _now(constraint_id, by)


def _now(constraint_id: int, user: User) -> dict[str, Any]:
    constraint = queries.constraint_to_show(constraint_id)
    return constraint_whole(constraint, queries.lessons_to_show(constraint, user))
