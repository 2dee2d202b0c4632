"""A slot's question through all its rounds: written, screened, and where it leaks written again.

What a round does hangs on the plan, the facts, the recipe and the replies alone: its constraints
are those of the launch and the slot's own, never another slot's. So a run that was interrupted and
one that was not make the same items.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from annotation_configs.load import vocabulary
from webapp.generation.catalog import TripletFacts
from webapp.generation.config import OFFLINE, BatchConfig
from webapp.generation.factorial import CELLS
from webapp.generation.made import Learned, Made, Round, ScreeningRecord
from webapp.generation.planned import PlanError, PlannedItem
from webapp.items.lint import lint
from webapp.items.mcq import Mcq
from workers.llm.types import Asker
from workers.pipeline.adversary import Trial, try_models
from workers.pipeline.asking import Patience
from workers.pipeline.brief import Brief, brief
from workers.pipeline.generate import Draft, GenerateError, generate, laid_out
from workers.pipeline.refine import learn_from_models, learned_by_rule, unlike
from workers.pipeline.screen import Probe, screen, screen_form, screen_probe
from workers.pipeline.write import NOTHING, Writing, write

EVERY_CELL = "".join(map(str, range(len(CELLS))))


class NotMade(ValueError):
    """Why a slot has no question; one sentence that is the same for all slots of one cause."""


@dataclass(frozen=True)
class Recipe:
    """How the questions of a batch are made.

    `constraints` are the wordings learned before the launch, by dimension. `asking_from` counts the
    earlier tries of the slot (workers.pipeline.asking.Patience).
    """

    config: BatchConfig
    constraints: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    probe: Probe | None = None
    asking_from: int = 0

    @property
    def patience(self) -> Patience:
        return Patience(self.asking_from)


@dataclass(frozen=True)
class Screened:
    """`trials` are those of models, which can be asked for their reasons."""

    silent: tuple[ScreeningRecord, ...]
    trials: tuple[Trial, ...] = ()

    @property
    def records(self) -> tuple[ScreeningRecord, ...]:
        return (*self.silent, *(trial.record for trial in self.trials))


async def make(
    planned: PlannedItem, facts: TripletFacts, recipe: Recipe, asker: Asker | None = None
) -> Made:
    """The question of a slot with all its rounds; the same plan, facts, recipe and replies give the
    same. `asker` may be left out where the recipe names no model.

    Raises:
        NotMade: the plan does not hold, or no model gave anything to judge.
        LlmError: of workers.llm.errors; nothing is lost, the batch pauses.
    """
    if asker is None and recipe.config.models:
        raise NotMade(f"{recipe.config.models[0]} cannot be asked here; launch the batch offline.")
    if recipe.config.generator == OFFLINE or asker is None:
        return await _make_offline(planned, facts, recipe, asker)
    return await _make_by_model(planned, facts, recipe, asker)


async def screen_question(
    mcq: Mcq,
    patient: str,
    recipe: Recipe,
    asker: Asker | None,
    *,
    forms: Mapping[str, str] | None = None,
    true_somewhere: tuple[str, ...] = (),
) -> Screened:
    """Every adversary of the recipe. Those that cost nothing come first: a question that leaks by
    them is to be written again, and no model is paid to say so once more.

    Raises:
        LlmError: of workers.llm.errors.
    """
    silent = list(screen(mcq))
    if forms is not None:
        silent.append(screen_form(mcq, forms))
    if recipe.probe is not None and recipe.config.use_probe:
        silent.append(screen_probe(mcq, patient, recipe.probe, twins=bool(true_somewhere)))
    if asker is None or any(one.leaks for one in silent):
        return Screened(tuple(silent))
    trials = await try_models(
        mcq,
        asker,
        models=recipe.config.adversaries,
        orders=recipe.config.orders,
        patience=recipe.patience,
        true_somewhere=true_somewhere,
    )
    return Screened(tuple(silent), tuple(trials))


async def _make_offline(
    planned: PlannedItem, facts: TripletFacts, recipe: Recipe, asker: Asker | None
) -> Made:
    """One round: fixed wording cannot be written again."""
    draft = _offline(planned, facts)
    screened = await screen_question(
        draft.mcq, facts.patient, recipe, asker, true_somewhere=_true_somewhere(planned, draft.mcq)
    )
    _refuse_silence(screened)
    provenance = _provenance(draft, 1, screened)
    return Made((Round(draft.mcq, provenance, screened.records),))


def _offline(planned: PlannedItem, facts: TripletFacts) -> Draft:
    try:
        draft = generate(planned, facts)
    except (PlanError, GenerateError) as error:
        raise NotMade(str(error)) from error
    broken = [finding for finding in lint(draft.mcq) if finding.severity == "error"]
    if broken:
        raise NotMade(f"{broken[0].rule}: {broken[0].message}")
    return draft


async def _make_by_model(
    planned: PlannedItem, facts: TripletFacts, recipe: Recipe, asker: Asker
) -> Made:
    try:
        told = brief(planned, facts, vocabulary())
    except (PlanError, GenerateError) as error:
        raise NotMade(str(error)) from error
    lessons = recipe.constraints.get(planned.dimension, ())
    model = recipe.config.generator
    rounds: list[Round] = []
    worn_out: tuple[str, ...] = ()
    writing = NOTHING
    for number in range(1, recipe.config.rounds + 1):
        fresh = await write(
            told, asker, model=model, lessons=lessons, worn_out=worn_out,
            complaints=writing.complaints, round_number=number, patience=recipe.patience,
        )  # fmt: skip
        writing = fresh.after(writing) if writing.draft is None else fresh
        if writing.draft is None:
            continue
        made = await _round(told, writing, writing.draft, number, lessons, recipe, asker)
        rounds.append(made)
        if not made.leaks:
            break
        lessons = (*lessons, *unlike(lessons, made.learned))
        worn_out = tuple(dict.fromkeys((*worn_out, *_worn_out(writing))))
    if not rounds:
        raise NotMade(f"{model} wrote nothing that can be used; at last, {writing.cause}.")
    return Made(tuple(rounds))


async def _round(
    told: Brief,
    writing: Writing,
    draft: Draft,
    number: int,
    lessons: tuple[str, ...],
    recipe: Recipe,
    asker: Asker,
) -> Round:
    screened = await screen_question(
        draft.mcq,
        told.facts.patient,
        recipe,
        asker,
        forms=writing.forms,
        true_somewhere=_true_somewhere(told.planned, draft.mcq),
    )
    _refuse_silence(screened)
    learned = await _lessons(told, draft.mcq, screened, recipe, asker)
    provenance = _provenance(draft, number, screened, writing, learned) | {"lessons": list(lessons)}
    return Round(draft.mcq, provenance, screened.records, tuple(learned))


async def _lessons(
    told: Brief, mcq: Mcq, screened: Screened, recipe: Recipe, asker: Asker
) -> list[Learned]:
    leaking = [trial for trial in screened.trials if trial.record.leaks]
    return [
        *(learned_by_rule(one) for one in screened.silent if one.leaks),
        *await learn_from_models(mcq, leaking, asker, told.vocabulary, recipe.patience),
    ]


def _worn_out(writing: Writing) -> tuple[str, ...]:
    """The form of words that stood out is not to be used again: a lesson that was known already
    would change nothing. Forms that differ are told of by their lesson.
    """
    forms = set(writing.forms.values())
    if len(forms) > 1:
        return ()
    return tuple(
        f'In the form "{form}" one of the options stood out. Choose a form that is quite '
        "different, and where the stem is yours, word it anew."
        for form in forms
    )


def _refuse_silence(screened: Screened) -> None:
    """No verdict is no pass. A model that leaks beside one that is silent has decided already."""
    if any(one.leaks for one in screened.records):
        return
    for one in screened.records:
        if one.verdict == "none":
            raise NotMade(f"No verdict from {one.adversary}: {one.reasoning}")


def _true_somewhere(planned: PlannedItem, mcq: Mcq) -> tuple[str, ...]:
    """Of twins, the options that are true of some member; empty for a question about one slide."""
    if not planned.twin_group:
        return ()
    ids, _ = laid_out(planned, mcq.texts)
    return tuple(ids[int(cell)] for cell in planned.group_keys or EVERY_CELL)


def _provenance(
    draft: Draft,
    number: int,
    screened: Screened,
    writing: Writing | None = None,
    learned: list[Learned] | None = None,
) -> dict[str, Any]:
    """What made the draft, and the ids of the calls of each stage."""
    calls = {
        "generate": list(writing.calls) if writing else [],
        "screen": [call for trial in screened.trials for call in trial.record.calls],
        "refine": [one.call for one in learned or () if one.call],
    }
    provenance: dict[str, Any] = {**draft.provenance, "round": number, "calls": calls}
    if writing is not None and writing.turned_down:
        provenance["turned_down"] = list(writing.turned_down)
    return provenance
