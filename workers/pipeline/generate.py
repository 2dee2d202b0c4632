"""Stage 3: a planned item to a written question, offline.

The plan is not trusted: before anything is written, the facts must still say that the true finding
of each axis is there, as the only value of its attribute, and that the false one is nowhere.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from annotation_configs.load import SUMMARY, Vocabulary, dimension
from annotation_configs.load import vocabulary as default_vocabulary
from webapp.generation.catalog import Feature, TripletFacts, features_of
from webapp.generation.factorial import CELLS, Axis, FactorialError
from webapp.generation.planned import PlanError, PlannedItem
from webapp.generation.slots import Evidence, evidence
from webapp.generation.wording import (
    Question,
    label,
    options,
    outcome,
    stem,
)
from webapp.items.mcq import Dimension, Mcq, Option, new_option_ids, token, validate

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


def question_of(planned: PlannedItem, vocabulary: Vocabulary) -> Question:
    """The plan's ids as findings, template and axes."""
    features = features_of(vocabulary)

    def find(uid: str) -> Feature:
        if uid not in features:
            raise PlanError(f"The vocabulary has no {uid!r} any more; plan the batch again.")
        return features[uid]

    for template in dimension(planned.dimension).templates:
        if template.name == planned.template:
            break
    else:
        raise PlanError(
            f"Dimension {planned.dimension} has no template {planned.template!r}; plan again."
        )
    try:
        first = Axis(find(planned.first_true), find(planned.first_false))
        second = Axis(find(planned.second_true), find(planned.second_false))
    except FactorialError as error:
        raise PlanError(str(error)) from error
    return Question(
        dimension=planned.dimension,
        template=template,
        first=first,
        second=second,
        claim=find(planned.claim) if planned.claim else None,
        subject=find(planned.subject) if planned.subject else None,
    )


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


def _written(
    planned: PlannedItem, question: Question, known: Evidence, vocabulary: Vocabulary
) -> Mcq:
    rng = random.Random(planned.seed)
    ids = new_option_ids(rng, len(CELLS))
    by_cell = tuple(
        Option(uid, text) for uid, text in zip(ids, options(question, vocabulary), strict=True)
    )
    key, others = by_cell[0], rng.sample(by_cell[1:], len(by_cell) - 1)
    shown = (*others[: planned.key_place], key, *others[planned.key_place :])
    mcq = Mcq(
        dimension=Dimension(planned.dimension),
        stem=stem(question, frozenset(known.present), vocabulary),
        options=shown,
        key=key.id,
        rationale=" ".join(_rationale(question, ids, shown)),
        scales=frozenset(known.present),
    )
    validate(mcq)
    return mcq


def _rationale(
    question: Question, ids: tuple[str, ...], shown: tuple[Option, ...]
) -> Iterator[str]:
    """The key first; then what each other option gets wrong, and at which scale."""
    cell_of = dict(zip(ids, CELLS, strict=True))
    yield f"{token(ids[0])} is right: {_finding(question, 0)}, and {_finding(question, 1)}."
    for option in shown:
        first, second = cell_of[option.id]
        wrong = [
            _correction(question, place) for place, true in enumerate((first, second)) if not true
        ]
        if wrong:
            yield f"{token(option.id)} is wrong: {', and '.join(wrong)}."
    if question.subject is not None:
        wide = label(question.subject.scale)
        yield f"What this explains is {question.subject.phrase} in the {wide} view."


def _finding(question: Question, place: int) -> str:
    axis = (question.first, question.second)[place]
    seen = _seen(question, axis.true)
    if place == 0 and question.claim is not None:
        return (
            f"{seen}, so that the impression of {question.claim.phrase} {outcome(question, True)}"
        )
    return seen


def _correction(question: Question, place: int) -> str:
    axis = (question.first, question.second)[place]
    seen = _seen(question, axis.true)
    if place == 0 and question.claim is not None:
        return f"{seen}, by which the impression {outcome(question, True)}"
    return f"{seen} and not {axis.false.phrase}"


def _seen(question: Question, one: Feature) -> str:
    where = (
        "all views together show" if one.scale == SUMMARY else f"the {label(one.scale)} view shows"
    )
    reading = f" ({one.reading})" if question.dimension == "E" else ""
    return f"{where} {one.phrase}{reading}"


def _provenance(planned: PlannedItem, vocabulary: Vocabulary) -> dict[str, object]:
    return {
        "generator": NAME,
        "version": VERSION,
        "vocabulary": vocabulary.digest,
        "template": f"{planned.dimension}/{planned.template}",
        "seed": planned.seed,
        "plan": planned.as_json(),
    }
