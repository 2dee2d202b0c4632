"""Questions about the language models on offer."""

from collections.abc import Mapping

from django.conf import settings

from annotation_configs.models import ModelOffer, models


def models_on_offer() -> Mapping[str, ModelOffer]:
    """Every language model that a batch may use, by its name."""
    return models(settings.LLM_MODELS_FILE)


def is_configured(offer: ModelOffer) -> bool:
    """Whether this process knows how to reach the model: a key, or the address of an own server.

    Workers on other machines read their own environment.
    """
    if offer.provider == "vllm":
        return bool(settings.LLM_BASE_URLS["vllm"])
    return bool(settings.LLM_KEYS[offer.provider])
