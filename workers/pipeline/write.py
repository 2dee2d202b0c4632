"""Stage 3 with a model: it words a planned question, and what it returns is held against the plan.

The findings stand in the options word for word, so a model decides on the form and, in the free
pool, on the stem. Where the reply is none or has a defect, it is asked again with the complaints.
"""

from dataclasses import dataclass, replace

from pydantic import BaseModel

from webapp.generation.wording import capitalised
from webapp.items.mcq import TOKEN, Dimension, Mcq, token, validate
from workers.llm.types import Asker, Outcome, Reply
from workers.pipeline.asking import CAUSES, Patience, usable
from workers.pipeline.brief import Brief, refutation, request
from workers.pipeline.defects import Defect, form, lint_defects, reply_defects
from workers.pipeline.generate import Draft, laid_out
from workers.pipeline.rationale import explain
from workers.pipeline.schemas import TwinsWritten, Written

VERSION = "1"
MOST_COMPLAINTS = 6
ASKINGS_OF_A_ROUND = 100
"""Keeps a round's askings apart from the next's, whose prompt may be the same."""


@dataclass(frozen=True)
class Writing:
    """What came of one round: a draft with the form of each option by its id, or why none."""

    draft: Draft | None
    calls: tuple[int, ...]
    forms: dict[str, str]
    cause: str = ""
    complaints: tuple[str, ...] = ()
    """About the last reply, to be told in the next round."""
    turned_down: tuple[str, ...] = ()
    """What was wrong with each reply that was not used."""

    def after(self, lost: "Writing") -> "Writing":
        """With the calls and faults of rounds before it that came to nothing."""
        return replace(
            self,
            calls=(*lost.calls, *self.calls),
            turned_down=(*lost.turned_down, *self.turned_down),
        )


NOTHING = Writing(None, (), {}, cause="it was not asked")
"""Before the first round."""


async def write(
    told: Brief,
    asker: Asker,
    *,
    model: str,
    lessons: tuple[str, ...],
    worn_out: tuple[str, ...] = (),
    complaints: tuple[str, ...] = (),
    round_number: int = 1,
    patience: Patience,
) -> Writing:
    """`worn_out` says which wordings leaked before; `complaints` are about the last reply.

    Raises:
        LlmError: of workers.llm.errors.
    """
    calls: list[int] = []
    turned_down: list[str] = []
    first = ASKINGS_OF_A_ROUND * (round_number - 1)
    for asking in range(first, first + patience.tries):
        faults = (*worn_out, *complaints)
        asked = request(told, model=model, lessons=lessons, complaints=faults, asking=asking)
        reply = await asker.ask("generate", asked)
        calls.append(reply.call)
        if not usable(reply) or reply.value is None:
            turned_down.append(CAUSES[reply.outcome])
            complaints = _about(reply) or complaints
            continue
        mcq, forms, defects = _read(told, reply.value)
        if mcq is not None:
            provenance = _provenance(told, reply.value, mcq, model, asked.prompt)
            return Writing(
                Draft(mcq, provenance), tuple(calls), forms, turned_down=tuple(turned_down)
            )
        turned_down.append(defects[0].kind)
        complaints = tuple(one.complaint for one in defects[:MOST_COMPLAINTS])
    return Writing(None, tuple(calls), {}, turned_down[-1], complaints, tuple(turned_down))


def _about(reply: Reply) -> tuple[str, ...]:
    """What can be mended by saying so; what was refused is asked for again as it was."""
    if reply.outcome is Outcome.TRUNCATED:
        return ("It was cut off for its length; be brief, the rationale above all.",)
    if reply.outcome is Outcome.MALFORMED:
        return (reply.error or "It was not the object that was asked for.",)
    return ()


def _read(told: Brief, value: BaseModel) -> tuple[Mcq | None, dict[str, str], tuple[Defect, ...]]:
    """The question with the form of each option by its id, or its defects."""
    if not isinstance(value, TwinsWritten if told.twins else Written):
        raise TypeError(f"The reply is a {type(value).__name__}, not what was asked for.")
    defects = reply_defects(told, value)
    if defects:
        return None, {}, defects
    mcq, ids = _assembled(told, value)
    defects = lint_defects(mcq)
    if defects:
        return None, {}, defects
    texts: dict[str, str] = {option.cell: option.text for option in value.options}
    forms = {
        uid: form(told, name, texts[name])
        for uid, (name, _, _) in zip(ids, told.cells, strict=True)
    }
    return mcq, forms, ()


def _assembled(told: Brief, value: Written | TwinsWritten) -> tuple[Mcq, tuple[str, ...]]:
    texts: dict[str, str] = {option.cell: _tidy(option.text) for option in value.options}
    ids, shown = laid_out(told.planned, [texts[name] for name, _, _ in told.cells])
    if isinstance(value, Written):
        id_of = {name: uid for uid, (name, _, _) in zip(ids, told.cells, strict=True)}
        rationale = TOKEN.sub(lambda found: token(id_of[found[1]]), value.rationale).strip()
    else:
        rationale = explain(told.question, ids, shown)
    mcq = Mcq(
        dimension=Dimension(told.planned.dimension),
        stem=told.fixed_stem or " ".join(value.stem.split()),
        options=shown,
        key=ids[0],
        rationale=rationale,
        scales=frozenset(told.known.present),
    )
    validate(mcq)
    return mcq, ids


def _tidy(text: str) -> str:
    """Options alike in what is no part of their form: capital, blanks, full stop."""
    return capitalised(" ".join(text.split()).rstrip(" ."))


def _provenance(
    told: Brief, value: BaseModel, mcq: Mcq, model: str, prompt_ref: str
) -> dict[str, object]:
    planned = told.planned
    provenance: dict[str, object] = {
        "generator": model,
        "version": VERSION,
        "prompt": prompt_ref,
        "vocabulary": told.vocabulary.digest,
        "template": f"{planned.dimension}/{planned.template if told.fixed_stem else 'free'}",
        "seed": planned.seed,
        "plan": planned.as_json(),
    }
    if isinstance(value, Written):
        provenance["distractors"] = _distractors(told, mcq)
    return provenance


def _distractors(told: Brief, mcq: Mcq) -> list[dict[str, str]]:
    """Each with its one discriminator and the view that refutes it."""
    ids, _ = laid_out(told.planned, mcq.texts)
    found = [
        (uid, *refutation(told, name))
        for uid, (name, _, _) in zip(ids[1:], told.cells[1:], strict=True)
    ]
    return [
        {"option": uid, "discriminator": finding, "refuted_at": view}
        for uid, finding, view in found
    ]
