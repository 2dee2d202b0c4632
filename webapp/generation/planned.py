"""One planned question as plain values: what a batch stores before the question is written."""

from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from typing import Literal

from webapp.items.mcq import OPTION_COUNT, Dimension

Pool = Literal["fixed", "free"]
"""Whether the stem is a template of the dimension's file or worded by the model."""
POOLS: tuple[Pool, ...] = ("fixed", "free")

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
    """Where the key stands among the four options, 0 to 3."""
    seed: int
    balanced: bool
    """False where the batch had to use wording that is true more often than false, or less."""
    claim: str = ""
    """B only: the impression, either `first_true` or `first_false`."""
    subject: str = ""
    """D only: the appearance to be explained."""
    pool: str = "fixed"
    twin_group: str = ""
    """Names the items of other patients that have the same stem and options; empty for none."""
    group_keys: str = ""
    """Which cells of factorial.CELLS, as this item has them, are true of some of the patients that
    were drawn: `03` of two, `0123` of four; empty for an item without twins."""
    text_seed: int = 0
    """Seeds the wording, never the key: the same for all twins."""

    def as_json(self) -> dict[str, str | int | bool]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, object]) -> "PlannedItem":
        """Also reads plans that were stored before a field existed: it then has its default."""
        known = {one.name: one for one in fields(cls)}
        for name in stored:
            if name not in known:
                raise PlanError(f"The plan has the unknown field {name!r}; plan the batch again.")
        for name, one in known.items():
            if name not in stored and one.default is not MISSING:
                continue
            if type(stored.get(name)) is not one.type:
                raise PlanError(f"The plan's {name} is missing or wrong; plan the batch again.")
        planned = cls(**stored)  # type: ignore[arg-type]  # each type was compared above
        _check(planned)
        return planned


def _check(planned: PlannedItem) -> None:
    choices = {
        "dimension": planned.dimension in _DIMENSIONS,
        "key_place": planned.key_place in range(OPTION_COUNT),
        "pool": planned.pool in POOLS,
    }
    for name, known in choices.items():
        if not known:
            raise PlanError(f"The plan's {name} is none that exists; plan the batch again.")
