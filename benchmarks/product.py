"""The whole product in a folder of its own, for benchmarks to measure and to hurt."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[1]
PATIENCE_S = 300.0
FAST_RECOVERY = {"CROSSCOPE_CLAIM_SECONDS": "3", "CROSSCOPE_SWEEP_SECONDS": "1"}


@contextmanager
def product(home: Path, port: int, settings: Mapping[str, str] | None = None) -> Iterator[None]:
    """The whole product on embedded engines in `home`; this process can use Django too.

    `settings` are further variables of the environment.
    """
    from deploy import demo, embedded, supervision

    os.environ |= {
        "CROSSCOPE_HOME": str(home),
        "PORT": str(port),
        "DJANGO_SETTINGS_MODULE": "webapp.settings",
        **FAST_RECOVERY,
        **(settings or {}),
    }
    os.environ.pop("CROSSCOPE_EAGER", None)
    with ExitStack() as stack:
        stack.enter_context(embedded.running(home))
        os.environ |= embedded.engine_environment(home)
        for command in ("migrate", "collectstatic"):
            manage = [sys.executable, "manage.py", command, "--noinput", "--verbosity", "0"]
            subprocess.run(manage, cwd=ROOT, check=True)
        programs = demo.programs(home, port, with_engines=True)
        stack.enter_context(supervision.supervised(home, programs, cwd=ROOT))
        yield


def patient(ask: Callable[[], T]) -> T:
    """Ask the database until it is back up: it is being killed all the time."""
    from django.db import InterfaceError, OperationalError, connection

    end = time.monotonic() + PATIENCE_S
    while True:
        try:
            return ask()
        except (OperationalError, InterfaceError):
            connection.close()
            if time.monotonic() > end:
                raise
            time.sleep(0.3)


def make_captions(slides: int, seed: int) -> None:
    """Slides known by name with phantom captions; no pixel is needed to ask about them."""
    from webapp.slides.geometry import Scale
    from webapp.slides.models import Patient, Roi, Slide, Triplet
    from webapp.slides.phantom import PhantomSlide

    for number in range(slides):
        row: Any = PhantomSlide(seed, number).caption_row()
        patient_row, _made = Patient.objects.get_or_create(key=row["patient"])
        slide, made = Slide.objects.get_or_create(
            name=row["wsi_name"], defaults={"patient": patient_row, "organ": row["organ"]}
        )
        for path in row["paths"] if made else ():
            triplet = Triplet.objects.create(
                slide=slide, path_id=path["path_id"], summary=path["path_summary"]
            )
            Roi.objects.bulk_create(
                Roi(
                    triplet=triplet,
                    scale=scale.value,
                    caption=path[scale.published_key]["caption"],
                )
                for scale in Scale
                if path.get(scale.published_key)
            )


def make_facts(triplets: int, seed: int) -> None:
    """Slides known by name, three triplets a patient, whose captions speak the vocabulary: made in
    no time, where drawing phantoms takes a second a slide.
    """
    from tests.generation.made_facts import made_facts
    from webapp.slides.models import Patient, Roi, Slide, Triplet

    for facts in made_facts(triplets, seed=seed):
        patient_row, _made = Patient.objects.get_or_create(key=facts.patient)
        slide, _made = Slide.objects.get_or_create(
            name=facts.patient, defaults={"patient": patient_row, "organ": facts.organ}
        )
        triplet = Triplet.objects.create(slide=slide, path_id=facts.uid, summary=facts.summary)
        Roi.objects.bulk_create(
            Roi(triplet=triplet, scale=scale, caption=text)
            for scale, text in facts.captions.items()
        )


def state_of(batch_id: int) -> str:
    from webapp.generation.models import Batch

    return str(Batch.objects.values_list("state", flat=True).get(pk=batch_id))


def wait_for(batches: list[int]) -> None:
    end = time.monotonic() + PATIENCE_S
    for batch_id in batches:
        while patient(partial(state_of, batch_id)) in ("queued", "running"):
            if time.monotonic() > end:
                return
            time.sleep(0.5)


def say(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {line}", file=sys.stderr, flush=True)
