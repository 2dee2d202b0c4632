from argparse import ArgumentParser
from typing import Any

from annotation_configs.models import ROLES, ModelOffer
from webapp.accounts.management.acting import TellingCommand
from webapp.core.management.printing import print_table, to_json
from webapp.generation.management.asking import add_json_argument
from webapp.generation.queries import is_configured, models_on_offer
from webapp.generation.queries.plain import model_row

HEADS = ("Name", "Provider", "Model", "#$/M in", "#$/M out", "#rpm", "#tpm", "For", "Configured")


class Command(TellingCommand):
    help = (
        "List the language models on offer with prices in US dollars per million tokens, limits "
        "per minute, what each may be chosen for, and whether its key or address is set here."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--role", choices=ROLES, help="only those that may do this")
        add_json_argument(parser)

    def work(self, *_args: Any, role: str | None, json: bool, **_options: Any) -> None:
        offers = [one for one in models_on_offer().values() if role is None or role in one.roles]
        if json:
            self.stdout.write(to_json([model_row(offer) for offer in offers]))
        else:
            print_table(self.stdout, HEADS, (_cells(offer) for offer in offers))


def _cells(offer: ModelOffer) -> tuple[object, ...]:
    limits = [f"{limit:,}" if limit else "no limit" for limit in (offer.rpm, offer.tpm)]
    prices = (offer.usd_per_mtok_in, offer.usd_per_mtok_out)
    configured = "yes" if is_configured(offer) else "no"
    uses = ", ".join(offer.roles)
    return (offer.name, offer.provider, offer.model_id, *prices, *limits, uses, configured)
