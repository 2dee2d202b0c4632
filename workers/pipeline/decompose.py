"""Stage 1: captions to canonical features, by rule and without a model."""

from collections.abc import Mapping

from annotation_configs.load import SCALE_NAMES, Vocabulary
from annotation_configs.load import vocabulary as default_vocabulary
from webapp.generation.catalog import Feature, match

NAME = "rules"
VERSION = "1"


class DecomposeError(ValueError):
    """Captions or feature ids that cannot be used; the message names which."""


def extractor(vocabulary: Vocabulary | None = None) -> str:
    """What a stored feature set was made by: it changes with the rules and with the words."""
    digest = (vocabulary or default_vocabulary()).digest
    return f"{NAME}/{VERSION}/{digest[:12]}"


def decompose(
    captions: Mapping[str, str], vocabulary: Vocabulary | None = None
) -> dict[str, tuple[Feature, ...]]:
    """The features of each scale that has a caption; a scale without one is left out."""
    words = vocabulary or default_vocabulary()
    strangers = sorted(set(captions) - set(SCALE_NAMES))
    if strangers:
        raise DecomposeError(f"{strangers[0]!r} is no scale; name the captions low, mid and high.")
    return {
        scale: match(captions[scale], scale, words)
        for scale in SCALE_NAMES
        if captions.get(scale, "").strip()
    }
