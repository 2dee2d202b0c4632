"""Where a provider is reached, and its HTTP failures as errors that a curator can act on."""

import email.utils
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from workers.llm.errors import BadRequest, LlmError, RateLimited, Unavailable, WrongKey
from workers.llm.parse import storable

LABELS = {"openai": "OpenAI", "google": "Google", "dashscope": "DashScope", "vllm": "vLLM"}
DEFAULT_BASE_URLS = {
    "openai": "https://api.openai.com/v1",
    "google": "https://generativelanguage.googleapis.com",
    "dashscope": "https://dashscope-intl.aliyuncs.com/api/v1",
}
DETAIL = 200
WAIT = frozenset({408, 409, 425})


@dataclass(frozen=True)
class Endpoint:
    """`key` is the secret; no message shows it."""

    provider: str
    base_url: str
    key: str = ""

    @property
    def variable(self) -> str:
        """Prefix of its settings, such as OPENAI."""
        return self.provider.upper()

    @property
    def who(self) -> str:
        return f"{LABELS[self.provider]} ({urlsplit(self.base_url).netloc})"

    def missing_key(self) -> WrongKey:
        return WrongKey(
            self.provider,
            f"No key for {LABELS[self.provider]} is set; set {self.variable}_API_KEY and start "
            "the workers again.",
        )

    def unreachable(self, cause: str) -> Unavailable:
        """`cause` is what the network said, such as connection refused."""
        said = _clean(cause) or "no cause given"
        return Unavailable(self.provider, f"{self.who} cannot be reached: {said}.")

    def too_slow(self, seconds: float) -> Unavailable:
        return Unavailable(self.provider, f"{self.who} did not finish within {seconds:g} s.")

    def fault(self, status: int, detail: str, *, retry_after_s: float | None = None) -> LlmError:
        """The error of an HTTP status; `detail` is the provider's own sentence."""
        said = f"HTTP {status}: {_clean(detail)}" if detail else f"HTTP {status}"
        if status in (401, 403):
            # A 401 quotes part of the key; a 403 tells what the key may not do.
            return WrongKey(
                self.provider,
                f"{self.who} does not accept the key "
                f"({said if status == 403 else 'HTTP 401'}); set a valid "
                f"{self.variable}_API_KEY and start the workers again.",
            )
        if status == 429:
            message = f"{self.who} takes no more calls for now ({said})."
            return RateLimited(self.provider, message, retry_after_s=retry_after_s)
        if status >= 500 or status in WAIT:
            message = f"{self.who} failed ({said})."
            return Unavailable(self.provider, message, retry_after_s=retry_after_s)
        if status == 404:
            return BadRequest(
                self.provider,
                f"{self.who} does not know the model or the address ({said}); mend model_id in "
                f"models.yaml or {self.variable}_BASE_URL.",
            )
        return BadRequest(self.provider, f"{self.who} rejects what it is sent ({said}).")

    def no_credit(self) -> WrongKey:
        return WrongKey(
            self.provider,
            f"{self.who} says that the account has no credit left; top it up, or set another "
            f"{self.variable}_API_KEY.",
        )


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, from Retry-After as seconds or as an HTTP date; None where it says none."""
    value = headers.get("retry-after") or ""
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except (TypeError, ValueError):
        return None


def _clean(detail: str) -> str:
    """One line that can be stored, short, without the full stop that the sentence brings."""
    line = " ".join(storable(detail).split())
    return (line if len(line) <= DETAIL else line[:DETAIL] + " …").rstrip(".")
