"""Rules about what a question must have at all."""

from collections.abc import Iterator

from training.contract.text import MAX_TEXT_CHARS, refused_character, short
from webapp.items.lint.rule import Hit, option_place, texts_by_place
from webapp.items.mcq import TOKEN, Mcq
from webapp.slides.geometry import Scale


def empty_text(mcq: Mcq) -> Iterator[Hit]:
    """A stem or option without text. A rationale may be missing: older data has none."""
    for place, text in texts_by_place(mcq).items():
        if place != "rationale" and not text.strip():
            yield Hit(place, "This text is empty; write it.")


def control_characters(mcq: Mcq) -> Iterator[Hit]:
    for place, text in texts_by_place(mcq).items():
        refused = refused_character(text)
        if refused is not None:
            yield Hit(place, f"This text holds the control character {refused}; remove it.")


def text_too_long(mcq: Mcq) -> Iterator[Hit]:
    for place, text in texts_by_place(mcq).items():
        if len(text) > MAX_TEXT_CHARS:
            yield Hit(
                place,
                f"This text has {len(text):,} characters; shorten it to {MAX_TEXT_CHARS:,}.",
            )


def answer_not_an_option(mcq: Mcq) -> Iterator[Hit]:
    if mcq.key not in mcq.option_ids:
        yield Hit(
            "item", f"The answer {short(mcq.key)} is none of the options; choose one of them."
        )


def unknown_option_token(mcq: Mcq) -> Iterator[Hit]:
    for named in TOKEN.findall(mcq.rationale):
        if named not in mcq.option_ids:
            yield Hit(
                "rationale",
                f"The rationale names option {short(named)}, which is not there; "
                f"use one of {', '.join(mcq.option_ids)}.",
            )


def missing_scale(mcq: Mcq) -> Iterator[Hit]:
    missing = [scale.label for scale in Scale if scale.value not in mcq.scales]
    if len(missing) == len(Scale):
        yield Hit("item", "There is no image at any scale; only the text can be reviewed.")
    elif missing:
        yield Hit(
            "item",
            f"There is no {' and no '.join(missing)} image; add it, "
            "or make sure that nothing asked needs it.",
        )


def option_ids_differ(mcq: Mcq) -> Iterator[Hit]:
    for option_id in sorted({i for i in mcq.option_ids if mcq.option_ids.count(i) > 1}):
        yield Hit(option_place(option_id), "Two options share this id; give each its own.")
