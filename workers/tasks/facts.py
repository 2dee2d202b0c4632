"""From stored triplets to the plain facts that the pipeline works on, and back."""

from hashlib import sha256

from webapp.generation import actions
from webapp.generation.catalog import TripletFacts
from webapp.slides.models import Triplet
from workers.pipeline.decompose import decompose, extractor


def uid_of(triplet: Triplet) -> str:
    """Names a triplet by what its files say, so that a plan does not depend on row numbers."""
    return f"{triplet.slide.name}/{triplet.path_id}"


def facts_of(triplet: Triplet) -> TripletFacts:
    captions = {scale.value: roi.caption for scale, roi in triplet.rois_by_scale().items()}
    return TripletFacts(
        uid=uid_of(triplet),
        patient=triplet.slide.patient.key,
        organ=triplet.slide.organ,
        summary=triplet.summary,
        captions=captions,
        features=decompose(captions),
    )


def keep_features(triplet: Triplet, facts: TripletFacts) -> None:
    """Store what was found in each caption, once per extractor and caption."""
    made_by = extractor()
    for scale, roi in triplet.rois_by_scale().items():
        actions.write_features(
            roi,
            extractor=made_by,
            caption_sha256=sha256(roi.caption.encode()).hexdigest(),
            features=[feature.id for feature in facts.features.get(scale.value, ())],
        )
