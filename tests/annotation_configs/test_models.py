"""The models on offer load, and a broken file is refused by file and key."""

from decimal import Decimal
from pathlib import Path

import pytest

from annotation_configs.models import PROVIDERS, models
from annotation_configs.node import ConfigError

OFFER = """
mine:
  provider: vllm
  model_id: some/model
  label: Mine
  usd_per_mtok_in: 0.1
  usd_per_mtok_out: 2
  rpm: null
  tpm: 1000
  max_in_flight: 8
  context_tokens: 8192
  vision: true
  roles: [generate]
"""


def test_the_models_of_the_published_pipeline_are_on_offer() -> None:
    offers = models()
    assert {"gemini-3-pro", "qwen3-max", "gpt-5", "local-vllm"} <= set(offers)
    assert {offer.provider for offer in offers.values()} == set(PROVIDERS)
    assert all(offer.max_in_flight >= 64 for offer in offers.values())


def test_a_file_of_ones_own_is_read(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(OFFER)
    offer = models(path)["mine"]
    assert (offer.rpm, offer.tpm) == (None, 1000)
    assert (offer.structured, offer.temperature, offer.thinking_tokens) == ("schema", True, 0)
    assert offer.usd_per_mtok_in == Decimal("0.1")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("mine:", "Mine:", "Mine is no name for a model"),
        ("mine:", "offline:", "offline is no name for a model"),
        ("vllm", "azure", "mine.provider is 'azure'; use one of openai"),
        ("0.1", "-1", "mine.usd_per_mtok_in must be a number, 0 or more"),
        ("0.1", ".inf", "mine.usd_per_mtok_in must be a number, 0 or more"),
        ("0.1", "free", "mine.usd_per_mtok_in must be a number, 0 or more"),
        ("tpm: 1000", "tpm: 0", "mine.tpm must be a whole number above 0"),
        ("  rpm: null\n", "", "mine.rpm is missing"),
        ("[generate]", "[paint]", "mine.roles names 'paint'"),
        ("vision: true", "vision: 1", "mine.vision must be true or false"),
        ("vision: true", "sight: true", "mine.sight is unknown"),
        ("label: Mine", "label: ''", "mine.label must be a text"),
        ("label: Mine", "label: Mine\n  structured: xml", "mine.structured is 'xml'"),
        (OFFER.strip(), "{}", "the file offers no model"),
    ],
)
def test_a_broken_offer_is_refused_by_file_and_key(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(OFFER.replace(old, new, 1))
    with pytest.raises(ConfigError, match=r"own\.yaml") as caught:
        models(path)
    assert said in str(caught.value)
