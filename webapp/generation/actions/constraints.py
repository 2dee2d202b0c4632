"""Writing constraints: what leaks teach, and what curators make of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from django.db import transaction

from training.contract.text import text_fault
from webapp.accounts.access import require
from webapp.accounts.models import User
from webapp.accounts.roles import Permission
from webapp.core.errors import BadInput, Conflict
from webapp.core.events import Write, record_event, record_events
from webapp.core.states import advance
from webapp.generation.made import Learned
from webapp.generation.models import Constraint, ConstraintVersion, Lesson
from webapp.generation.states import CONSTRAINT_MOVES, ConstraintState
from webapp.items.mcq import Dimension
from webapp.items.models import Revision
from webapp.items.words import overlap, words

MAX_CHARS = 300
SAME = 0.8
"""From this overlap of words on, two wordings of one kind say the same."""


@dataclass(frozen=True)
class Taught:
    """A revision that leaked and what it taught."""

    revision: Revision
    lesson: Learned


@transaction.atomic
def write_constraint(*, dimension: Dimension, kind: str, text: str, by: User) -> Constraint:
    """A constraint that a person words; it goes into batches launched from now on.

    Raises:
        BadInput: the text is empty or too long, or says what another constraint says.
    """
    require(by, Permission.LAUNCH_BATCHES)
    text = _usable(text)
    for known in _known(dimension, kind):
        if _alike(known.current.text, text):
            raise BadInput(f"Constraint {known.pk} says the same already; edit that one.")
    made = _create(dimension, kind, text, Constraint.Origin.WRITTEN, by=by)
    record_event("write_constraint", made, by=by, after={"kind": kind, "text": text})
    return made


@transaction.atomic
def revise_constraint(
    constraint: Constraint, *, text: str, parent_number: int, by: User
) -> ConstraintVersion:
    """A new wording; batches launched before keep theirs.

    Raises:
        Conflict: it has a newer wording than the one that was edited.
        BadInput: the text is empty, too long or the same.
    """
    require(by, Permission.LAUNCH_BATCHES)
    constraint = Constraint.objects.select_for_update().get(pk=constraint.pk)
    was = constraint.current
    if was.number != parent_number:
        raise Conflict(
            f"Constraint {constraint.pk} is at version {was.number} and you edited version "
            f"{parent_number}; reload it and edit again."
        )
    text = _usable(text)
    if text == was.text:
        raise BadInput("Nothing was changed; edit the text or leave the page.")
    made = ConstraintVersion.objects.create(
        constraint=constraint, number=was.number + 1, text=text, author=by
    )
    record_event(
        "revise_constraint", constraint, by=by, before={"text": was.text}, after={"text": text}
    )
    return made


@transaction.atomic
def retire_constraint(constraint: Constraint, *, by: User) -> None:
    """Leave it out of batches launched from now on; leaks that teach it again do not revive it."""
    _turn(constraint, ConstraintState.RETIRED, "retire_constraint", by=by)


@transaction.atomic
def restore_constraint(constraint: Constraint, *, by: User) -> None:
    """Take a retired one into use again."""
    _turn(constraint, ConstraintState.ACTIVE, "restore_constraint", by=by)


def _turn(constraint: Constraint, to: ConstraintState, verb: str, *, by: User) -> None:
    require(by, Permission.LAUNCH_BATCHES)
    advance(constraint, to, moves=CONSTRAINT_MOVES, by=by)
    record_event(verb, constraint, by=by)


@transaction.atomic
def learn_constraints(taught: Sequence[Taught], *, by: User) -> None:
    """A lesson of each leak; what no constraint says yet becomes one, of any two alike the first.

    Called with the items that taught it, in their transaction.
    """
    lessons: list[Lesson] = []
    fresh: list[Write] = []
    known: dict[tuple[str, str], list[tuple[Constraint, str]]] = {}
    for one in taught:
        lesson, dimension = one.lesson, Dimension(one.revision.item.dimension)
        place = (dimension.value, lesson.kind)
        if place not in known:
            known[place] = [(each, each.current.text) for each in _known(dimension, lesson.kind)]
        same = [each for each, text in known[place] if _alike(text, lesson.text)]
        if not same:
            made = _create(dimension, lesson.kind, lesson.text, Constraint.Origin.LEARNED, by=by)
            fresh.append(Write("learn_constraint", made, after={"text": lesson.text}))
            known[place].append((made, lesson.text))
            same = [made]
        lessons.append(_lesson(same[0], one))
    record_events(fresh, by=by)
    Lesson.objects.bulk_create(lessons, ignore_conflicts=True)


def _lesson(constraint: Constraint, taught: Taught) -> Lesson:
    return Lesson(
        constraint=constraint,
        revision=taught.revision,
        adversary=taught.lesson.adversary,
        analysis=taught.lesson.analysis,
        call_id=taught.lesson.call or None,
    )


def _known(dimension: Dimension, kind: str) -> list[Constraint]:
    found = Constraint.objects.filter(dimension=dimension.value, kind=kind).order_by("pk")
    return list(found.prefetch_related("versions"))


def _create(
    dimension: Dimension, kind: str, text: str, origin: Constraint.Origin, *, by: User
) -> Constraint:
    """With its first wording; of two workers that learn the same at once the second finds it."""
    made, new = Constraint.objects.get_or_create(
        dimension=dimension.value,
        kind=kind,
        fingerprint=sha256(" ".join(sorted(set(words(text)))).encode()).hexdigest(),
        defaults={"origin": origin, "created_by": by},
    )
    if new:
        ConstraintVersion.objects.create(constraint=made, number=1, text=text, author=by)
    return made


def _alike(one: str, other: str) -> bool:
    return overlap(frozenset(words(one)), frozenset(words(other))) >= SAME


def _usable(text: str) -> str:
    text = " ".join(text.split())
    fault = "is empty; write it" if not text else text_fault(text, limit=MAX_CHARS)
    if fault is not None:
        raise BadInput(f"The constraint's text {fault}.")
    return text
