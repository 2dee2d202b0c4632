from argparse import ArgumentParser
from typing import Any

from django.db.models import QuerySet

from webapp.accounts.management.acting import TellingCommand
from webapp.core.management.printing import counting_bar, print_table, to_json
from webapp.core.money import shown_usd
from webapp.generation.management.asking import add_json_argument
from webapp.generation.models import Call
from webapp.generation.queries import filtered_calls
from webapp.generation.queries.plain import call_row, call_whole
from webapp.generation.states import CallOutcome

HEADS = (
    "#Call", "#Batch", "#Slot", "Stage", "Model", "Outcome", "#In", "#Out", "#Cost", "#s", "Why",
)  # fmt: skip
AT_ONCE = 200
MOST_CHARS = 60


class Command(TellingCommand):
    help = (
        "List calls of language models, newest first. With --jsonl every call that matches is "
        "written with its whole prompt and reply, one JSON object a line, for audit."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--batch", type=int, metavar="BATCH", help="paid by this batch")
        parser.add_argument("--slot", type=int, metavar="N", help="first asked for this slot of it")
        parser.add_argument("--stage", default="", help="decompose, generate, screen or refine")
        parser.add_argument("--outcome", choices=CallOutcome.values, default="")
        parser.add_argument("--model", default="", metavar="NAME", help="a name of list_models")
        parser.add_argument("--limit", type=int, default=50, metavar="N", help="default: 50")
        add_json_argument(parser)
        parser.add_argument("--jsonl", action="store_true", help="all, with prompts and replies")

    def work(self, *_args: Any, limit: int, json: bool, jsonl: bool, **options: Any) -> None:
        names = ("batch", "slot", "stage", "outcome", "model")
        found = filtered_calls(**{name: options[name] for name in names})
        if jsonl:
            self._dump(found)
        elif json:
            self.stdout.write(to_json([call_row(call) for call in found[: max(limit, 0)]]))
        else:
            print_table(self.stdout, HEADS, (_cells(call) for call in found[: max(limit, 0)]))

    def _dump(self, found: QuerySet[Call]) -> None:
        """Row by row, so that any number fits into memory."""
        with counting_bar() as bar:
            for call in bar.track(
                found.iterator(AT_ONCE), total=found.count(), description="Calls"
            ):
                self.stdout.write(to_json(call_whole(call), indent=None))


def _cells(call: Call) -> tuple[object, ...]:
    seconds = "" if call.latency_s is None else f"{call.latency_s:.1f}"
    why = " ".join(filter(None, (call.provider_status, call.error)))[:MOST_CHARS]
    tokens = (call.prompt_tokens, call.completion_tokens)
    cost = shown_usd(call.cost_usd)
    where = (call.pk, call.batch_id, call.slot_number, call.stage, call.model)
    return (*where, call.outcome, *tokens, cost, seconds, why)
