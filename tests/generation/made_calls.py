"""Calls of language models on record, for tests."""

from decimal import Decimal
from itertools import count
from typing import Any

from webapp.accounts.queries import system_user
from webapp.generation.models import Batch, Call
from webapp.generation.states import CallOutcome

_numbers = count(1)


def make_call(batch: Batch | None = None, **fields: Any) -> Call:
    """An answered call for $0.25."""
    values: dict[str, Any] = {
        "key": f"{next(_numbers):064}",
        "batch": batch,
        "slot_number": 1,
        "stage": "generate",
        "provider": "openai",
        "model": "gpt-5",
        "model_id": "gpt-5",
        "prompt": "generate_A/v1@0123",
        "request": {"system": "You write.", "user": "Write a question.", "max_tokens": 5},
        "outcome": CallOutcome.OK,
        "reply": '{"stem": "Which?"}',
        "prompt_tokens": 100,
        "completion_tokens": 20,
        "cost_usd": Decimal("0.25"),
        "latency_s": 1.5,
        "created_by": system_user(),
    }
    return Call.objects.create(**{**values, **fields})


def make_batch(**fields: Any) -> Batch:
    values: dict[str, Any] = {
        "name": "Night",
        "config": {"count": 3, "dimensions": ["A"]},
        "seed": 1,
        "created_by": system_user(),
    }
    return Batch.objects.create(**{**values, **fields})
