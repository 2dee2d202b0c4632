"""One planned question as plain values: what a batch stores before the question is written."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

from webapp.items.mcq import OPTION_COUNT, Dimension

_DIMENSIONS = frozenset(one.value for one in Dimension)


class PlanError(ValueError):
    """A plan that cannot be read or carried out; the message names the field."""


@dataclass(frozen=True)
class PlannedItem:
    """Findings are named by canonical feature id; the wording comes from the dimension's file."""

    number: int
    triplet: str
    dimension: str
    template: str
    first_true: str
    first_false: str
    second_true: str
    second_false: str
    key_place: int
    """Where the key stands among the four options, 0 to 3: as even over a batch as can be."""
    seed: int
    balanced: bool
    """False where the batch had to use wording that is true more often than false, or less."""
    claim: str = ""
    """B only: the impression, either `first_true` or `first_false`."""
    subject: str = ""
    """D only: the appearance to be explained."""

    def as_json(self) -> dict[str, str | int | bool]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, object]) -> "PlannedItem":
        known = {one.name: one.type for one in fields(cls)}
        for name in stored:
            if name not in known:
                raise PlanError(f"The plan has the unknown field {name!r}; plan the batch again.")
        for name, kind in known.items():
            if name in ("claim", "subject") and name not in stored:
                continue
            if type(stored.get(name)) is not kind:
                raise PlanError(f"The plan's {name} is missing or wrong; plan the batch again.")
        planned = cls(**stored)  # type: ignore[arg-type]  # each type was compared above
        if planned.dimension not in _DIMENSIONS or planned.key_place not in range(OPTION_COUNT):
            raise PlanError(
                "The plan's dimension or key_place is none that exists; plan the batch again."
            )
        return planned
