"""Rules about what the texts say: defects that the published data shows again and again."""

import re
from collections.abc import Iterator

from webapp.items.lint.rule import Hit, option_place, quoted
from webapp.items.mcq import TOKEN, Mcq


def _any_of(*patterns: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(patterns)})\b", re.IGNORECASE)


_SOURCE = _any_of(
    r"list(?:s|ed|ing|ings)?",
    r"descri(?:bes?|bed|ptions?)",
    r"feature[- ](?:lists?|sets?|famil(?:y|ies))",
    r"(?:is|are|was|were|as|not|explicitly) (?:stated|noted|specified|documented|reported)",
    r"(?:stated|documented|specified) (?:at|in|for|by)",
    r"states?",
    r"mentions?|mentioned|captions?|summar(?:y|ies)",
    r"explicit(?:ly)?",
    r"provided (?:text|features?|findings?|observations?)",
)
_ADMISSION = _any_of(
    r"would (?:be|fail|hold|only|require|need|also)",
    r"if the",
    r"(?:are|is) not (?:a )?distinct",
    r"not distinct alternatives?",
    r"no (?:single|correct|valid|other) (?:option|answer|choice)",
    r"none of the (?:options|choices|answers)",
    r"(?:more than one|several|multiple|two) (?:options|answers) (?:are|could be|may be)",
    r"cannot be (?:determined|verified|distinguished)",
    r"(?:ambiguous|flawed|invalid) (?:item|question|options?)",
)
_OPTION_MECHANICS = _any_of(
    r"(?:un)?listed",
    r"explicit(?:ly)?",
    r"(?:un)?described",
    r"(?:un)?mentioned|mentions?",
    r"(?:un)?stated",
    r"(?:un)?documented",
    r"(?:un)?specified",
    r"noted",
    r"(?:all|none|both|any) of the (?:above|below|options|others)",
    r"(?:correct|other) (?:answer|options?|choices?)",
)
_STEM_MECHANICS = _any_of(
    r"listed",
    r"described",
    r"mentioned",
    r"stated",
    r"documented",
    r"explicit(?:ly)?",
    r"feature[- ](?:lists?|sets?)",
    r"captions?",
    r"(?:provided|given) (?:text|descriptions?|features?|findings)",
    r"(?:correct|incorrect|wrong) (?:answer|option)",
)
_LOGIC = _any_of(
    r"implicit dependenc(?:y|ies)",
    r"(?:directional|causal|explanatory|implied|assumed|logical)(?: or \w+)? "
    r"(?:dependen\w+|link\w*|relation\w*|connection\w*)",
    r"independently sampled",
    r"only required to coexist",
    r"simultaneously (?:true|verified|valid)",
    r"without (?:adding|making|requiring) (?:any )?assumptions?",
    r"logically",
)

_MAGNIFICATIONS = {
    "10x": re.compile(
        r"\b(?:low(?:er|est)?[- ](?:magnifications?|power|view|scale|resolution)"
        r"|(?:broad|wid)(?:er|est) (?:view|field|image)|10\s?[x\u00d7])(?![\w/])",
        re.IGNORECASE,
    ),
    "40x": re.compile(
        r"\b(?:(?:mid|middle|medium|intermediate)[- ]"
        r"(?:magnifications?|power|view|scale|resolution)"
        r"|40\s?[x\u00d7])(?![\w/])",
        re.IGNORECASE,
    ),
    "200x": re.compile(
        r"\b(?:high(?:er|est)?[- ](?:magnifications?|power|view|scale|resolution)"
        r"|(?:clos|narrow)(?:er|est) (?:view|field|image|look)|200\s?[x\u00d7])(?![\w/])",
        re.IGNORECASE,
    ),
}
_SHARED_NOUN = re.compile(
    r"\b(low|mid|middle|high)(?=(?:\s*(?:,|/|and\b|or\b|&|-|to\b))+\s*(?:low|mid|middle|high)\b)",
    re.IGNORECASE,
)
"""The first of a pair such as `mid and high magnification`, whose noun stands only once."""
_TAGGED = re.compile(r"(?:\(|^|[;,]\s*)(low|mid|middle|high)(?:\)|:)", re.IGNORECASE)
"""Findings tagged by scale: `(LOW)` behind them or `Low:` before them."""
_BARE = {"low": "10x", "mid": "40x", "middle": "40x", "high": "200x"}

