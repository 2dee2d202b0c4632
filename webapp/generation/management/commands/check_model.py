import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from rich.console import Console

from webapp.accounts.management.acting import ActingCommand
from webapp.accounts.models import User
from webapp.core.management.printing import to_json
from webapp.core.money import shown_usd
from webapp.generation.actions.calls import check_model
from webapp.generation.management.asking import add_json_argument
from webapp.generation.models import Call
from webapp.generation.queries import call_to_show
from webapp.generation.queries.plain import call_row
from webapp.generation.states import CallOutcome

POLL_S = 0.3


class Command(ActingCommand):
    help = (
        "Ask a model for one word, on record, to see whether its key, its address and its provider "
        "work. A worker asks; the command waits for it and fails with the reason."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("model", metavar="MODEL", help="a name of list_models")
        parser.add_argument("--timeout", type=float, default=120.0, metavar="S", help="default 120")
        add_json_argument(parser)
        super().add_arguments(parser)

    def act(
        self,
        *_args: Any,
        by: User,
        model: str,
        timeout: float,
        json: bool,
        **_options: Any,
    ) -> None:
        call = _ended(check_model(model, by=by).pk, timeout)
        if json:
            self.stdout.write(to_json(call_row(call)))
        if call.outcome == CallOutcome.FAILED:
            raise CommandError(f"{model} does not answer. {call.error}")
        if not json:
            self.stdout.write(
                f"{model} answered in {call.latency_s or 0:.1f} s for {shown_usd(call.cost_usd)}: "
                f"{call.outcome} {call.provider_status}".rstrip()
            )


def _ended(call_id: int, timeout_s: float) -> Call:
    end = time.monotonic() + timeout_s
    with Console(stderr=True).status("Waiting for the answer"):
        while (call := call_to_show(call_id)).outcome == CallOutcome.SENT:
            if time.monotonic() > end:
                raise CommandError(
                    f"No worker has told of call {call_id} in {timeout_s:g} s; "
                    f"later: manage.py show_call {call_id}"
                )
            time.sleep(POLL_S)
    return call
