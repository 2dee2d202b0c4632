"""Triplets with captions that questions can be made of, and batches over them."""

from collections.abc import Callable

import pytest

from tests.factories import make_slide, make_triplet, make_user
from tests.generation.made_facts import made_facts
from webapp.accounts.models import User
from webapp.accounts.roles import Role
from webapp.generation.actions import launch_batch
from webapp.generation.models import Batch
from webapp.items.mcq import Dimension
from webapp.slides.geometry import Scale
from webapp.slides.models import Triplet

Launch = Callable[..., Batch]


@pytest.fixture
def cleo(db: None) -> User:
    return make_user(Role.CURATOR, "cleo")


@pytest.fixture
def triplets(db: None) -> list[Triplet]:
    """Sixteen triplets, four a slide, whose captions speak the vocabulary."""
    made = []
    for number, facts in enumerate(made_facts(16, seed=5)):
        if number % 4 == 0:
            slide = make_slide(f"slide-{number // 4:02}")
        captions = {Scale(scale): text for scale, text in facts.captions.items()}
        made.append(make_triplet(slide, captions=captions, summary=facts.summary))
    return made


@pytest.fixture
def launch(cleo: User) -> Launch:
    """Launches a batch; `count` items of all dimensions unless told otherwise."""

    def make(count: int = 10, **options: object) -> Batch:
        values = {"name": "", "dimensions": list(Dimension), "seed": 3, "by": cleo, **options}
        return launch_batch(count=count, **values)  # type: ignore[arg-type]

    return make
