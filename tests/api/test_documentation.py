"""docs/api.md tells the API as it is: every address is listed, and every example works."""

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from tests.api.conftest import Ask, Send
from tests.factories import make_item, make_triplet
from tests.generation.made_calls import make_batch, make_call
from tests.house.tree import ROOT
from webapp.accounts.queries import system_user
from webapp.generation.actions.constraints import Taught, learn_constraints
from webapp.generation.made import Learned
from webapp.generation.models import Constraint, Screening, Slot
from webapp.generation.states import BatchState, CallOutcome, SlotState
from webapp.items.states import ItemState

pytestmark = pytest.mark.django_db

PAGE = (ROOT / "docs" / "api.md").read_text()
EXAMPLE = re.compile(
    r"^```http\n(\w+) /api/(\S+)\n(.*?)\n?\n(\d{3})\n(.*?)```$", re.DOTALL | re.MULTILINE
)
LISTED = re.compile(r"^\| `(GET|POST|PUT|DELETE|PATCH) /api(/\S+)` \|", re.MULTILINE)


@dataclass(frozen=True)
class Example:
    method: str
    path: str
    body: str
    status: int
    answer: Any

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


EXAMPLES = [
    Example(method, path, body.strip(), int(status), json.loads(answer))
    for method, path, body, status, answer in EXAMPLE.findall(PAGE)
]


@pytest.fixture
def world() -> dict[str, int]:
    """What the examples speak of: actual ids by the ids on the page."""
    batch = make_batch(
        state=BatchState.PAUSED, spent_usd=Decimal(3), budget_usd=Decimal(25), planned=True
    )
    item = make_item(state=ItemState.LEAKY)
    values = {"batch": batch, "triplet": make_triplet(), "dimension": "A", "plan": {}}
    Slot.objects.create(number=31, item=item, state=SlotState.LEAKY, **values)
    Slot.objects.create(number=32, state=SlotState.FAILED, error="The model refused.", **values)
    call = make_call(batch, stage="screen", outcome=CallOutcome.REFUSED, slot_number=31)
    Screening.objects.create(
        revision=item.current, adversary="qwen3-max", version="1", confidence=1, verdict="leaks",
        calls=[call.pk],
    )  # fmt: skip
    lesson = Learned("length", "Write equally long options.", "qwen3-max", "The key is long.")
    learn_constraints([Taught(item.current, lesson)], by=system_user())
    constraint = Constraint.objects.get()
    return {
        "batches/12": batch.pk,
        "batch=12": batch.pk,
        "items/88": item.pk,
        "constraints/7": constraint.pk,
        "calls/345": call.pk,
    }


def actual(path: str, world: dict[str, int]) -> str:
    for told, pk in world.items():
        path = re.sub(rf"\b{re.escape(told)}\b", re.sub(r"\d+", str(pk), told), path)
    return path


def missing(told: Any, found: Any, place: str = "") -> list[str]:
    """Where the answer lacks a field of the page, or has one of another kind."""
    if isinstance(told, dict) and isinstance(found, dict):
        lacking = [f"{place}.{name}" for name in told if name not in found]
        both = [name for name in told if name in found]
        return lacking + [
            one for name in both for one in missing(told[name], found[name], f"{place}.{name}")
        ]
    if isinstance(told, list) and isinstance(found, list) and told:
        return missing(told[0], found[0], f"{place}[0]") if found else [f"{place} is empty"]
    same = told is None or found is None or isinstance(found, type(told))
    return [] if same else [f"{place} is {found!r}"]


def test_every_topic_has_an_example() -> None:
    topics = {example.path.split("/")[0].split("?")[0] for example in EXAMPLES}
    assert topics == {"batches", "models", "calls", "constraints", "items", "health"}
    assert PAGE.count("```http") == len(EXAMPLES), "an example that cannot be read"


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_an_example_works(example: Example, ask: Ask, send: Send, world: dict[str, int]) -> None:
    path = actual(example.path, world)
    if example.method == "GET":
        status, found = ask(path)
    else:
        body = json.loads(example.body) if example.body else None
        status, found = send(path, body, method=example.method)
    assert status == example.status, found
    assert missing(example.answer, found) == []


def test_every_address_is_listed_and_none_else(ask: Ask) -> None:
    paths = ask("openapi.json", None)[1]["paths"]
    served = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    assert {(method, f"/api{path}") for method, path in LISTED.findall(PAGE)} == served
