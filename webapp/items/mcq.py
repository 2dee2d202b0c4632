"""A multiple-choice question as plain values. Options have ids; letters belong to lettering."""

import random
import re
import string
from dataclasses import dataclass, field
from enum import StrEnum

from training.contract.text import text_fault
from webapp.slides.geometry import Scale

OPTION_COUNT = 4
ALL_SCALES: frozenset[str] = frozenset(scale.value for scale in Scale)

_ID_CHARS = string.ascii_lowercase + string.digits
_ID_LENGTH = 6
_ID = re.compile(r"[A-Za-z0-9_-]{1,32}", re.ASCII)
TOKEN = re.compile(r"\{\{\s*option:([A-Za-z0-9_-]{1,32})\s*\}\}", re.ASCII)
"""How a rationale names an option: `{{option:ID}}`."""


class McqError(ValueError):
    """A question that cannot be kept; the message names the field and what to do."""

    def __init__(self, field_name: str, fault: str) -> None:
        super().__init__(f"The {field_name} {fault}.")
        self.field = field_name


class Dimension(StrEnum):
    """What a question asks of the three scales together."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"

    @property
    def title(self) -> str:  # type: ignore[override]  # shadows str.title on purpose
        return _TITLES[self.value]


_TITLES = {
    "A": "Correspondence",
    "B": "Confirmation",
    "C": "Localization",
    "D": "Explanation",
    "E": "Diagnosis",
}


@dataclass(frozen=True)
class Option:
    id: str
    text: str


@dataclass(frozen=True)
class Mcq:
    """Not checked when built, so that the lint can judge a broken one; see `validate`."""

    dimension: Dimension
    stem: str
    options: tuple[Option, ...]
    key: str
    rationale: str = ""
    scales: frozenset[str] = field(default=ALL_SCALES)
    """The scales that have an image."""

    @property
    def key_option(self) -> Option:
        for option in self.options:
            if option.id == self.key:
                return option
        raise McqError("key", f"names no option (it is {self.key!r}); choose one of the options")

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(option.text for option in self.options)

    @property
    def option_ids(self) -> tuple[str, ...]:
        return tuple(option.id for option in self.options)


def token(option_id: str) -> str:
    """How to name an option in a rationale."""
    return "{{option:" + option_id + "}}"


def new_option_ids(rng: random.Random, n: int = OPTION_COUNT) -> tuple[str, ...]:
    """Distinct random ids, which tell nothing about order or key."""
    ids: set[str] = set()
    ordered: list[str] = []
    while len(ordered) < n:
        fresh = "".join(rng.choices(_ID_CHARS, k=_ID_LENGTH))
        if fresh not in ids:
            ids.add(fresh)
            ordered.append(fresh)
    return tuple(ordered)


def validate(mcq: Mcq) -> None:
    """Raise McqError for a question that cannot be stored. Equal option texts are a lint
    finding, not an error: the published data has them, and they must be importable.
    """
    _check_text("stem", mcq.stem)
    _check_text("rationale", mcq.rationale, blank=True)
    if len(mcq.options) != OPTION_COUNT:
        raise McqError("options", f"number {len(mcq.options)}; give exactly {OPTION_COUNT}")
    for number, option in enumerate(mcq.options, start=1):
        if not _ID.fullmatch(option.id):
            raise McqError(f"id of option {number}", "may hold only letters, digits, - and _")
        _check_text(f"text of option {number}", option.text)
    _check_references(mcq)


def _check_text(name: str, text: str, *, blank: bool = False) -> None:
    fault = text_fault(text)
    if fault is None and not blank and not text.strip():
        fault = "is empty; write it"
    if fault is not None:
        raise McqError(name, fault)


def _check_references(mcq: Mcq) -> None:
    ids = mcq.option_ids
    if len(set(ids)) != len(ids):
        raise McqError("options", "share an id; give each its own")
    if mcq.key not in ids:
        raise McqError("key", f"names no option (it is {mcq.key!r}); choose one of the options")
    strangers = [found for found in TOKEN.findall(mcq.rationale) if found not in ids]
    if strangers:
        raise McqError(
            "rationale", f"names an unknown option ({strangers[0]!r}); name one of these"
        )
    unknown = sorted(mcq.scales - ALL_SCALES)
    if unknown:
        raise McqError("scales", f"hold {unknown[0]!r}; use low, mid or high")
