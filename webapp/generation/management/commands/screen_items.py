from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet

from webapp.accounts.management.acting import ActingCommand
from webapp.accounts.models import User
from webapp.core.errors import BadInput
from webapp.core.management.printing import counting_bar
from webapp.items.bulk import ITEMS_AT_ONCE, screen_items
from webapp.items.mcq import Dimension
from webapp.items.models import Item
from webapp.items.queries import filtered_items
from webapp.items.states import ItemState

FILTERS = ("state", "dimension", "origin", "organ", "q")


class Command(ActingCommand):
    help = (
        "Send the items that match every filter to the adversaries again, with the text they have. "
        "What reviewers have begun or decided stays as it is, and is told with the reason."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("items", nargs="*", type=int, metavar="ITEM", help="their numbers")
        parser.add_argument("--state", choices=ItemState.values, default="")
        parser.add_argument("--dimension", choices=[one.value for one in Dimension], default="")
        parser.add_argument("--origin", choices=Item.Origin.values, default="")
        parser.add_argument("--organ", default="")
        parser.add_argument("--batch", type=int, metavar="BATCH", help="made by this batch")
        parser.add_argument("--q", default="", metavar="WORDS", help="in stem, slide or path")
        parser.add_argument("--all", action="store_true", help="needed where no filter is given")
        parser.add_argument("--dry-run", action="store_true", help="tell how many match, only")
        super().add_arguments(parser)

    def act(self, *_args: Any, by: User, **options: Any) -> None:
        ids = list(_matching(options).values_list("pk", flat=True))
        if options["dry_run"] or not ids:
            self.stdout.write(f"{len(ids):,} items match.")
            return
        sent, refused = 0, Counter[str]()
        with counting_bar() as bar:
            task = bar.add_task("Sending items", total=len(ids))
            for part in _parts(ids):
                report = screen_items(part, by=by)
                sent += len(report.done)
                refused.update({why: len(left) for why, left in report.refused.items()})
                bar.advance(task, len(part))
        self.stdout.write(f"{sent:,} of {len(ids):,} items are being screened again.")
        for why, count in refused.most_common():
            self.stdout.write(f"  {count:,} left as they are. {why}.")


def _matching(options: Mapping[str, Any]) -> QuerySet[Item]:
    """
    Raises:
        BadInput: nothing says which items, which could be all by mistake.
    """
    found = filtered_items(**{name: options[name] for name in FILTERS})
    if options["items"]:
        found = found.filter(pk__in=options["items"])
    if options["batch"] is not None:
        found = found.filter(slot__batch=options["batch"])
    chosen = [options[name] for name in (*FILTERS, "items", "all")]
    if not any(chosen) and options["batch"] is None:
        raise BadInput("Say which items: give numbers or a filter, or --all.")
    return found


def _parts(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), ITEMS_AT_ONCE):
        yield ids[start : start + ITEMS_AT_ONCE]
