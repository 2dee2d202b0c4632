"""`manage.py load_demo`: the demo's own slides and batch, whatever else is there."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django import Settings

from tests.factories import make_slide, make_triplet, make_user
from webapp.accounts.models import User
from webapp.accounts.roles import Role
from webapp.generation.actions.batches import launch_batch
from webapp.generation.config import BatchConfig
from webapp.generation.management.commands import load_demo
from webapp.generation.models import Batch
from webapp.items.mcq import Dimension
from webapp.slides.models import Slide, Triplet
from webapp.slides.phantom import make_phantoms

pytestmark = pytest.mark.django_db

SMALL_PX = 1152


@pytest.fixture(scope="module")
def phantoms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose phantoms are made, small ones, and not imported yet."""
    home = tmp_path_factory.mktemp("home")
    make_phantoms(home / "demo", seed=load_demo.SEED, count=1, size_px=SMALL_PX)
    return home


@pytest.fixture(autouse=True)
def at_home(settings: Settings, phantoms: Path, tmp_path: Path) -> None:
    settings.HOME = phantoms
    settings.MEDIA_ROOT = tmp_path / "media"


def load() -> None:
    call_command("load_demo", slides=2, items=5, stdout=StringIO())


def of_others() -> Slide:
    slide = make_slide("somebody's")
    make_triplet(slide)
    launch_batch(BatchConfig(tuple(Dimension), count=1), by=make_user(Role.CURATOR))
    return slide


def test_the_slides_and_batches_of_others_do_not_count() -> None:
    other = of_others()
    load()
    own = Slide.objects.exclude(pk=other.pk).get()
    assert own.name == "phantom-7-0"
    batch = Batch.objects.get(name=load_demo.BATCH)
    assert batch.config["slides"] == [own.pk]
    assert batch.config["count"] == 5


def test_a_second_time_changes_nothing() -> None:
    load()
    load()
    assert Slide.objects.count() == Batch.objects.count() == 1
    assert User.objects.filter(username__in=load_demo.PEOPLE).count() == len(load_demo.PEOPLE)


def test_an_import_that_was_killed_is_ended_the_next_time() -> None:
    make_slide("phantom-7-0")
    load()
    assert Triplet.objects.filter(slide__name="phantom-7-0").exists()
    assert Batch.objects.get().config["slides"] == [Slide.objects.get().pk]
