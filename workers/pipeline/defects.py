"""What makes a model's question unusable, each with a sentence that tells the model what to mend.

These are faults of the reply against the plan. What only makes an option stand out (its length, its
likeness, another form of words) is no defect: that is for the adversaries to find.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from training.contract.text import text_fault
from webapp.items.lint import lint
from webapp.items.lint.rule import quoted
from webapp.items.lint.wording import named_letter
from webapp.items.mcq import OPTION_COUNT, TOKEN, Mcq
from webapp.items.words import words
from workers.pipeline.brief import CELL_NAMES, Brief, refutation
from workers.pipeline.lexicon import attributes_named, phrases_named
from workers.pipeline.schemas import TwinsWritten, Written

MAX_STEM_CHARS, MAX_OPTION_CHARS, MAX_RATIONALE_CHARS = 600, 300, 4_000
_GAPS = ("\u27e81\u27e9", "\u27e82\u27e9")
_FOREIGN = re.compile(r"[^\W\d_\u0000-\u024f\u0370-\u03ff\u1e00-\u1eff]")
"""A letter that is neither Latin nor Greek."""
_LEFT_TO_SCREENING = frozenset({"length_outlier", "subset_option", "missing_scale"})
"""Lint rules about structure, which the adversaries judge, and about the slide."""


@dataclass(frozen=True)
class Defect:
    """`kind` in the words of a sentence for the curator, the same for all questions; `complaint`
    tells the model what to mend in this one."""

    kind: str
    complaint: str


def reply_defects(told: Brief, reply: Written | TwinsWritten) -> tuple[Defect, ...]:
    """Faults of the reply before it is put together; all of them, so that they are mended at once.
    Where the options are not four different cells, nothing else is looked at.
    """
    shape = tuple(_shape(told, reply))
    if shape:
        return shape
    texts: dict[str, str] = {option.cell: option.text for option in reply.options}
    found = [*_options(told, texts), *_stem(told, reply.stem)]
    if isinstance(reply, Written):
        found += [*_roles(told, reply), *_rationale(told, reply.rationale)]
    return tuple(dict.fromkeys(found))


def lint_defects(mcq: Mcq) -> tuple[Defect, ...]:
    """What the lint finds in the question put together, warnings about wording included."""
    return tuple(
        Defect(f"it breaks the rule {one.rule}", one.message)
        for one in lint(mcq)
        if one.rule not in _LEFT_TO_SCREENING
    )


def form(told: Brief, cell: str, text: str) -> str:
    """An option without its findings: what must be the same in all four."""
    firsts, seconds = next((first, second) for name, first, second in told.cells if name == cell)
    bare = " ".join(text.lower().split())
    for gap, version in sorted(
        zip(_GAPS, (firsts, seconds), strict=True), key=lambda each: -len(each[1])
    ):
        bare = bare.replace(version.lower(), gap)
    return bare.rstrip(" .")


def _shape(told: Brief, reply: Written | TwinsWritten) -> Iterator[Defect]:
    if len(reply.options) != OPTION_COUNT:
        yield Defect(
            "it does not give four options",
            f"You gave {len(reply.options)} options; give exactly four, one for each cell.",
        )
        return
    names = {name for name, _, _ in told.cells}
    if {option.cell for option in reply.options} != names:
        yield Defect(
            "its options are not those of the plan",
            f"Give one option for each of the cells {', '.join(sorted(names))}, none twice.",
        )
    if isinstance(reply, Written):
        keys = sum(option.role == "key" for option in reply.options)
        if keys != 1:
            yield Defect(
                "it does not name exactly one key",
                f"You gave the role of the key to {keys} options; give it to the cell both only.",
            )


def _options(told: Brief, texts: Mapping[str, str]) -> Iterator[Defect]:
    same = [cell for cell, uses in _uses(texts).items() if uses > 1]
    if same:
        yield Defect(
            "two of its options are equal",
            f"The options {' and '.join(same)} say the same; fill each with its own findings.",
        )
    for cell, first, second in told.cells:
        yield from _text("option " + cell, texts[cell], MAX_OPTION_CHARS)
        held = _held(texts[cell], (*told.firsts, *told.seconds))
        for version in (first, second):
            if held[version] != 1:
                yield Defect(
                    "an option does not have its findings",
                    f'The option {cell} must hold "{version}" word for word, once.',
                )
        for version in sorted(set(held) - {first, second}):
            yield Defect(
                "an option has the finding of another",
                f'The option {cell} must not hold "{version}".',
            )
    forms = {form(told, cell, text) for cell, text in texts.items()}
    for stranger in sorted({one for each in forms for one in _strangers(told, each)}):
        yield Defect(
            "an option has a finding that is not planned",
            f"Your options speak of {_words_for(stranger)}; no finding beyond the two of the plan.",
        )


def _held(text: str, versions: Iterable[str]) -> Counter[str]:
    """How often a text holds each version; one within another counts as the longer."""
    bare, held = " ".join(text.lower().split()), Counter[str]()
    for version in sorted(set(versions), key=len, reverse=True):
        held[version] = bare.count(version.lower())
        bare = bare.replace(version.lower(), "\x00")
    return +held


def _stem(told: Brief, stem: str) -> Iterator[Defect]:
    yield from _text("stem", stem, MAX_STEM_CHARS)
    if told.fixed_stem:
        if words(stem) != words(told.fixed_stem):
            yield Defect(
                "it changes the stem that was given",
                f'The stem is given: return "{told.fixed_stem}" unchanged.',
            )
        return
    bare = " ".join(stem.lower().split())
    claim = told.question.claim
    if claim is not None:
        if claim.phrase.lower() not in bare:
            yield Defect(
                "its stem does not state the impression",
                f'The stem must state the impression "{claim.phrase}" word for word.',
            )
        bare = bare.replace(claim.phrase.lower(), "")
    for version in sorted(_held(bare, (*told.firsts, *told.seconds))):
        yield Defect(
            "its stem holds a finding of the options",
            f'The stem gives "{version}" away; it may not hold a finding of any option.',
        )
    for stranger in _strangers(told, bare):
        yield Defect(
            "its stem has a finding that is not planned",
            f"The stem speaks of {_words_for(stranger)}; ask without naming further findings.",
        )


def _roles(told: Brief, reply: Written) -> Iterator[Defect]:
    for option in reply.options:
        if (option.role == "key") is not (option.cell == "both"):
            yield Defect(
                "it makes another option the key",
                "The key is the option of the cell both; all others are distractors.",
            )
        elif option.role == "distractor":
            discriminator, refuted_at = refutation(told, option.cell)
            if not (
                _same(option.discriminator, discriminator) and _same(option.refuted_at, refuted_at)
            ):
                yield Defect(
                    "it does not say what refutes a distractor",
                    f'Give {option.cell} the discriminator "{discriminator}" and the view '
                    f'"{refuted_at}", as the plan does.',
                )


def _same(said: str, meant: str) -> bool:
    """Apart from case, blanks and the word view."""
    return words(said) in (words(meant), (*words(meant), "view"))


def _rationale(told: Brief, rationale: str) -> Iterator[Defect]:
    yield from _text("rationale", rationale, MAX_RATIONALE_CHARS)
    named = TOKEN.findall(rationale)
    lacking = [cell for cell in CELL_NAMES if cell not in named]
    strange = sorted(set(named) - set(CELL_NAMES))
    if lacking or strange:
        yield Defect(
            "its rationale does not name the options by their tokens",
            "Name each option in the rationale by its token: "
            + ", ".join("{{option:" + cell + "}}" for cell in CELL_NAMES)
            + (f"; there is no {strange[0][:40]!r}." if strange else "."),
        )
    letter = named_letter(TOKEN.sub("the option", rationale))
    if letter is not None:
        yield Defect(
            "its rationale names options by letter or place",
            f"The rationale names an option by its letter or place ({quoted(letter)}); use tokens.",
        )
    for stranger in sorted(_unseen(told, " ".join(rationale.lower().split()))):
        yield Defect(
            "its rationale has a finding that no caption states",
            f"The rationale speaks of {_words_for(stranger)}, of which no caption says so; "
            "leave it out.",
        )


def _unseen(told: Brief, text: str) -> frozenset[str]:
    """Attributes that a text names, beyond the plan's words, though no caption says anything of
    them or says another value."""
    bare = _without_plan(told, text)
    values = {(one.attribute, one.value) for one in told.known.features}
    claimed = phrases_named(bare, told.vocabulary) - values
    unknown = attributes_named(bare, told.vocabulary) - {name for name, _ in values}
    return frozenset(unknown | {name for name, _ in claimed})


def _strangers(told: Brief, text: str) -> list[str]:
    """Attributes that a text names beyond the plan's words."""
    return sorted(attributes_named(_without_plan(told, text), told.vocabulary))


