"""From stored triplets to the plain facts that planning and writing work on."""

from collections.abc import Mapping, Sequence
from hashlib import sha256

from annotation_configs.load import SCALE_NAMES, vocabulary
from webapp.generation.catalog import Feature, TripletFacts, match
from webapp.slides.models import Roi, Triplet


def uid_of(triplet: Triplet) -> str:
    """Names a triplet by what its files say, so that a plan does not depend on row numbers."""
    return f"{triplet.slide.name}/{triplet.path_id}"


def caption_digest(roi: Roi) -> str:
    return sha256(roi.caption.encode()).hexdigest()


def facts_of(triplet: Triplet, found_by_model: Mapping[str, Sequence[Feature]]) -> TripletFacts:
    """What the rules find in the captions, and what a model found beside that.

    Where the two contradict each other both values stand, and planning leaves the attribute out.
    """
    captions = {scale.value: roi.caption for scale, roi in triplet.rois_by_scale().items()}
    by_rule = read_by_rule(captions)
    scales = [*by_rule, *(one for one in found_by_model if one not in by_rule)]
    return TripletFacts(
        uid=uid_of(triplet),
        patient=triplet.slide.patient.key,
        organ=triplet.slide.organ,
        summary=triplet.summary,
        captions=captions,
        features={
            scale: tuple(dict.fromkeys((*by_rule.get(scale, ()), *found_by_model.get(scale, ()))))
            for scale in scales
        },
    )


def read_by_rule(captions: Mapping[str, str]) -> dict[str, tuple[Feature, ...]]:
    """The features of each scale that has a caption; a scale without one is left out."""
    words = vocabulary()
    return {
        scale: match(captions[scale], scale, words)
        for scale in SCALE_NAMES
        if captions.get(scale, "").strip()
    }
