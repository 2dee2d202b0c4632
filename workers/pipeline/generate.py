"""Stage 3: a planned item to a written question, offline.

The plan is not trusted: before anything is written, the facts must still say that the true finding
of each axis is there, as the only value of its attribute, and that the false one is nowhere.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from annotation_configs.load import Vocabulary
from annotation_configs.load import vocabulary as default_vocabulary
from webapp.generation.catalog import TripletFacts
from webapp.generation.factorial import CELLS
from webapp.generation.planned import PlannedItem
from webapp.generation.slots import Evidence, evidence
from webapp.generation.wording import Question, options, question_of, stem
from webapp.items.mcq import Dimension, Mcq, Option, new_option_ids, validate
from workers.pipeline.rationale import explain

NAME = "factorial"
VERSION = "1"


class GenerateError(ValueError):
    """A plan that the facts do not bear out (any more); the message says which finding."""


@dataclass(frozen=True)
class Draft:
    mcq: Mcq
    provenance: dict[str, object]
    """What made it, as plain JSON: generator, version, words, seed and the plan."""


def generate(
    planned: PlannedItem, facts: TripletFacts, vocabulary: Vocabulary | None = None
) -> Draft:
    """The same plan and facts give the same draft, to the option ids and their order."""
    words = vocabulary or default_vocabulary()
    known = evidence(facts, words)
    question = question_of(planned, words)
    bear_out(planned, question, known)
    return Draft(_written(planned, question, known, words), _provenance(planned, words))


def bear_out(planned: PlannedItem, question: Question, known: Evidence) -> None:
    """Raise GenerateError where the facts do not say (any more) what the plan rests on."""
    if planned.triplet != known.uid:
        raise GenerateError(f"The plan is for {planned.triplet}, the facts are of {known.uid}.")
    needed = [question.first.true, question.second.true]
    needed += [question.subject] if question.subject else []
    for one in needed:
        if one not in known.features:
            raise GenerateError(
                f"The captions do not show {one.phrase!r} beyond doubt any more; "
                "plan the batch again."
            )
    for one in (question.first.false, question.second.false):
        if (one.attribute, one.value) in known.mentioned:
            raise GenerateError(f"The captions do show {one.phrase!r}; plan the batch again.")


def laid_out(
    planned: PlannedItem, texts: Sequence[str]
) -> tuple[tuple[str, ...], tuple[Option, ...]]:
    """The ids in the order of CELLS, as `texts` are, and the options as they are shown."""
    rng = random.Random(planned.seed)
    ids = new_option_ids(rng, len(CELLS))
    key, *others = (Option(uid, text) for uid, text in zip(ids, texts, strict=True))
    others = rng.sample(others, len(others))
    return ids, (*others[: planned.key_place], key, *others[planned.key_place :])


def _written(
    planned: PlannedItem, question: Question, known: Evidence, vocabulary: Vocabulary
) -> Mcq:
    ids, shown = laid_out(planned, options(question, vocabulary))
    mcq = Mcq(
        dimension=Dimension(planned.dimension),
        stem=stem(question, frozenset(known.present), vocabulary),
        options=shown,
        key=ids[0],
        rationale=explain(question, ids, shown),
        scales=frozenset(known.present),
    )
    validate(mcq)
    return mcq


def _provenance(planned: PlannedItem, vocabulary: Vocabulary) -> dict[str, object]:
    return {
        "generator": NAME,
        "version": VERSION,
        "vocabulary": vocabulary.digest,
        "template": f"{planned.dimension}/{planned.template}",
        "seed": planned.seed,
        "plan": planned.as_json(),
    }
