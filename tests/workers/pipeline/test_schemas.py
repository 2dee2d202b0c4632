"""What models reply with fits every provider's structured output."""

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from annotation_configs.prompts import ROOT, prompt
from workers.pipeline.schemas import SCHEMAS, Attempt, ReplySchema

NAMES = sorted(path.name for path in ROOT.iterdir() if path.is_dir() and path.name != "generate")


def objects(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield schema
    yield from schema.get("$defs", {}).values()


@pytest.mark.parametrize("name", NAMES)
def test_every_prompt_names_a_schema_that_exists(name: str) -> None:
    found = prompt(name)
    assert found.schema in SCHEMAS
    assert found.twins_schema in ("", *SCHEMAS)


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=lambda one: one.__name__)
def test_every_field_is_required_and_no_other_allowed(schema: type[ReplySchema]) -> None:
    for one in objects(schema.model_json_schema()):
        assert set(one["required"]) == set(one["properties"])
        assert one["additionalProperties"] is False


def test_a_schema_is_worked_out_once() -> None:
    assert Attempt.model_json_schema() is Attempt.model_json_schema()
    assert Attempt.model_json_schema() == Attempt.fresh_json_schema()


def test_an_answer_beyond_the_letters_is_refused() -> None:
    with pytest.raises(ValidationError):
        Attempt.model_validate({"reasoning": "", "answer": "E", "confidence": 0.5})
