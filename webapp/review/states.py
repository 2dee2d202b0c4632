"""An assignment's life: leased → answered → decided; or returned to the queue."""

from django.db.models import TextChoices

from webapp.core.states import Moves


class AssignmentState(TextChoices):
    LEASED = "leased"
    ANSWERED = "answered"
    DECIDED = "decided"
    RETURNED = "returned"


A = AssignmentState
ASSIGNMENT_MOVES: Moves = {
    A.LEASED: frozenset({A.ANSWERED, A.RETURNED}),
    A.ANSWERED: frozenset({A.DECIDED, A.RETURNED}),
    # Undo reopens a decision; the blind answer stays as it was given.
    A.DECIDED: frozenset({A.ANSWERED}),
    # Whoever has answered has seen the key: such a turn resumes after the answer.
    A.RETURNED: frozenset({A.LEASED, A.ANSWERED}),
}
LIVE = frozenset({A.LEASED, A.ANSWERED})
