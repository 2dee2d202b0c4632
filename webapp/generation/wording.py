"""A plan put into words: the stem and the four option texts, by the dimension's fixed templates."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from annotation_configs.load import Template, Vocabulary, dimension, scales
from webapp.generation.catalog import Feature, features_of
from webapp.generation.factorial import Axis, FactorialError, cross
from webapp.generation.planned import PlanError, PlannedItem

BORNE_OUT, RULED_OUT = "is borne out", "is ruled out"
"""What becomes of an impression; of one length, and either is the truth in half of the plans."""


@dataclass(frozen=True)
class Question:
    """The parts of a question before they are words."""

    dimension: str
    template: Template
    first: Axis
    second: Axis
    claim: Feature | None = None
    """B: the impression, either end of the first axis."""
    subject: Feature | None = None
    """D: the appearance to be explained."""


def question_of(planned: PlannedItem, vocabulary: Vocabulary) -> Question:
    """The plan's ids as findings, template and axes.

    Raises:
        PlanError: the vocabulary or the dimension's file has changed since.
    """
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


def label(scale: str) -> str:
    """How a text names a field: 10x, 40x or 200x."""
    return next(one.label for one in scales() if one.name == scale)


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """The scales, widest first, each once; the summary, which is no field, is left out."""
    wanted = set(names)
    return tuple(one.name for one in scales() if one.name in wanted)


def joined(names: Iterable[str]) -> str:
    """`10x`, `10x and 40x` or `10x, 40x and 200x`."""
    labels = [label(name) for name in in_order(names)]
    return " and ".join(filter(None, (", ".join(labels[:-1]), *labels[-1:])))


def stem(question: Question, present: frozenset[str], vocabulary: Vocabulary) -> str:
    """`present` are the scales that the triplet has."""
    wide, close = _wide_and_close(question, present)
    subject = question.subject
    return question.template.stem.format(
        wide=wide,
        close=close,
        views=joined(present),
        claim=question.claim.phrase if question.claim else "",
        noun=vocabulary.attribute(subject.attribute).noun if subject else "",
    )


def options(question: Question, vocabulary: Vocabulary) -> tuple[str, ...]:
    """The four texts in the order of factorial.CELLS: the key first."""
    sites = {
        "site_a": vocabulary.attribute(question.first.true.attribute).site,
        "site_b": vocabulary.attribute(question.second.true.attribute).site,
    }
    parts = cross(_first_words(question), _words(question, question.second))
    return tuple(capitalised(question.template.option.format(a=a, b=b, **sites)) for a, b in parts)


def versions(question: Question) -> tuple[tuple[str, str], tuple[str, str]]:
    """What fills the two gaps of an option: of each finding the true version, then the false."""
    first, second = _first_words(question), _words(question, question.second)
    return (first(True), first(False)), (second(True), second(False))


def outcome(question: Question, true: bool) -> str:
    """B: what the first part of an option says of the impression."""
    agrees = (question.claim == question.first.true) is true
    return BORNE_OUT if agrees else RULED_OUT


def capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def _wide_and_close(question: Question, present: frozenset[str]) -> tuple[str, str]:
    first, second = question.first.true.scale, question.second.true.scale
    if question.dimension == "A":
        return label(first), label(second)
    widest = question.subject.scale if question.subject else in_order(present)[0]
    return label(widest), joined({first, second})


def _first_words(question: Question) -> Callable[[bool], str]:
    if question.claim is not None:
        return lambda true: outcome(question, true)
    return _words(question, question.first)


def _words(question: Question, axis: Axis) -> Callable[[bool], str]:
    if question.dimension == "E":
        return lambda true: axis.end(true).reading
    return lambda true: axis.end(true).phrase
