"""The strict JSON schemas that answers are held to, worked out once for each pydantic class."""

import json
from functools import cache
from typing import Any

from pydantic import BaseModel

from workers.llm.types import json_schema

KEPT = frozenset({
    "type", "description", "enum", "anyOf", "items", "properties", "required", "$ref", "$defs",
    "minItems", "maxItems", "minimum", "maximum", "prefixItems",
})  # fmt: skip
"""What all providers' constrained decoding takes; pydantic checks the rest of the answer."""

TOLD = (
    "Answer with one JSON object and nothing else: no introduction, no code fence. "
    "It must follow this JSON schema:\n"
)


@cache
def wire_schema(wanted: type[BaseModel]) -> dict[str, Any]:
    """Closed objects, every field required, no keyword that some provider refuses; shared."""
    strict: dict[str, Any] = _strict(json_schema(wanted))
    return strict


@cache
def wire_text(wanted: type[BaseModel]) -> str:
    return json.dumps(wire_schema(wanted), separators=(",", ":"))


def _strict(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return {"$ref": node["$ref"]}  # providers allow nothing beside it
    found = {key: _strict_part(key, value) for key, value in node.items() if key in KEPT}
    if "const" in node:
        found["enum"] = [node["const"]]
    if "oneOf" in node:
        found["anyOf"] = _strict_part("anyOf", node["oneOf"])
    if found.get("type") == "object":
        found["required"] = list(found.get("properties", ()))
        found["additionalProperties"] = False
    return found


def _strict_part(key: str, value: Any) -> Any:
    if key == "items":
        return _strict(value)
    if key in ("anyOf", "prefixItems"):
        return [_strict(one) for one in value]
    if key in ("properties", "$defs"):
        return {name: _strict(one) for name, one in value.items()}
    return value
