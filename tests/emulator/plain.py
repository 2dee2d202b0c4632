"""The plainest answer: the smallest instance of a JSON schema, or one sentence."""

import json
from functools import lru_cache
from typing import Any

SENTENCE = "Yes."


def reply(system: str, user: str, schema_json: str) -> str:
    """Deterministic; `schema_json` is empty where no object is asked for."""
    return _smallest_text(schema_json) if schema_json else SENTENCE


@lru_cache(maxsize=64)
def _smallest_text(schema_json: str) -> str:
    schema = json.loads(schema_json)
    return json.dumps(smallest(schema, schema.get("$defs", {})))


def smallest(schema: dict[str, Any], defs: dict[str, Any]) -> Any:
    """An instance of the schema, with as little in it as the schema allows."""
    if "$ref" in schema:
        return smallest(defs[schema["$ref"].rpartition("/")[2]], defs)
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return smallest(schema["anyOf"][0], defs)
    return _smallest_of_type(str(schema.get("type")), schema, defs)


def _smallest_of_type(kind: str, schema: dict[str, Any], defs: dict[str, Any]) -> Any:
    if kind == "object":
        wanted = schema.get("required", ())
        return {name: smallest(schema["properties"][name], defs) for name in wanted}
    if kind == "array":
        return [smallest(schema["items"], defs)] * int(schema.get("minItems", 0))
    if kind in ("integer", "number"):
        return max(schema.get("minimum", 0), 0)
    return {"string": "text", "boolean": False, "null": None}[kind]
