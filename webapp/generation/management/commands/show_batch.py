from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from typing import Any

from webapp.accounts.management.acting import TellingCommand
from webapp.core.management.printing import print_pairs, print_table, to_json
from webapp.core.money import shown_usd
from webapp.generation.management.asking import add_batch_argument, add_json_argument
from webapp.generation.models import Batch
from webapp.generation.queries import batch_to_show, spend_of
from webapp.generation.queries.plain import batch_whole
from webapp.generation.states import BatchState

SPEND = ("Stage", "Model", "#Calls", "#Unusable", "#Tokens in", "#Tokens out", "#Cost")


class Command(TellingCommand):
    help = (
        "Tell all about a batch: from questions asked for to questions ready, what was spent on "
        "which model, why questions failed, and how often each adversary hit the key."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_batch_argument(parser)
        add_json_argument(parser)

    def work(self, *_args: Any, batch: int, json: bool, **_options: Any) -> None:
        found = batch_to_show(batch)
        whole = batch_whole(found)
        if json:
            self.stdout.write(to_json(whole))
            return
        print_pairs(self.stdout, _facts(found, whole))
        if whole["spend"]:
            print_table(self.stdout, SPEND, _spend(found))
        if whole["causes"]:
            causes = ((one["count"], one["cause"]) for one in whole["causes"])
            print_table(self.stdout, ("#Failed", "Why"), causes)
        if whole["adversaries"]:
            print_table(self.stdout, ("Adversary", "#Hit the key", "#Questions"), _hits(whole))


def _facts(batch: Batch, whole: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    config = whole["config"]
    yield "Batch", f"{batch.pk} “{batch.name}”"
    yield "State", batch.state
    yield "Why", batch.error
    yield "Tries again", batch.resume_at
    if batch.state == BatchState.RUNNING and batch.progress:
        yield "At", "{stage} {done:,} of {total:,}".format(**batch.progress)
    yield "Launched", f"{batch.created_at:%Y-%m-%d %H:%M} UTC by {batch.created_by}"
    yield "Seed", batch.seed
    yield "Dimensions", ", ".join(config.get("dimensions", ()))
    yield "Generator", config.get("generator")
    yield "Adversaries", ", ".join(config.get("adversaries", ()))
    funnel = ("asked", "planned", "written", "ready", "leaky", "failed")
    yield "Questions", ", ".join(f"{whole['funnel'][name]} {name}" for name in funnel)
    if batch.budget_usd:
        yield "Spent", f"{shown_usd(batch.spent_usd)} of {shown_usd(batch.budget_usd)}"
    for note in batch.notes:
        yield "Note", note


def _spend(batch: Batch) -> Iterator[tuple[object, ...]]:
    for one in spend_of(batch):
        tokens = (f"{one.prompt_tokens:,}", f"{one.completion_tokens:,}")
        yield (one.stage, one.model, one.calls, one.unusable, *tokens, shown_usd(one.cost_usd))


def _hits(whole: Mapping[str, Any]) -> Iterator[tuple[object, ...]]:
    for one in whole["adversaries"]:
        share = 100 * one["correct"] / one["tries"] if one["tries"] else 0
        yield (one["adversary"], f"{share:.0f} %", one["tries"])
