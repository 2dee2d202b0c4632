"""A slot's question through all its rounds: written, screened, and where it leaks written again."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from webapp.generation.catalog import TripletFacts
from webapp.generation.config import OFFLINE, BatchConfig
from webapp.generation.made import Made, Round, ScreeningRecord
from webapp.generation.planned import PlanError, PlannedItem
from webapp.items.lint import lint
from webapp.items.mcq import Mcq
from workers.llm.types import Asker
from workers.pipeline.generate import Draft, GenerateError, generate
from workers.pipeline.screen import Probe, screen, screen_probe


class NotMade(ValueError):
    """Why a slot has no question; one sentence that is the same for all slots of one cause."""


@dataclass(frozen=True)
class Recipe:
    """How the questions of a batch are made.

    `constraints` are the wordings learned before the launch, by dimension. `asking_from` counts the
    tries of the slot: a slot tried anew is asked anew and not answered from the record.
    """

    config: BatchConfig
    constraints: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    probe: Probe | None = None
    asking_from: int = 0


async def make(
    planned: PlannedItem, facts: TripletFacts, recipe: Recipe, asker: Asker | None = None
) -> Made:
    """The question of a slot with all its rounds; the same plan, facts, recipe and replies give the
    same. `asker` may be left out where the recipe names no model.

    Raises:
        NotMade: the plan does not hold, or no model gave anything to judge.
        LlmError: of workers.llm.errors; nothing is lost, the batch pauses.
    """
    if recipe.config.generator != OFFLINE or recipe.config.adversaries:
        raise NotMade("No model can be asked yet; launch the batch offline.")
    draft = _offline(planned, facts)
    screenings = _silent_screenings(draft.mcq, facts, recipe)
    return Made((Round(draft.mcq, dict(draft.provenance), screenings),))


def _offline(planned: PlannedItem, facts: TripletFacts) -> Draft:
    try:
        draft = generate(planned, facts)
    except (PlanError, GenerateError) as error:
        raise NotMade(str(error)) from error
    broken = [finding for finding in lint(draft.mcq) if finding.severity == "error"]
    if broken:
        raise NotMade(f"{broken[0].rule}: {broken[0].message}")
    return draft


def _silent_screenings(
    mcq: Mcq, facts: TripletFacts, recipe: Recipe
) -> tuple[ScreeningRecord, ...]:
    """Those that need no model."""
    found = screen(mcq)
    if recipe.probe is None or not recipe.config.use_probe:
        return found
    return (*found, screen_probe(mcq, facts.patient, recipe.probe))
