from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from annotation_configs.load import vocabulary
from webapp.accounts.management.acting import TellingCommand
from webapp.core.management.printing import print_table, to_json
from webapp.generation.balance import IMPRESSION, Balance, PhraseUse, Share
from webapp.generation.catalog import features_of
from webapp.generation.management.asking import add_json_argument
from webapp.generation.queries import batch_to_show, stored_balance

SHARES = ("Of", "What", "#Questions", "#Share", "#95 % interval")
PHRASES = ("Finding", "Phrase", "#Right", "#Wrong", "#Right share", "#95 % interval", "#p", "")


class Command(TellingCommand):
    help = (
        "Tell how even the questions are: letters of the keys, dimensions, pools, schemes and "
        "templates, and whether any phrase is right much more often than wrong, or less."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--batch", type=int, metavar="ID", help="default: all items")
        parser.add_argument(
            "--phrases", type=int, default=20, metavar="N", help="the N most uneven ones (20)"
        )
        add_json_argument(parser)

    def work(self, *_args: Any, batch: int | None, json: bool, **options: Any) -> None:
        found = stored_balance(None if batch is None else batch_to_show(batch))
        if json:
            self.stdout.write(to_json(found.as_json()))
            return
        self.stdout.write(f"{found.questions:,} questions")
        if not found.questions:
            return
        print_table(self.stdout, SHARES, _shares(found))
        if found.phrases:
            shown = found.phrases[: max(options["phrases"], len(found.flagged))]
            print_table(self.stdout, PHRASES, map(_phrase, shown))
        for sentence in _verdict(found):
            self.stdout.write(sentence)


def _shares(found: Balance) -> Iterator[tuple[object, ...]]:
    for name in ("letters", "dimensions", "pools", "schemes", "templates"):
        shares: tuple[Share, ...] = getattr(found, name)
        for place, one in enumerate(shares):
            title = "" if place else name.capitalize()
            yield title, one.name, f"{one.count:,}", _percent(one.share), _interval(one.ci95)


def _phrase(one: PhraseUse) -> tuple[object, ...]:
    feature = features_of(vocabulary()).get(one.finding.removesuffix(IMPRESSION))
    phrase = feature.phrase if feature else ""
    shown = f"the impression of {phrase}" if one.finding.endswith(IMPRESSION) else phrase
    mark = "uneven" if one.flagged else ""
    numbers = one.right, one.wrong, _percent(one.share), _interval(one.ci95), f"{one.p:.3f}"
    return one.finding, shown, *numbers, mark


def _verdict(found: Balance) -> Iterator[str]:
    uneven = "are uneven" if found.letters_flagged else "are as even as drawn ones"
    yield f"The keys' places {uneven} (chi-square test, p = {found.letters_p:.3f})."
    if found.phrases:
        yield (
            f"{len(found.flagged)} of {len(found.phrases)} phrases are right too often or too "
            "seldom (exact binomial test, at most 5 % false discoveries by Benjamini-Hochberg)."
        )


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _interval(ci95: tuple[float, float]) -> str:
    low, high = ci95
    return f"{100 * low:.1f} to {100 * high:.1f} %"
