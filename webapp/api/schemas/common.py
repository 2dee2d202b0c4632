"""What more than one topic answers with."""

from typing import Annotated, Generic, TypeVar

from ninja import Schema
from pydantic import Field

T = TypeVar("T")

Usd = Annotated[str, Field(description="US dollars to six digits, such as `12.500000`")]


class Page(Schema, Generic[T]):
    """One page of a list; `count` is the length of the whole."""

    count: int
    page: int
    pages: int
    results: list[T]


class Health(Schema):
    status: str
