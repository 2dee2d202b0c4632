"""Why a model gave no answer at all. Each message is a sentence that a curator can act on."""


class LlmError(Exception):
    """Base of all; `provider` is a name of models.yaml."""

    def __init__(self, provider: str, message: str) -> None:
        super().__init__(message)
        self.provider = provider
        self.message = message


class Transient(LlmError):
    """Worth another try; `retry_after_s` is the provider's own wish, in seconds."""

    def __init__(self, provider: str, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(provider, message)
        self.retry_after_s = retry_after_s


class RateLimited(Transient):
    """Too many requests or tokens for now (HTTP 429)."""


class Unavailable(Transient):
    """The provider failed, did not answer in time or could not be reached."""


class ProviderDown(LlmError):
    """Every retry failed; the batch pauses and is tried again later by itself."""


class WrongKey(LlmError):
    """The provider does not accept the key (401, 403) or none is set; a person must mend it."""


class BadRequest(LlmError):
    """The provider rejects what is sent (unknown model, image, ...); a person must mend it."""
