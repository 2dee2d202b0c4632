"""From stored triplets to the plain facts that the pipeline works on, and back."""

from collections.abc import Iterable

from annotation_configs.load import vocabulary
from webapp.generation import queries
from webapp.generation.actions.screening import ReadCaption
from webapp.generation.catalog import Feature, TripletFacts, features_of
from webapp.generation.facts import caption_digest, facts_of
from webapp.slides.models import Triplet
from workers.pipeline.decompose import extractor


def read_by_rules(triplet: Triplet, facts: TripletFacts) -> list[ReadCaption]:
    """What the rules found in each caption, to be kept."""
    return [
        ReadCaption(
            roi_id=roi.pk,
            extractor=extractor(),
            caption_sha256=caption_digest(roi),
            features=tuple(one.id for one in facts.features.get(scale.value, ())),
        )
        for scale, roi in triplet.rois_by_scale().items()
    ]


class FactsShelf:
    """The facts of a batch's triplets by id, each read once; `by_model` names a model's extractor,
    empty where only the rules read."""

    def __init__(self, by_model: str = "") -> None:
        self.by_model = by_model
        self._facts: dict[int, TripletFacts] = {}

    def load(self, triplet_ids: Iterable[int]) -> None:
        missing = set(triplet_ids) - set(self._facts)
        if missing:
            for triplet in queries.triplets_with_captions().filter(pk__in=missing):
                self.add(triplet)

    def add(self, triplet: Triplet) -> TripletFacts:
        found = facts_of(triplet, self._found_by_model(triplet))
        self._facts[triplet.pk] = found
        return found

    def of(self, triplet_id: int) -> TripletFacts | None:
        """None when its captions are gone."""
        return self._facts.get(triplet_id)

    def _found_by_model(self, triplet: Triplet) -> dict[str, tuple[Feature, ...]]:
        if not self.by_model:
            return {}
        known = features_of(vocabulary())
        return {
            roi.scale: tuple(known[uid] for uid in ids if uid in known)
            for roi in triplet.rois.all()
            if (ids := queries.features_found(roi, self.by_model, caption_digest(roi)))
        }
