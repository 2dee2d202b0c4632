"""Codes with the words that people read, without Django."""

from enum import StrEnum
from typing import Self


class Labelled(StrEnum):
    """A member is `NAME = "code", "label"`; it equals its code."""

    label: str

    def __new__(cls, code: str, label: str) -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.label = label
        return member
