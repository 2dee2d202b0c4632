"""Reads a caption: the phrases of the prompt's list that stand in it, each with its quote."""

import re
from functools import lru_cache
from hashlib import sha256
from typing import Any

_LINE = re.compile(r"^- (\w+): (.+)$", re.MULTILINE)
_VALUE = re.compile(r"(\w+) \(([^)]*)\)")
_DENIED = re.compile(r"\b(?:no|not|without|possibl[ey]|suggest\w*|absence of)\s+(?:\w+\s+){0,2}$")
_NOUN = re.compile(r"an absence of (.+)")


def findings(system: str, caption: str, invent: float) -> dict[str, Any]:
    found, text = [], caption.lower()
    for attribute, value, phrase in _menu(system):
        quote = _quote(caption, text, phrase)
        if quote:
            found.append({"attribute": attribute, "value": value, "quote": quote})
    if _share(caption) < invent:
        attribute, value, phrase = _menu(system)[0]
        found.append({"attribute": attribute, "value": value, "quote": f"plainly {phrase}"})
    return {"findings": found}


def _quote(caption: str, text: str, phrase: str) -> str:
    """The place that states the phrase, or denies what the phrase says is absent."""
    place = text.find(phrase)
    if place >= 0 and not _DENIED.search(text[:place][-60:]):
        return caption[place : place + len(phrase)]
    noun = _NOUN.fullmatch(phrase)
    denied = re.search(rf"\b(?:no|without) {re.escape(noun[1])}", text) if noun else None
    return caption[denied.start() : denied.end()] if denied else ""


@lru_cache(maxsize=16)
def _menu(system: str) -> tuple[tuple[str, str, str], ...]:
    return tuple(
        (attribute, value, phrase)
        for attribute, values in _LINE.findall(system)
        for value, phrase in _VALUE.findall(values)
    )


def _share(text: str) -> float:
    return int.from_bytes(sha256(text.encode()).digest()[:8]) / 2**64
