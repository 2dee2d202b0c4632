"""The schemas that are sent hold what every provider's constrained decoding takes."""

import json
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, Field

from workers.llm.schemas import KEPT, wire_schema, wire_text


class Kind(StrEnum):
    ONE = "one"
    TWO = "two"


class Leaf(BaseModel):
    """A leaf."""

    role: Literal["leaf"] = "leaf"
    kind: Kind = Field(Kind.ONE, description="Which.")
    word: str = Field("", max_length=10, pattern="^[a-z]*$")
    maybe: int | None = None


class Twig(BaseModel):
    role: Literal["twig"] = "twig"


class Tree(BaseModel):
    leaves: list[Leaf] = Field(min_length=4, max_length=4)
    first: Leaf | Twig = Field(discriminator="role")
    height: float = Field(0.0, ge=0, le=1)


def nodes(node: Any) -> list[dict[str, Any]]:
    """Every schema inside a schema."""
    found = [node]
    inner = [*node.get("properties", {}).values(), *node.get("$defs", {}).values()]
    for child in [*inner, *node.get("anyOf", ()), *([node["items"]] if "items" in node else ())]:
        found += nodes(child)
    return found


def test_objects_are_closed_and_every_field_is_required() -> None:
    objects = [node for node in nodes(wire_schema(Tree)) if node.get("type") == "object"]
    assert len(objects) == 3
    for node in objects:
        assert node["additionalProperties"] is False
        assert node["required"] == list(node["properties"])


def test_only_known_words_are_used() -> None:
    for node in nodes(wire_schema(Tree)):
        assert set(node) <= KEPT | {"additionalProperties"}
        assert "$ref" not in node or len(node) == 1


def test_bounds_constants_and_choices_survive() -> None:
    schema = wire_schema(Tree)
    assert schema["properties"]["leaves"]["minItems"] == 4
    assert schema["properties"]["height"]["maximum"] == 1
    assert len(schema["properties"]["first"]["anyOf"]) == 2
    assert schema["$defs"]["Leaf"]["properties"]["role"]["enum"] == ["leaf"]
    assert schema["$defs"]["Kind"]["enum"] == ["one", "two"]


def test_it_is_worked_out_once() -> None:
    assert wire_schema(Tree) is wire_schema(Tree)
    assert json.loads(wire_text(Tree)) == wire_schema(Tree)
