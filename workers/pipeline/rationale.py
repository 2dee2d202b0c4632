"""Why the key is right and the others are not, by rule: the key first, then what each other option
gets wrong, and at which scale.
"""

from collections.abc import Iterator, Sequence

from annotation_configs.load import SUMMARY
from webapp.generation.catalog import Feature
from webapp.generation.factorial import CELLS
from webapp.generation.wording import Question, label, outcome
from webapp.items.mcq import Option, token


def explain(question: Question, ids: Sequence[str], shown: Sequence[Option]) -> str:
    """`ids` are in the order of CELLS; the other options are gone through as they are shown."""
    return " ".join(_sentences(question, ids, shown))


def _sentences(question: Question, ids: Sequence[str], shown: Sequence[Option]) -> Iterator[str]:
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
