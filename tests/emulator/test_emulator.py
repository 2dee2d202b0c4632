"""The emulator keeps count and refuses orders it does not know; its answers are tested with us."""

from collections.abc import Iterator
from urllib.error import HTTPError

import pytest

from tests.emulator.plain import smallest
from tests.emulator.process import RunningEmulator, running_emulator


@pytest.fixture(scope="module")
def emulator() -> Iterator[RunningEmulator]:
    with running_emulator() as running:
        yield running


def test_an_unknown_fault_is_refused(emulator: RunningEmulator) -> None:
    for fields in ({"kind": "earthquake"}, {"kind": "html", "when": "now"}):
        with pytest.raises(HTTPError, match="400"):
            emulator.fault(**fields)


def test_counts_begin_at_zero(emulator: RunningEmulator) -> None:
    counts = emulator.counts()
    assert counts["requests"] == counts["distinct"] == counts["max_in_flight"] == 0


def test_workers_can_be_pointed_at_it(emulator: RunningEmulator) -> None:
    assert emulator.environment["GOOGLE_BASE_URL"] == f"{emulator.address}/google"
    assert len(emulator.environment) == 8


def test_the_smallest_object_has_what_is_required_only() -> None:
    schema = {
        "type": "object",
        "required": ["kind", "names", "part", "maybe", "share"],
        "properties": {
            "kind": {"enum": ["first", "second"]},
            "names": {"type": "array", "items": {"type": "string"}, "minItems": 2},
            "part": {"$ref": "#/$defs/Part"},
            "maybe": {"anyOf": [{"type": "null"}, {"type": "integer"}]},
            "share": {"type": "number", "minimum": 0.5},
            "more": {"type": "string"},
        },
    }
    defs = {"Part": {"type": "object", "properties": {"on": {"type": "boolean"}}}}
    assert smallest(schema, defs) == {
        "kind": "first", "names": ["text", "text"], "part": {}, "maybe": None, "share": 0.5
    }  # fmt: skip
