"""Facts of made-up triplets, drawn from the vocabulary by a seed."""

import random
from collections.abc import Sequence

from annotation_configs.load import SCALE_NAMES, Attribute, vocabulary
from webapp.generation.catalog import TripletFacts, match

TUMOUR = (
    "architecture", "border", "adipose", "lymphoid_aggregates", "necrosis", "mucin",
    "stroma", "infiltrate", "vessels", "outline", "clefts", "calcification",
    "pleomorphism", "nuclear_shape", "chromatin", "nucleoli", "cytoplasm", "mitoses",
    "apoptosis", "eosinophils", "lymphocytes",
)  # fmt: skip
"""What a phantom's captions speak of."""


def made_facts(
    count: int,
    *,
    seed: int,
    common: float = 0.5,
    attributes: Sequence[str] = TUMOUR,
    scales: Sequence[str] = SCALE_NAMES,
    each_patient: int = 3,
) -> list[TripletFacts]:
    """Triplets whose every attribute has its first value with the probability `common`."""
    rng = random.Random(seed)
    return [
        made_triplet(f"t{number:04}", f"p{number // each_patient}", rng, common, attributes, scales)
        for number in range(count)
    ]


def made_triplet(
    uid: str,
    patient: str,
    rng: random.Random,
    common: float,
    attributes: Sequence[str],
    scales: Sequence[str],
) -> TripletFacts:
    phrases: dict[str, list[str]] = {scale: [] for scale in scales}
    for name in attributes:
        attribute = vocabulary().attribute(name)
        phrase = drawn_phrase(attribute, rng, common)
        if attribute.scales[0] in phrases:
            phrases[attribute.scales[0]].append(phrase)
    captions = {scale: f"The field shows {', '.join(found)}." for scale, found in phrases.items()}
    grade = rng.choice(("High", "Low"))
    return TripletFacts(
        uid=uid,
        patient=patient,
        organ="colon",
        summary=f"{grade}-grade carcinoma of the colon.",
        captions=captions,
        features={scale: match(text, scale, vocabulary()) for scale, text in captions.items()},
    )


def drawn_phrase(attribute: Attribute, rng: random.Random, common: float) -> str:
    first, *others = attribute.values
    return (first if rng.random() < common else rng.choice(others)).phrase
