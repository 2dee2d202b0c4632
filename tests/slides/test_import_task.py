"""An import as a row: progress, cancel, going on, and a worker that dies in the middle."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks

from tests.factories import jpeg_bytes, make_user, write_slide
from tests.live import LiveWorker
from webapp.accounts.models import User
from webapp.accounts.roles import Role
from webapp.core.errors import BadInput, Conflict, NotAllowed
from webapp.core.events import history
from webapp.core.models import Event
from webapp.slides.actions import running
from webapp.slides.actions.imports import cancel_import, retry_import, start_import
from webapp.slides.actions.steps import plan_import
from webapp.slides.models import Import, ImportEntry, Slide, Triplet
from webapp.slides.queries import stalled_imports
from webapp.slides.states import ImportState
from workers.tasks.slides import run_import

Kind = Import.Kind


@pytest.fixture
def three_slides(tmp_path: Path) -> list[str]:
    names = ("one", "two", "three")
    return [
        str(write_slide(tmp_path / f"{name}.tiff", width=600, height=600, levels=1, seed=seed))
        for seed, name in enumerate(names)
    ]


@pytest.fixture
def run(three_slides: list[str], curator: User) -> Import:
    return start_import(Kind.SLIDES, three_slides, by=curator)


def cancel_at(step: int, run: Import) -> Callable[..., Any]:
    """Stands in for `_do`: somebody cancels while this step is at work."""
    inner = running._do

    def do(at_work: Import, one: running.Step, done: int, pulse: running.Pulse) -> None:
        if done == step:
            cancel_import(Import.objects.get(pk=run.pk), by=run.created_by)
        inner(at_work, one, done, pulse)

    return do


@pytest.mark.django_db
def test_a_queued_import_is_sent_to_a_worker(
    three_slides: list[str],
    curator: User,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        run = start_import(Kind.SLIDES, three_slides, by=curator)
    run.refresh_from_db()
    assert (run.state, run.done, run.total) == (ImportState.DONE, 3, 3)
    assert Slide.objects.count() == 3


@pytest.mark.django_db
def test_every_file_has_one_entry(run: Import) -> None:
    run_import(run.pk)
    entries = list(run.entries.values_list("number", "name", "outcome"))
    assert entries == [
        (1, "one.tiff", "added"),
        (2, "two.tiff", "added"),
        (3, "three.tiff", "added"),
    ]
    assert Import.objects.get().finished_at is not None


@pytest.mark.django_db
def test_the_end_is_in_the_history_with_its_counts(run: Import) -> None:
    run_import(run.pk)
    assert Event.objects.get(verb="finish_import").after == {"added": 3}
    verbs = {getattr(entry, "verb", "move") for entry in history(run)}
    assert verbs == {"start_import", "move", "finish_import"}


@pytest.mark.django_db
def test_a_broken_file_does_not_stop_the_others(three_slides: list[str], curator: User) -> None:
    Path(three_slides[1]).write_text("no slide")
    run = start_import(Kind.SLIDES, three_slides, by=curator)
    run_import(run.pk)
    assert list(run.entries.values_list("outcome", flat=True)) == ["added", "refused", "added"]
    assert run.entries.get(outcome="refused").message.startswith("two.tiff")


@pytest.mark.django_db
def test_run_twice_it_does_nothing_more(run: Import) -> None:
    run_import(run.pk)
    run_import(run.pk)
    assert (ImportEntry.objects.count(), Slide.objects.count()) == (3, 3)


@pytest.mark.django_db
def test_an_import_that_another_worker_holds_is_left_alone(run: Import) -> None:
    assert Import.claim(run.pk)
    run_import(run.pk)
    assert Import.objects.get().state == ImportState.QUEUED


@pytest.mark.django_db
def test_a_cancelled_import_stops_between_files(
    run: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "_do", cancel_at(2, run))
    run_import(run.pk)
    assert Import.objects.get().state == ImportState.CANCELLED
    assert [slide.name for slide in Slide.objects.all()] == ["one"]


@pytest.mark.django_db
def test_a_cancelled_import_goes_on_where_it_stopped(
    run: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(running, "_do", cancel_at(2, run))
        run_import(run.pk)
    retry_import(Import.objects.get(), by=run.created_by)
    run_import(run.pk)
    assert list(run.entries.values_list("number", flat=True)) == [1, 2, 3]
    assert Event.objects.filter(verb="import_slide").count() == 3


@pytest.mark.django_db
def test_a_worker_that_lost_its_claim_writes_nothing_more(run: Import) -> None:
    """Another worker took the row over while this one was reading a file."""
    token = Import.claim(run.pk)
    assert token
    slow = Import.objects.get(pk=run.pk)

    def take_over(done: int, total: int, name: str) -> None:
        if done == 1:
            Import.objects.filter(pk=run.pk).update(claimed_until=None, claim_token=None)
            assert Import.claim(run.pk)

    running.work_through(slow, plan_import, pulse=lambda: None, progress=take_over)
    assert [slide.name for slide in Slide.objects.all()] == ["one"]
    assert Import.objects.get().state == ImportState.RUNNING


@pytest.mark.django_db
def test_a_kill_between_two_files_costs_nothing(
    run: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(done: int, total: int, name: str) -> None:
        if done == 2:
            raise Killed

    token = Import.claim(run.pk)
    assert token
    with pytest.raises(Killed):
        running.work_through(Import.objects.get(), plan_import, pulse=lambda: None, progress=die)
    Import.objects.update(claimed_until=None)
    assert list(stalled_imports()) == [run]
    run_import(run.pk)
    assert (Import.objects.get().state, Slide.objects.count()) == (ImportState.DONE, 3)
    assert ImportEntry.objects.count() == 3


@pytest.mark.django_db
def test_an_import_of_nothing_is_refused(curator: User) -> None:
    with pytest.raises(BadInput, match="No file was given"):
        start_import(Kind.SLIDES, [], by=curator)


@pytest.mark.django_db
def test_an_import_that_cannot_begin_fails_with_a_sentence(tmp_path: Path, curator: User) -> None:
    run = start_import(Kind.CAPTIONS, [str(tmp_path / "nowhere.jsonl")], by=curator)
    run_import(run.pk)
    run.refresh_from_db()
    assert run.state == ImportState.FAILED
    assert "There is no file" in run.error


@pytest.mark.django_db
def test_an_ended_import_cannot_be_cancelled(run: Import) -> None:
    run_import(run.pk)
    with pytest.raises(Conflict, match="is done already"):
        cancel_import(Import.objects.get(), by=run.created_by)
    with pytest.raises(Conflict, match="cannot become queued"):
        retry_import(Import.objects.get(), by=run.created_by)


@pytest.mark.django_db
def test_only_curators_start_cancel_and_retry(run: Import, pathologist: User) -> None:
    with pytest.raises(NotAllowed):
        start_import(Kind.SLIDES, ["a.svs"], by=pathologist)
    for act in (cancel_import, retry_import):
        with pytest.raises(NotAllowed):
            act(run, by=pathologist)


def write_captions(folder: Path, lines: int, paths_a_line: int) -> Path:
    (folder / "a.jpg").write_bytes(jpeg_bytes(400, 400))
    file = folder / "captions.jsonl"
    records = [
        {
            "wsi_name": f"slide-{line}",
            "paths": [
                {"path_id": f"p{number}", "low_mag": {"image_path": "a.jpg", "caption": "Sheets."}}
                for number in range(paths_a_line)
            ],
        }
        for line in range(lines)
    ]
    file.write_text("\n".join(json.dumps(record) for record in records))
    return file


def wait_for(run: Import, ready: Callable[[Import], bool], timeout_s: float = 90.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not ready(Import.objects.get(pk=run.pk)):
        assert time.monotonic() < deadline, Import.objects.filter(pk=run.pk).values()
        time.sleep(0.05)


@pytest.mark.live
def test_a_worker_killed_in_the_middle_loses_and_doubles_nothing(
    live_workers: LiveWorker, tmp_path: Path
) -> None:
    curator = make_user(Role.CURATOR)
    file = write_captions(tmp_path, lines=20, paths_a_line=10)
    run = start_import(Kind.CAPTIONS, [str(file)], by=curator)
    for share in (20, 90):
        wait_for(run, lambda held, share=share: held.done >= share)  # type: ignore[misc]
        live_workers.kill()
        Import.objects.filter(pk=run.pk).update(claimed_until=None)  # as the claim running out
        live_workers.start()
        from webapp.core.queue import Job, send

        send(Job.RUN_IMPORT, run.pk)  # as the sweep does
    wait_for(run, lambda held: held.state == ImportState.DONE)
    assert Triplet.objects.count() == 200
    assert run.entries.count() == 220
    assert Event.objects.filter(verb="import_triplet").count() == 200