def _without_plan(told: Brief, text: str) -> str:
    question = told.question
    ends = (question.first.true, question.first.false, question.second.true, question.second.false)
    named = [one for one in (*ends, question.claim, question.subject) if one is not None]
    owners = [told.vocabulary.attribute(one.attribute) for one in named]
    phrases = {
        *(one.phrase for one in named), *(one.reading for one in named),
        *(one.noun for one in owners), *(one.site for one in owners),
    }  # fmt: skip
    for phrase in sorted(filter(None, phrases), key=len, reverse=True):
        text = text.replace(phrase.lower(), " ")
    return text


def _text(name: str, text: str, limit: int) -> Iterator[Defect]:
    part = name.split(maxsplit=1)[0]
    fault = "is empty; write it" if not text.strip() else text_fault(text, limit=limit)
    if fault is not None:
        yield Defect(f"its {part} is no usable text", f"The {name} {fault}.")
    elif _FOREIGN.search(text):
        yield Defect(f"its {part} is not in English", f"Write the {name} in English.")


def _uses(texts: Mapping[str, str]) -> Mapping[str, int]:
    uses = Counter(words(text) for text in texts.values())
    return {cell: uses[words(text)] for cell, text in texts.items()}


def _words_for(attribute: str) -> str:
    return attribute.replace("_", " ")
