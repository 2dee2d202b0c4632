"""Any OpenAI-compatible server of your own, such as vLLM, through the openai SDK.

Guided decoding is asked for by `response_format`: vLLM's own parameters for it have changed names
between versions, this one has not, and other servers know it too.
"""

from collections.abc import Mapping

from annotation_configs.models import ModelOffer
from workers.llm.endpoint import Endpoint
from workers.llm.openai_adapter import OpenAIAdapter


class VllmAdapter(OpenAIAdapter):
    """Differs from OpenAI in that a key is optional and `max_tokens` has its old name."""

    limit_field = "max_tokens"

    def __init__(self, endpoint: Endpoint, offers: Mapping[str, ModelOffer]) -> None:
        named = Endpoint(endpoint.provider, endpoint.base_url, endpoint.key or "none")
        super().__init__(named, offers)
