"""Plans and facts for tests of the stages, made once."""

import asyncio
from collections.abc import Coroutine, Mapping
from functools import cache
from typing import Any, TypeVar

from annotation_configs.load import vocabulary
from tests.generation.made_facts import made_facts
from webapp.generation.catalog import TripletFacts
from webapp.generation.config import BatchConfig, Scheme
from webapp.generation.plan import make_plan
from webapp.generation.planned import PlannedItem
from workers.pipeline.brief import Brief, brief
from workers.pipeline.rounds import Recipe

T = TypeVar("T")
WRITER, GUESSER, OTHER_GUESSER = "writer", "guesser", "other-guesser"


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


@cache
def facts() -> Mapping[str, TripletFacts]:
    return {one.uid: one for one in made_facts(48, seed=1)}


@cache
def items(scheme: Scheme = Scheme.FACTORIAL, free_share: float = 0.5) -> tuple[PlannedItem, ...]:
    plan = make_plan(
        list(facts().values()),
        dimensions="ABCDE",
        count=100,
        seed=1,
        scheme=scheme,
        free_share=free_share,
    )
    return plan.items


def item(dimension: str = "A", *, pool: str = "free", scheme: Scheme = Scheme.FACTORIAL) -> Any:
    """The first planned one of its kind."""
    return next(one for one in items(scheme) if (one.dimension, one.pool) == (dimension, pool))


def told(planned: PlannedItem) -> Brief:
    return brief(planned, facts()[planned.triplet], vocabulary())


def recipe(**changes: Any) -> Recipe:
    """A model writes, another guesses; `changes` are fields of the config or of the recipe."""
    outer = {name: changes.pop(name) for name in ("constraints", "probe", "asking_from")
             if name in changes}  # fmt: skip
    values = {"generator": WRITER, "adversaries": (GUESSER,), **changes}
    config = BatchConfig(dimensions=tuple("ABCDE"), count=100, **values)
    return Recipe(config=config, **outer)
