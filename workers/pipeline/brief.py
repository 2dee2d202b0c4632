"""What a model is told of one question: the plan in words, the captions, the rules.

Twins are told of without a word on which option is true: their cells go by the words' own order, no
caption is shown, and nothing of slide, seed or number enters. So all members of a group ask for the
same, pay once and get the same text.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from annotation_configs.load import SUMMARY, Vocabulary, dimension
from webapp.generation.catalog import Feature, TripletFacts
from webapp.generation.factorial import CELLS, Axis
from webapp.generation.planned import PlannedItem
from webapp.generation.slots import Evidence, evidence
from webapp.generation.wording import Question, in_order, joined, label, question_of, stem, versions
from workers.llm.types import Request
from workers.pipeline.generate import bear_out
from workers.pipeline.prompting import request_for

CELL_NAMES = ("both", "first_only", "second_only", "neither")
"""Of a question about one slide, in the order of CELLS: which of its findings are true."""
TWIN_CELL_NAMES = ("w", "x", "y", "z")
"""Of twins: the cells in the order of the words, which tells nothing."""
ALL_VIEWS = "all views"
MAX_CAPTION_CHARS = 3_000
"""What a writer is shown of one caption. The longest published one has 2,100."""
MOST_LESSONS = 40
"""Beyond these the oldest are left out: a prompt of rules alone is not followed."""
_EVIDENCE_KEPT = 512


@dataclass(frozen=True)
class Brief:
    planned: PlannedItem
    facts: TripletFacts
    known: Evidence
    question: Question
    vocabulary: Vocabulary
    firsts: tuple[str, str]
    """What stands in the first gap of an option: the true version, then the false."""
    seconds: tuple[str, str]
    fixed_stem: str
    """Empty where the model words it."""

    @property
    def twins(self) -> bool:
        return bool(self.planned.twin_group)

    @property
    def prompt_name(self) -> str:
        return f"generate_{self.planned.dimension}"

    @property
    def cells(self) -> tuple[tuple[str, str, str], ...]:
        """The name of each cell and what stands in its gaps, in the order of CELLS."""
        pairs = [(self.firsts[not one], self.seconds[not other]) for one, other in CELLS]
        if not self.twins:
            return tuple((name, *pair) for name, pair in zip(CELL_NAMES, pairs, strict=True))
        places = sorted(pairs)
        return tuple((TWIN_CELL_NAMES[places.index(pair)], *pair) for pair in pairs)


def brief(planned: PlannedItem, facts: TripletFacts, vocabulary: Vocabulary) -> Brief:
    """Raises PlanError or GenerateError where the facts do not bear the plan out."""
    known = _evidence(facts, vocabulary)
    question = question_of(planned, vocabulary)
    bear_out(planned, question, known)
    firsts, seconds = versions(question)
    fixed = "" if planned.pool == "free" else stem(question, frozenset(known.present), vocabulary)
    return Brief(planned, facts, known, question, vocabulary, firsts, seconds, fixed)


@lru_cache(maxsize=_EVIDENCE_KEPT)
def _evidence(facts: TripletFacts, vocabulary: Vocabulary) -> Evidence:
    """A triplet has several questions; what it shows is worked out once."""
    return evidence(facts, vocabulary)


def request(
    told: Brief,
    *,
    model: str,
    lessons: tuple[str, ...] = (),
    complaints: tuple[str, ...] = (),
    asking: int = 0,
) -> Request:
    kind = dimension(told.planned.dimension)
    return request_for(
        told.prompt_name,
        model,
        twins=told.twins,
        asking=asking,
        shared=told.twins,
        title=kind.title,
        definition=kind.definition,
        plan=json.dumps(_plan(told), ensure_ascii=False, indent=1),
        captions=() if told.twins else _captions(told),
        rules=kind.constraints,
        lessons=lessons[-MOST_LESSONS:],
        complaints=complaints,
    )


def view(feature: Feature) -> str:
    return ALL_VIEWS if feature.scale == SUMMARY else label(feature.scale)


def refutation(told: Brief, cell: str) -> tuple[str, str]:
    """The discriminator of a distractor and the view that refutes it; empty for the key."""
    if cell == "both":
        return "", ""
    if cell == "first_only":
        return told.seconds[1], view(told.question.second.true)
    return told.firsts[1], view(told.question.first.true)


def _plan(told: Brief) -> dict[str, Any]:
    question = told.question
    plan: dict[str, Any] = {
        "views": joined(told.known.present),
        "stem": told.fixed_stem or "yours to word",
    }
    if question.claim is not None:
        plan["impression"] = question.claim.phrase
        plan["impression_from"] = label(in_order(told.known.present)[0])
    if question.subject is not None:
        plan["appearance"] = told.vocabulary.attribute(question.subject.attribute).noun
        plan["appearance_at"] = label(question.subject.scale)
    plan["finding_1"] = _finding(told, question.first, told.firsts)
    plan["finding_2"] = _finding(told, question.second, told.seconds)
    cells = sorted(told.cells) if told.twins else told.cells
    plan["cells"] = [_cell(told, *cell) for cell in cells]
    return plan


def _finding(told: Brief, axis: Axis, words: tuple[str, str]) -> dict[str, Any]:
    question = told.question
    found: dict[str, Any] = {
        "view": view(axis.true),
        "versions": sorted(words) if told.twins else list(words),
    }
    if question.dimension == "C":
        found["compartment"] = told.vocabulary.attribute(axis.true.attribute).site
    if question.dimension == "E":
        ends = [(axis.true.reading, axis.true.phrase), (axis.false.reading, axis.false.phrase)]
        found["rests_on"] = dict(sorted(ends) if told.twins else ends)
    if question.claim is not None and axis is question.first and not told.twins:
        found["seen_there"] = axis.true.phrase
    return found


def _cell(told: Brief, name: str, first: str, second: str) -> dict[str, str]:
    cell = {"cell": name, "finding_1": first, "finding_2": second}
    if told.twins:
        return cell
    cell["role"] = "key" if name == "both" else "distractor"
    discriminator, refuted_at = refutation(told, name)
    if discriminator:
        cell |= {"discriminator": discriminator, "refuted_at": refuted_at}
    return cell


def _captions(told: Brief) -> tuple[tuple[str, str], ...]:
    captions = told.facts.captions
    shown = [(label(scale), captions[scale]) for scale in told.known.present]
    shown += [("all_views", told.facts.summary)] if told.facts.summary.strip() else []
    return tuple((name, text[:MAX_CAPTION_CHARS]) for name, text in shown)
