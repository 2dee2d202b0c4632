"""Taking published questions in: one row, one step, one transaction, once."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from django.db import transaction

from training.contract.rows import PublishedRow
from webapp.accounts.access import require
from webapp.accounts.models import User
from webapp.accounts.roles import Permission
from webapp.core.errors import BadInput
from webapp.core.queue import Job, enqueue
from webapp.items.actions import advance_item, create_item
from webapp.items.alike import Tissue, near_duplicates
from webapp.items.lint import lint
from webapp.items.mcq import Mcq
from webapp.items.models import Item
from webapp.items.published import mcq_from_row, provenance_of, source_key
from webapp.items.question_fields import PreparedFields, prepare_fields, store_fields
from webapp.items.question_files import NumberedRow, read_rows
from webapp.items.states import ItemState
from webapp.slides.actions.outcomes import Outcome, Result
from webapp.slides.actions.running import Pulse, Step, Store
from webapp.slides.models import Import

# Nobody can answer such a question, so it goes to its author before it goes to a reviewer.
UNANSWERABLE = frozenset({"duplicate_options"})


@dataclass
class QuestionSteps:
    """One step a row. Image paths start at the folder of the file that names them."""

    run: Import

    def __post_init__(self) -> None:
        self._rows = [(Path(path), row) for path in self.run.paths for row in read_rows(Path(path))]
        if not self._rows:
            raise BadInput(f"{Path(self.run.paths[0]).name} holds no question; give a list.")

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Step]:
        for number, (file, row) in enumerate(self._rows, start=1):
            yield Step(number, row.where, partial(_read, row, file, self.run.created_by))


def plan_questions(run: Import) -> QuestionSteps:
    """
    Raises:
        BadInput: a file cannot be read as a list of questions; the message names it.
    """
    return QuestionSteps(run)


def _read(numbered: NumberedRow, file: Path, by: User, pulse: Pulse) -> Store:
    if numbered.row is None:
        raise BadInput(numbered.fault)
    fields = prepare_fields(numbered.row, folder=file.parent, where=numbered.where)
    return partial(import_question, numbered.row, numbered, fields, file=file.name, by=by)


@transaction.atomic
def import_question(
    row: PublishedRow, numbered: NumberedRow, fields: PreparedFields, *, file: str, by: User
) -> Result:
    """One row as an item on its triplet; a row taken in before is left as it is.

    Raises:
        BadInput: the question or its slide's name cannot be kept; the message names file and row.
    """
    require(by, Permission.IMPORT_SLIDES)
    key = source_key(row, numbered.occurrence)
    try:
        triplet, notes = store_fields(row, fields, by=by)
        if Item.objects.filter(source_key=key).exists():
            return Result(numbered.where, Outcome.UNCHANGED, "already here", notes)
        mcq = mcq_from_row(row, seed=key)
        item = create_item(
            triplet,
            mcq,
            origin=Item.Origin.PUBLISHED,
            provenance=provenance_of(row, file=file),
            source_key=key,
            by=by,
        )
    except BadInput as error:
        raise BadInput(f"{numbered.where}: {error.message}") from error
    faults = [finding.message for finding in lint(mcq) if finding.rule in UNANSWERABLE]
    _send_on(item, faults, by)
    kept = (f"Kept for revision, not for review: {fault}" for fault in faults[:1])
    warnings = (*notes, *kept, *_doubled(item, mcq))
    return Result(numbered.where, Outcome.ADDED, f"item {item.pk}", warnings)


def _doubled(item: Item, mcq: Mcq) -> Iterator[str]:
    """Its foremost near-duplicate about the same patient; of other tissue the same may be asked."""
    for alike in near_duplicates(item, mcq)[:1]:
        if alike.tissue != Tissue.OTHER:
            yield (
                f"Item {item.pk} reads like item {alike.revision.item_id} ({alike.likeness:.0%}, "
                f"{alike.tissue.says}); keep one of them."
            )


def _send_on(item: Item, faults: list[str], by: User) -> None:
    """To its author when nobody can answer it, else to be screened."""
    if faults:
        advance_item(item, ItemState.NEEDS_REVISION, by=by, reason=faults[0])
        return
    advance_item(item, ItemState.SCREENING, by=by)
    enqueue(Job.SCREEN_ITEM, item.pk)
