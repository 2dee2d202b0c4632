"""Questions about the constraints that leaks taught or people wrote."""

from collections.abc import Sequence

from django.db import connection
from django.db.models import Count, Exists, Max, OuterRef, Prefetch, QuerySet

from webapp.accounts.models import User
from webapp.core.errors import NotFound
from webapp.generation.models import Constraint, ConstraintVersion, Lesson
from webapp.generation.states import ConstraintState
from webapp.items.queries import may_see_key


def filtered_constraints(
    *, dimension: str = "", kind: str = "", state: str = "", origin: str = "", q: str = ""
) -> QuerySet[Constraint]:
    """By dimension, oldest first, each with its versions, `lesson_count` and `last_lesson_at`.

    `q` is looked for in all their wordings.
    """
    exact = {"dimension": dimension, "kind": kind, "state": state, "origin": origin}
    found = Constraint.objects.filter(**{name: value for name, value in exact.items() if value})
    if q:
        worded = ConstraintVersion.objects.filter(constraint=OuterRef("pk"), text__icontains=q)
        found = found.filter(Exists(worded))
    counted = found.annotate(
        lesson_count=Count("lessons"), last_lesson_at=Max("lessons__created_at")
    )
    versions = Prefetch("versions", ConstraintVersion.objects.select_related("author"))
    return (
        counted.select_related("created_by").prefetch_related(versions).order_by("dimension", "id")
    )


def constraint_to_show(constraint_id: int) -> Constraint:
    """Raises NotFound."""
    constraint = filtered_constraints().filter(pk=constraint_id).first()
    if constraint is None:
        raise NotFound(f"There is no constraint {constraint_id}.")
    return constraint


def count_by_dimension() -> dict[str, int]:
    """Of the active ones."""
    active = Constraint.objects.filter(state=ConstraintState.ACTIVE).order_by()
    return dict(active.values_list("dimension").annotate(count=Count("pk")))


def batches_using(constraint_ids: Sequence[int]) -> dict[int, list[int]]:
    """By constraint, the ids of the batches that were launched with any of its wordings, newest
    first; a constraint that none was launched with is left out.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT v.constraint_id, array_agg(DISTINCT b.id ORDER BY b.id DESC) "
            "FROM generation_batch b, "
            "jsonb_array_elements_text(b.config->'constraints') AS used(id) "
            "JOIN generation_constraintversion v ON v.id = used.id::bigint "
            "WHERE v.constraint_id = ANY(%s) GROUP BY v.constraint_id",
            [list(constraint_ids)],
        )
        return dict(cursor.fetchall())


def lessons_to_show(constraint: Constraint, user: User) -> list[Lesson]:
    """What taught it, newest first; of questions whose keys this person may see."""
    lessons = constraint.lessons.select_related("revision__item").order_by("-id")
    return [one for one in lessons if may_see_key(user, one.revision.item)]
