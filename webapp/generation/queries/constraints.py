"""Questions about the constraints that leaks taught or people wrote."""

from django.db.models import Count, Max, Prefetch, QuerySet

from webapp.accounts.models import User
from webapp.core.errors import NotFound
from webapp.generation.models import Constraint, ConstraintVersion, Lesson
from webapp.items.queries import may_see_key


def filtered_constraints(
    *, dimension: str = "", kind: str = "", state: str = "", origin: str = ""
) -> QuerySet[Constraint]:
    """By dimension, oldest first, each with its versions, `lesson_count` and `last_lesson_at`."""
    exact = {"dimension": dimension, "kind": kind, "state": state, "origin": origin}
    found = Constraint.objects.filter(**{name: value for name, value in exact.items() if value})
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


def lessons_to_show(constraint: Constraint, user: User) -> list[Lesson]:
    """What taught it, newest first; of questions whose keys this person may see."""
    lessons = constraint.lessons.select_related("revision__item").order_by("-id")
    return [one for one in lessons if may_see_key(user, one.revision.item)]
