"""What a batch is launched with, as plain values: the snapshot that its row keeps."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

OFFLINE = "offline"
"""The generator without a model: fixed templates filled in by rule."""
RULES = "rules"
"""The decomposer without a model: the vocabulary's patterns."""

MAX_ORDERS = 8
MAX_ROUNDS = 5


class Scheme(StrEnum):
    """How the four options relate to each other and to other questions."""

    FACTORIAL = "factorial"
    """2×2: two findings, each true or false, crossed."""
    TWINS = "twins"
    """The same, and each text is asked of several patients, another option being true of each."""


@dataclass(frozen=True)
class BatchConfig:
    """`generator`, `decomposer` and `adversaries` are names of annotation_configs/models.yaml.

    `orders` is under how many option orders each model is asked without images, `rounds` how often
    a question may be written at most. `constraints` are ids of ConstraintVersion. `free_share` is
    the part of the questions whose stem the model words itself (0 to 1; 0 offline).
    """

    dimensions: tuple[str, ...]
    count: int
    slides: tuple[int, ...] = ()
    scheme: Scheme = Scheme.FACTORIAL
    generator: str = OFFLINE
    decomposer: str = RULES
    adversaries: tuple[str, ...] = ()
    orders: int = 4
    rounds: int = 3
    free_share: float = 0.5
    constraints: tuple[int, ...] = ()
    use_probe: bool = True

    @property
    def models(self) -> tuple[str, ...]:
        """Every model that the batch calls, each once."""
        named = [self.decomposer, self.generator, *self.adversaries]
        return tuple(dict.fromkeys(one for one in named if one not in (OFFLINE, RULES)))

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "BatchConfig":
        """Also reads what was stored before a field existed: it then has its default."""
        lists = ("dimensions", "slides", "adversaries", "constraints")
        values: dict[str, Any] = dict(stored)
        values.update({name: tuple(stored[name]) for name in lists if name in stored})
        values["scheme"] = Scheme(stored.get("scheme", Scheme.FACTORIAL))
        return cls(**values)
