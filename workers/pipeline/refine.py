"""Stage 5: what gave a question away, as a rule for the next writing.

A model that settled on an option is asked why; from the other adversaries the rule follows without
asking. A rule is about wording in general: one that names findings, letters or options of its
question is replaced by the general one of its kind.
"""

from collections.abc import Collection, Mapping, Sequence

from annotation_configs.load import Vocabulary
from webapp.generation.made import Learned, ScreeningRecord
from webapp.items.lint.wording import named_letter
from webapp.items.mcq import Mcq
from workers.llm.types import Asker, Request
from workers.pipeline.adversary import Trial, lettered, option_orders
from workers.pipeline.asking import CAUSES, Patience, ask, clean, together
from workers.pipeline.lexicon import attributes_named
from workers.pipeline.prompting import request_for
from workers.pipeline.schemas import Kind, Leak
from workers.pipeline.screen import FORM, PROBE

PROMPT = "refine"
MAX_CONSTRAINT_CHARS = 300
MAX_ANALYSIS_CHARS = 1_500
MOST_REASONS = 4

RULES: Mapping[Kind, str] = {
    "similarity": "Give all four options one and the same form of words, so that each shares as "
    "much with the others as every other option does; only the planned findings differ.",
    "length": "Keep the four options equally long and equally detailed: add nothing to one that "
    "the others do not have, neither a qualifier nor an example.",
    "polarity": "Let affirmation and denial come from the planned findings alone; let no option "
    "hedge, deny or be absolute where the others are not.",
    "phrase_prior": "Use no word around the findings that makes one of them sound usual, expected "
    "or typical, and none that makes another sound odd.",
    "stem_echo": "Let the stem repeat no word of a finding and suggest no answer; each option must "
    "fit its grammar and its words equally well.",
    "specificity": "Make every option claim as much and as exactly as the others do; none may be "
    "the safest because it says least.",
    "implausible_distractor": "Choose a form in which every pair of the planned findings makes a "
    "statement that could be true of such tissue.",
    "other": "Word the options so that each is as plausible, as exact and as long as the others to "
    "a reader who sees no image.",
}
"""The general rule of each kind."""

_KINDS: Mapping[str, Kind] = {
    "centroid": "similarity",
    FORM: "similarity",
    "longest": "length",
    "shortest": "length",
    "question_overlap": "stem_echo",
    PROBE: "phrase_prior",
}


def learned_by_rule(record: ScreeningRecord) -> Learned:
    """The lesson of an adversary that cannot be asked."""
    kind = _KINDS.get(record.adversary, "other")
    return Learned(kind, RULES[kind], record.adversary, record.reasoning)


async def learn_from_models(
    mcq: Mcq, trials: Sequence[Trial], asker: Asker, vocabulary: Vocabulary, patience: Patience
) -> list[Learned]:
    """One lesson of each trial. A model that will not say teaches the general rule.

    Raises:
        LlmError: of workers.llm.errors.
    """
    return await together(_learn(mcq, trial, asker, vocabulary, patience) for trial in trials)


async def _learn(
    mcq: Mcq, trial: Trial, asker: Asker, vocabulary: Vocabulary, patience: Patience
) -> Learned:
    model = trial.record.adversary
    reply, calls = await ask(asker, "refine", refine_request(mcq, trial), patience)
    if not isinstance(reply.value, Leak):
        analysis = f"It gave no analysis: {CAUSES[reply.outcome]}."
        return Learned("other", RULES["other"], model, analysis, calls[-1])
    said = reply.value
    text = clean(said.constraint, 2 * MAX_CONSTRAINT_CHARS)
    if not is_general(text, mcq, vocabulary):
        text = RULES[said.kind]
    return Learned(said.kind, text, model, clean(said.analysis, MAX_ANALYSIS_CHARS), calls[-1])


def refine_request(mcq: Mcq, trial: Trial) -> Request:
    options = {option.id: option.text for option in mcq.options}
    return request_for(
        PROMPT,
        trial.record.adversary,
        stem=mcq.stem,
        options=lettered(option_orders(mcq, 1)[0]),
        chosen=options[trial.record.option],
        reasons="\n".join(f"- {one}" for one in dict.fromkeys(trial.reasons[:MOST_REASONS]))
        or "None were given.",
    )


def is_general(text: str, mcq: Mcq, vocabulary: Vocabulary) -> bool:
    """Whether a rule helps with other questions: bounded, and about nothing of this one."""
    if not text or len(text) > MAX_CONSTRAINT_CHARS or named_letter(text):
        return False
    folded = text.lower()
    return not attributes_named(text, vocabulary) and not any(
        option.text.lower() in folded for option in mcq.options
    )


def unlike(lessons: Collection[str], learned: Sequence[Learned]) -> tuple[str, ...]:
    """The wordings that are not known yet, each once."""
    known = {_folded(one) for one in lessons}
    new: dict[str, str] = {}
    for one in learned:
        if _folded(one.text) not in known:
            new.setdefault(_folded(one.text), one.text)
    return tuple(new.values())


def _folded(text: str) -> str:
    return " ".join(text.lower().split()).rstrip(".")
