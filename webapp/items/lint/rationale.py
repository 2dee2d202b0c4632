"""Rules about whether the rationale argues for the answer that the question has."""

import re
from collections.abc import Iterator

from webapp.items.lint.rule import Hit, quoted
from webapp.items.mcq import TOKEN, Mcq

LETTERS = "ABCD"

_FAULT = (
    r"(?:changes?|swaps?|contradicts?|adds?|removes?|alters?|assumes?|fails?|shifts?|introduces?"
    r"|replaces?|omits?|lacks?|misses|miss|denies|deny|(?:is|are) (?:wrong|incorrect|false))\b"
)
_OPTION = r"(?:[Oo]ptions?\s+)?\(?([A-D])\)?"
_RIGHT = (
    re.compile(
        rf"(?:^|[.;:]\s+)(?:[Oo]nly\s+)?{_OPTION}\s+(?:only\s+|best\s+|correctly\s+|alone\s+)?"
        r"(?:is (?:the only|the best|the one|correct|right|best|true)|pairs|preserves|keeps|matches"
        r"|presents|states|uses|links|captures|lists|fits|combines|reflects|holds|shows)\b"
    ),
    re.compile(rf"\b[Oo]nly\s+{_OPTION}(?=\s+[a-z])(?!\s+(?:and|or|{_FAULT})\b)"),
    re.compile(rf"\b(?:correct|right) (?:answer|option|choice) is {_OPTION}(?!\w)"),
)
"""How a rationale calls an option right; each names it in its first group."""
_NAMED = r"[A-D](?:\s*(?:,\s*and|,|/|and|or|–|-)\s*[A-D])*"
_WRONG = re.compile(
    rf"\b({_NAMED})\s+(?:each\s+|both\s+|all\s+)?(?:incorrectly\s+|wrongly\s+)?{_FAULT}"
)
_RANGE = re.compile(r"([A-D])\s*[–-]\s*([A-D])")


def rationale_contradicts_key(mcq: Mcq) -> Iterator[Hit]:
    """Options are named by token, or in older data by the letter of their place."""
    if mcq.key not in mcq.option_ids or len(mcq.options) > len(LETTERS):
        return
    letters = dict(zip(mcq.option_ids, LETTERS, strict=False))
    text = TOKEN.sub(lambda found: letters.get(found.group(1), "?"), mcq.rationale)
    key = letters[mcq.key]
    for pattern in _RIGHT:
        for match in pattern.finditer(text):
            if match.group(1) != key:
                yield Hit("rationale", _called_right(mcq, match.group(1), match.group()))
                return
    for match in _WRONG.finditer(text):
        if key in _letters_in(match.group(1)):
            yield Hit(
                "rationale",
                f"The rationale calls the answer wrong ({quoted(match.group())}); correct it, or "
                "choose the answer that it argues for.",
            )
            return


def _called_right(mcq: Mcq, letter: str, words: str) -> str:
    place = LETTERS.index(letter)
    option = quoted(mcq.options[place].text) if place < len(mcq.options) else "an option not there"
    return (
        f"The rationale calls another option right than the answer ({quoted(words.strip('.;: '))}, "
        f"which is {option}); correct it, or choose that option as the answer."
    )


def _letters_in(named: str) -> set[str]:
    found = set(re.findall(r"[A-D]", named))
    for first, last in _RANGE.findall(named):
        found |= set(LETTERS[LETTERS.index(first) : LETTERS.index(last) + 1])
    return found
