"""Triplets with captions that questions can be made of, and batches over them."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest

from tests.factories import make_user
from tests.generation.captioned import make_captioned
from webapp.accounts.models import User
from webapp.accounts.roles import Role
from webapp.generation.actions.batches import launch_batch
from webapp.generation.config import BatchConfig
from webapp.generation.models import Batch
from webapp.items.mcq import Dimension
from webapp.slides.models import Triplet

Launch = Callable[..., Batch]


@pytest.fixture
def cleo(db: None) -> User:
    return make_user(Role.CURATOR, "cleo")


@pytest.fixture
def triplets(db: None) -> list[Triplet]:
    """Sixteen triplets, four a slide, whose captions speak the vocabulary."""
    return make_captioned(16)


@pytest.fixture
def launch(cleo: User) -> Launch:
    """Launches a batch; `count` items of all dimensions unless told otherwise.

    Options are fields of the config or arguments of the action.
    """

    def make(count: int = 10, **options: Any) -> Batch:
        known = {field.name for field in fields(BatchConfig)}
        config = {"dimensions": tuple(Dimension), **{k: options[k] for k in options if k in known}}
        rest = {name: value for name, value in options.items() if name not in known}
        return launch_batch(BatchConfig(count=count, **config), **{"seed": 3, "by": cleo, **rest})

    return make