_LETTER_NAMED = re.compile(
    r"\b(?:[Oo]ptions?|[Cc]hoices?|[Aa]nswers?|[Dd]istractors?)\s+\(?[A-Db-d]\b"
    r"|\([A-D]\)"
    r"|\b(?:first|second|third|fourth|last) (?:option|choice|answer)\b"
    r"|\b(?:[Oo]ption|[Cc]hoice) [1-4]\b"
)
_LONE_LETTER = re.compile(r"(?<![\w'/.-])[B-D](?![\w'.-]\w)(?!\w)")
_LONE_A = re.compile(
    r"(?<![\w'-])A(?=\s+(?:\([^)]{0,40}\)\s+)?(?:is|are|was|only|alone|uniquely|correctly|"
    r"accurately|best|keeps?|pairs?|preserves?|matches|reflects?|states?|fits|remains?|holds?|avoids?|"
    r"combines?|captures?|adds?|swaps?|changes?|alters?|introduces?|contradicts?|lists?|"
    r"describes?|and [B-D]\b|or [B-D]\b)\b|\s*[,/]\s*[B-D]\b)"
)
_MEDICAL_BEFORE = re.compile(
    r"(?:vitamin|hepatitis|types?|class|grade|stage|groups?|influenza|zone|cyclin|factor|level)\s$",
    re.IGNORECASE,
)
_MEDICAL_AFTER = re.compile(r"\s(?:cells?|lymphocytes?|lineage|virus)\b", re.IGNORECASE)


def stale_letter(mcq: Mcq) -> Iterator[Hit]:
    """Letters are given anew at every showing, so a rationale that names one will lie."""
    named = named_letter(TOKEN.sub("the option", mcq.rationale))
    if named is not None:
        yield Hit(
            "rationale",
            f"The rationale names an option by its letter or place ({quoted(named)}), which "
            "changes whenever the options are lettered; insert the option's token instead.",
        )


def named_letter(text: str) -> str | None:
    """The first place that names an option by letter or position."""
    match = _LETTER_NAMED.search(text) or _LONE_A.search(text)
    if match is not None:
        return match.group()
    for lone in _LONE_LETTER.finditer(text):
        before, after = text[max(0, lone.start() - 20) : lone.start()], text[lone.end() :][:20]
        if not _MEDICAL_BEFORE.search(before) and not _MEDICAL_AFTER.match(after):
            return lone.group()
    return None


def source_wording(mcq: Mcq) -> Iterator[Hit]:
    match = _SOURCE.search(mcq.rationale)
    if match is not None:
        yield Hit(
            "rationale",
            f"The rationale quotes the text it was written from ({quoted(match.group())}); "
            "say what is seen in the images instead.",
        )


def broken_item_admission(mcq: Mcq) -> Iterator[Hit]:
    match = _ADMISSION.search(mcq.rationale)
    if match is not None:
        yield Hit(
            "rationale",
            f"The rationale argues by supposition ({quoted(match.group())}), as it does where "
            "an item is broken; check that exactly one option is right, then say what is seen.",
        )


def option_mechanics(mcq: Mcq) -> Iterator[Hit]:
    for option in mcq.options:
        match = _OPTION_MECHANICS.search(option.text)
        if match is not None:
            yield Hit(
                option_place(option.id),
                "This option speaks of the text or of the other options "
                f"({quoted(match.group())}); say what is or is not seen.",
            )


def stem_mechanics(mcq: Mcq) -> Iterator[Hit]:
    match = _STEM_MECHANICS.search(mcq.stem)
    if match is not None:
        yield Hit(
            "stem",
            "The question speaks of a text that the reader does not have "
            f"({quoted(match.group())}); ask about the images.",
        )


def logic_not_vision(mcq: Mcq) -> Iterator[Hit]:
    match = _LOGIC.search(mcq.stem)
    if match is not None:
        yield Hit(
            "stem",
            f"The question asks for logic ({quoted(match.group())}), which needs no image; "
            "ask for something to be seen.",
        )


def magnifications_named(text: str) -> frozenset[str]:
    """The labels of the scales that a text names."""
    named = {label for label, pattern in _MAGNIFICATIONS.items() if pattern.search(text)}
    bare = _TAGGED.findall(text) + (_SHARED_NOUN.findall(text) if named else [])
    return frozenset(named | {_BARE[word.lower()] for word in bare})


def single_magnification_stem(mcq: Mcq) -> Iterator[Hit]:
    named = magnifications_named(mcq.stem)
    if len(named) == 1:
        yield Hit(
            "stem",
            f"The question names {next(iter(named))} only, so the other images are not needed; "
            "ask for something that more than one scale must show.",
        )


def magnification_in_options(mcq: Mcq) -> Iterator[Hit]:
    by_option = [magnifications_named(option.text) for option in mcq.options]
    if len(set(by_option)) > 1:
        shown = "; ".join(" + ".join(sorted(named, key=len)) or "none" for named in by_option)
        yield Hit(
            "item",
            f"The options differ in the magnifications they name ({shown}); "
            "name the same ones in each, or none.",
        )
