"""An import that is cancelled, killed or run twice at once loses and doubles nothing."""

import threading
from pathlib import Path

import pytest
from django.db import connection

from tests.items.importing import outcomes, run_to_the_end
from tests.items.published_files import (
    published_row,
    write_rows,
)
from webapp.accounts.queries import system_user
from webapp.items.models import Item
from webapp.slides.actions.imports import cancel_import, retry_import, start_import
from webapp.slides.models import Import
from webapp.slides.states import ImportState

pytestmark = pytest.mark.django_db


def test_cancel_stops_between_rows_and_retry_goes_on(tmp_path: Path) -> None:
    file = write_rows(tmp_path / "q.json", [published_row(number) for number in range(1, 9)])
    by = system_user()
    run = start_import(Import.Kind.QUESTIONS, [str(file)], by=by, send=False)
    pulses = iter(range(100))

    def cancel_at_the_fourth() -> None:
        if next(pulses) == 3:
            cancel_import(Import.objects.get(pk=run.pk), by=by)

    stopped = run_to_the_end(run, cancel_at_the_fourth)
    assert (stopped.state, Item.objects.count()) == (ImportState.CANCELLED, 3)
    retry_import(stopped, by=by)
    finished = run_to_the_end(Import.objects.get(pk=run.pk))
    assert (finished.state, finished.done, Item.objects.count()) == (ImportState.DONE, 8, 8)
    assert len(outcomes(finished)) == 8


class Killed(BaseException):
    """Stands for SIGKILL: nothing of ours catches it."""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("instant", ["before", "within", "after"])
def test_a_worker_killed_at_a_row_neither_loses_nor_doubles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, instant: str
) -> None:
    rows = [published_row(number) for number in range(1, 6)]
    file = write_rows(tmp_path / "q.json", rows)
    run = start_import(Import.Kind.QUESTIONS, [str(file)], by=system_user(), send=False)
    place = {
        "before": "webapp.items.question_import.prepare_fields",
        "within": "webapp.items.question_import.enqueue",
        "after": "webapp.slides.actions.running._write_entries",
    }[instant]

    def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(place, die)
        with pytest.raises(Killed):
            run_to_the_end(run)
    assert Item.objects.count() == 0
    finished = run_to_the_end(Import.objects.get(pk=run.pk))
    assert finished.state == ImportState.DONE
    assert Item.objects.count() == len(rows)
    assert len(outcomes(finished)) == len(rows)


@pytest.mark.django_db(transaction=True)
def test_two_imports_of_one_file_at_once_double_nothing(tmp_path: Path) -> None:
    rows = [published_row(number) for number in range(1, 9)]
    file = write_rows(tmp_path / "q.json", rows)
    by = system_user()
    runs = [start_import(Import.Kind.QUESTIONS, [str(file)], by=by, send=False) for _ in range(2)]
    faults: list[BaseException] = []

    def work(run: Import) -> None:
        try:
            run_to_the_end(run)
        except BaseException as error:  # noqa: BLE001  told by the main thread
            faults.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(run,)) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert faults == []
    assert Item.objects.count() == len(rows)
    assert {Import.objects.get(pk=run.pk).state for run in runs} == {ImportState.DONE}
