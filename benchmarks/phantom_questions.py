"""Questions made offline from what phantom slides' captions say; no slide is painted."""

from dataclasses import dataclass

from annotation_configs.load import vocabulary
from webapp.generation.catalog import TripletFacts, match
from webapp.generation.config import Scheme
from webapp.generation.plan import make_plan
from webapp.generation.planned import PlannedItem
from webapp.items.mcq import Mcq
from webapp.slides.phantom.captions import path_text
from webapp.slides.phantom.layout import make_layout
from workers.pipeline.generate import generate

PHANTOM_SEED = 7


@dataclass(frozen=True)
class Asked:
    """Questions with their plans, and the patient of each."""

    items: tuple[Mcq, ...]
    plans: tuple[PlannedItem, ...]
    patients: tuple[str, ...]

    @property
    def twin_groups(self) -> tuple[str, ...]:
        return tuple(one.twin_group for one in self.plans)


def phantom_facts(patients: int, *, seed: int = PHANTOM_SEED) -> list[TripletFacts]:
    """What the captions of so many phantom slides say: four triplets each, all organs in turn."""
    return [facts for slide in range(patients) for facts in _slide_facts(seed, slide)]


def _slide_facts(seed: int, slide: int) -> list[TripletFacts]:
    layout = make_layout(seed, slide)
    texts = [path_text(layout, site) for site in layout.sites]
    return [
        TripletFacts(
            uid=f"phantom-{seed}-{slide}/t{number}",
            patient=f"phantom-{seed}-{slide}",
            organ=layout.organ,
            summary=text.summary,
            captions=dict(text.captions),
            features={
                scale: match(caption, scale, vocabulary())
                for scale, caption in text.captions.items()
            },
        )
        for number, text in enumerate(texts, start=1)
    ]


def ask(facts: list[TripletFacts], scheme: Scheme, *, count: int, seed: int) -> Asked:
    """Questions of all dimensions about the triplets."""
    by_uid = {one.uid: one for one in facts}
    plans = make_plan(facts, dimensions="ABCDE", count=count, seed=seed, scheme=scheme).items
    return Asked(
        items=tuple(generate(one, by_uid[one.triplet]).mcq for one in plans),
        plans=plans,
        patients=tuple(by_uid[one.triplet].patient for one in plans),
    )
