"""Stored triplets whose captions speak the vocabulary, so that questions can be made of them."""

from tests.factories import make_slide, make_triplet
from tests.generation.made_facts import made_facts
from webapp.slides.geometry import Scale
from webapp.slides.models import Triplet


def make_captioned(count: int, *, seed: int = 5, a_slide: int = 4) -> list[Triplet]:
    """Slides of different patients, `a_slide` triplets each. The same names and captions each time,
    so the same plans and prompts.
    """
    made = []
    for number, facts in enumerate(made_facts(count, seed=seed)):
        if number % a_slide == 0:
            slide = make_slide(f"slide-{number // a_slide:02}")
        captions = {Scale(scale): text for scale, text in facts.captions.items()}
        path_id = f"field-{number:03}"
        made.append(make_triplet(slide, path_id=path_id, captions=captions, summary=facts.summary))
    return made
