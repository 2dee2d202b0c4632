"""What a batch would begin with, before anything is stored or spent.

Only so many triplets are read and only so many items planned, for a person waits. Captions are read
by rule alone: what a model would find beside that is known when it is asked.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from annotation_configs.load import vocabulary
from webapp.core.money import usd
from webapp.generation.catalog import TripletFacts
from webapp.generation.config import OFFLINE, BatchConfig, Scheme
from webapp.generation.facts import facts_of
from webapp.generation.plan import plan_items
from webapp.generation.planned import PlannedItem
from webapp.generation.preview import StageCost, estimate, in_all, work_of
from webapp.generation.queries import (
    captions_unread,
    models_on_offer,
    tied_patients,
    triplets_with_captions,
)
from webapp.generation.wording import options, question_of, stem
from webapp.slides.models import Triplet

SAMPLE = 60
"""Triplets that are read: each takes some milliseconds."""
MOST_PLANNED = 200
SHOWN = 6


@dataclass(frozen=True)
class Shown:
    """A planned item in words; the stem of a free one is the model's to write anew."""

    planned: PlannedItem
    stem: str
    options: tuple[tuple[str, bool], ...]
    """Each text and whether it is the key, in the order of the plan."""


@dataclass(frozen=True)
class DryRun:
    """`triplets` could be asked about, `read` of them were; `planned` of the items asked for were
    tried out.
    """

    items: tuple[Shown, ...]
    notes: tuple[str, ...]
    triplets: int
    read: int
    planned: int
    costs: tuple[StageCost, ...] = ()

    @property
    def is_sample(self) -> bool:
        return self.read < self.triplets


def dry_run(config: BatchConfig, *, seed: int, shown: int = SHOWN) -> DryRun:
    """The first `shown` items of the plan; of a sample of the triplets where there are many.

    Raises:
        PlanError: no plan can be made; the sentence says why.
    """
    ids = _triplet_ids(config)
    chosen = sorted(random.Random(seed).sample(ids, min(SAMPLE, len(ids))))
    facts = [facts_of(one, {}) for one in triplets_with_captions().filter(pk__in=chosen)]
    planning = plan_items(
        facts,
        dimensions=config.dimensions,
        count=min(config.count, MOST_PLANNED),
        seed=seed,
        scheme=config.scheme,
        free_share=0.0 if config.generator == OFFLINE else config.free_share,
        tied=tied_patients() if config.scheme == Scheme.TWINS else (),
    )
    items = list(planning)
    return DryRun(
        items=_in_words(items[:shown], facts),
        notes=planning.notes,
        triplets=len(ids),
        read=len(facts),
        planned=len(items),
        costs=_costs(config, items, whole=len(facts) == len(ids)),
    )


def _costs(
    config: BatchConfig, items: Sequence[PlannedItem], *, whole: bool
) -> tuple[StageCost, ...]:
    """Of all the items asked for, or of those that there can be where that is known."""
    fewer = whole and len(items) < min(config.count, MOST_PLANNED)
    count = len(items) if fewer else config.count
    captions = captions_unread(config.slides, config.decomposer)
    work = work_of(items, count=count, captions=captions)
    return estimate(config, work, models_on_offer())


def _triplet_ids(config: BatchConfig) -> list[int]:
    found = Triplet.objects.filter(rois__caption__gt="").distinct().order_by("pk")
    if config.slides:
        found = found.filter(slide_id__in=config.slides)
    return list(found.values_list("pk", flat=True))


def _in_words(items: Sequence[PlannedItem], facts: Sequence[TripletFacts]) -> tuple[Shown, ...]:
    words = vocabulary()
    scales = {one.uid: frozenset(one.captions) for one in facts}
    shown = []
    for item in items:
        question = question_of(item, words)
        key, *others = options(question, words)
        texts = [(text, False) for text in others]
        texts.insert(item.key_place, (key, True))
        shown.append(Shown(item, stem(question, scales[item.triplet], words), tuple(texts)))
    return tuple(shown)


def as_json(run: DryRun, *, keys: bool) -> dict[str, Any]:
    """As plain JSON; with `keys`, each option says whether it is the key."""
    expected, most = in_all(run.costs)
    return {
        "triplets": run.triplets,
        "read": run.read,
        "planned": run.planned,
        "notes": list(run.notes),
        "expected_usd": usd(expected),
        "most_usd": usd(most),
        "costs": [
            {**vars(one), "usd": usd(one.usd), "most_usd": usd(one.most_usd)} for one in run.costs
        ],
        "items": [_shown_as_json(one, keys) for one in run.items],
    }


def _shown_as_json(one: Shown, keys: bool) -> dict[str, Any]:
    names = ("number", "triplet", "dimension", "pool", "twin_group", "balanced")
    return {
        **{name: getattr(one.planned, name) for name in names},
        "stem": one.stem,
        "options": [
            {"text": text, "is_key": is_key if keys else None} for text, is_key in one.options
        ],
    }
