"""What a test may order to go wrong, and for how many requests."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

KINDS = (
    "rate_limit", "server_error", "unavailable", "hang", "prompt_block", "answer_block", "refusal",
    "truncated", "invalid_json", "html", "slow_body", "wrong_key", "no_credit", "unknown_model",
    "too_long", "bad_request", "empty", "down", "cut", "say",
    "body",
)  # fmt: skip
FOREVER = -1


@dataclass
class Fault:
    """`times` requests get it (FOREVER: all), of one provider or of any, if `contains` is in them.

    `retry_after` is sent with rate_limit: seconds, or an HTTP date as it stands. `text` is what
    the model says (say) or the whole body (body, with `status`), `seconds` how long a slow body
    takes.
    """

    kind: str
    provider: str = ""
    contains: str = ""
    times: int = 1
    retry_after: str = ""
    text: str = ""
    seconds: float = 5.0
    status: int = 200

    @classmethod
    def read(cls, ordered: Mapping[str, Any]) -> "Fault":
        """Raises ValueError for an unknown kind and TypeError for an unknown field."""
        fault = cls(**ordered)
        if fault.kind not in KINDS:
            raise ValueError(f"there is no fault {fault.kind!r}; use one of {', '.join(KINDS)}")
        return fault

    def meets(self, provider: str, prompt: str) -> bool:
        return self.provider in ("", provider) and self.contains in prompt


class Faults:
    """Taken in the order in which they were given."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self._waiting.append(fault)

    def clear(self) -> None:
        self._waiting.clear()

    def take(self, provider: str, prompt: str) -> Fault | None:
        for fault in self._waiting:
            if fault.meets(provider, prompt):
                if fault.times != FOREVER:
                    fault.times -= 1
                    if fault.times == 0:
                        self._waiting.remove(fault)
                return fault
        return None
