"""What a phantom slide shows, and how it is drawn: two to four values for each attribute.

Values are drawn by blocked randomisation: inside every block of consecutive slides (low) or
triplets (mid, high) each value occurs equally often, in an order shuffled for each attribute on its
own. So no value is more likely than another and no attribute tells anything about another one.
"""

import zlib
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

SITES = 4
"""Triplets in one slide."""

ATTRIBUTES: Mapping[str, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "low": {
            "architecture": ("glandular", "nested", "sheets", "trabecular"),
            "border": ("infiltrative", "pushing"),
            "adipose": ("present", "absent"),
            "lymphoid_aggregates": ("present", "absent"),
            "necrosis": ("present", "absent"),
            "mucin": ("present", "absent"),
        },
        "mid": {
            "stroma": ("desmoplastic", "collagenous", "loose"),
            "infiltrate": ("dense", "sparse"),
            "vessels": ("present", "absent"),
            "outline": ("smooth", "angular"),
            "clefts": ("present", "absent"),
            "calcification": ("present", "absent"),
        },
        "high": {
            "pleomorphism": ("marked", "uniform"),
            "nuclear_shape": ("round", "elongated"),
            "chromatin": ("vesicular", "dense"),
            "nucleoli": ("prominent", "inconspicuous"),
            "cytoplasm": ("clear", "eosinophilic"),
            "mitoses": ("present", "absent"),
            "apoptosis": ("present", "absent"),
            "eosinophils": ("present", "absent"),
            "lymphocytes": ("present", "absent"),
        },
    }
)
ORGANS = ("colon", "breast", "skin", "kidney", "liver", "salivary_gland")

_SLIDE_BLOCK = 4
_TRIPLET_BLOCK = 12

Traits = Mapping[str, str]


def stream(seed: int, *key: int | str) -> np.random.Generator:
    """The random stream of one purpose; streams of different keys are independent."""
    words = [zlib.crc32(part.encode()) if isinstance(part, str) else part for part in key]
    return np.random.default_rng([seed, *words])


def _drawn(values: tuple[str, ...], index: int, block: int, seed: int, name: str) -> str:
    """The value of the `index`-th draw, each value block/len(values) times a block."""
    order = stream(seed, "traits", name, index // block).permutation(block)
    return values[int(order[index % block]) % len(values)]


def draw_organ(seed: int, slide: int) -> str:
    return _drawn(ORGANS, slide, len(ORGANS), seed, "organ")


def draw_low(seed: int, slide: int) -> Traits:
    return {
        name: _drawn(values, slide, _SLIDE_BLOCK, seed, f"low.{name}")
        for name, values in ATTRIBUTES["low"].items()
    }


def draw_triplet(seed: int, slide: int, site: int, scale: str) -> Traits:
    """The mid or high traits of one triplet."""
    index = slide * SITES + site
    return {
        name: _drawn(values, index, _TRIPLET_BLOCK, seed, f"{scale}.{name}")
        for name, values in ATTRIBUTES[scale].items()
    }
