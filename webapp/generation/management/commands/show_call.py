import json as json_module
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from webapp.accounts.management.acting import TellingCommand
from webapp.core.management.printing import print_pairs, to_json
from webapp.core.money import shown_usd
from webapp.generation.management.asking import add_json_argument
from webapp.generation.models import Call
from webapp.generation.queries import call_to_show
from webapp.generation.queries.plain import call_whole


class Command(TellingCommand):
    help = "Tell all about one call of a language model: what was asked, answered and paid."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("call", type=int, metavar="CALL", help="its number")
        add_json_argument(parser)

    def work(self, *_args: Any, call: int, json: bool, **_options: Any) -> None:
        found = call_to_show(call)
        if json:
            self.stdout.write(to_json(call_whole(found)))
            return
        print_pairs(self.stdout, _facts(found))
        request = dict(found.request)
        for part in ("system", "user"):
            self.stdout.write(f"\n== {part} ==\n{request.pop(part, '')}")
        self.stdout.write(f"\n== the rest of the request ==\n{to_json(request)}")
        self.stdout.write(f"\n== reply ==\n{_readable(found.reply)}")


def _facts(call: Call) -> Iterator[tuple[str, object]]:
    yield "Call", call.pk
    yield "Batch", call.batch and f"{call.batch.pk} “{call.batch.name}”"
    yield "Slot", call.slot_number
    yield "Stage", call.stage
    yield "Model", f"{call.model} ({call.provider}, {call.model_id})"
    yield "Prompt", call.prompt
    yield "Outcome", " ".join(filter(None, (call.outcome, call.provider_status, call.error)))
    yield "Tokens", f"{call.prompt_tokens:,} in, {call.completion_tokens:,} out"
    yield "Cost", shown_usd(call.cost_usd)
    yield "Seconds", call.latency_s and f"{call.latency_s:.2f}"
    yield "Sent", f"{call.sendings} times, last for {call.created_by}"
    yield "Asked", call.created_at.isoformat()
    yield "Key", call.key


def _readable(reply: str) -> str:
    try:
        return to_json(json_module.loads(reply))
    except json_module.JSONDecodeError:
        return reply
