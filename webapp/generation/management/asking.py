"""The options of commands that say what a batch is to make, and the config that they spell."""

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from webapp.core.errors import BadInput
from webapp.core.money import usd_from
from webapp.generation.config import (
    MAX_ORDERS,
    MAX_ROUNDS,
    OFFLINE,
    RULES,
    BatchConfig,
    Scheme,
)
from webapp.items.mcq import Dimension
from webapp.slides.models import Slide

_DEFAULTS = BatchConfig(dimensions=(), count=0)


def dollars(text: str) -> Decimal:
    try:
        return usd_from(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error


def dimensions(text: str) -> tuple[str, ...]:
    """`A,C` or `AC`; whether there are such dimensions is the action's to say."""
    return tuple(dict.fromkeys(text.upper().replace(",", "").replace(" ", "")))


def add_config_arguments(parser: ArgumentParser) -> None:
    """Everything that a BatchConfig says; constraints go with the launch by themselves."""
    every = ",".join(Dimension)
    parser.add_argument("count", type=int, metavar="COUNT", help="how many questions")
    parser.add_argument(
        "--dimensions", type=dimensions, default=every, metavar="A,B,…", help=f"default: {every}"
    )
    parser.add_argument(
        "--slide",
        action="append",
        default=[],
        dest="slides",
        metavar="SLIDE",
        help="name or id of a slide to ask about, may be repeated; default: all with captions",
    )
    parser.add_argument(
        "--scheme",
        choices=[scheme.value for scheme in Scheme],
        default=_DEFAULTS.scheme.value,
        help="factorial: two findings, each true or false, crossed (default); "
        "twins: each text is also asked of other patients, where another option is true",
    )
    _add_model_arguments(parser)
    parser.add_argument("--seed", type=int, help="the same seed plans the same; default: drawn")


def _add_model_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--generator",
        default=OFFLINE,
        metavar="MODEL",
        help=f"who words the questions: a name of list_models, or {OFFLINE} (default)",
    )
    parser.add_argument(
        "--decomposer",
        default=RULES,
        metavar="MODEL",
        help=f"who reads the captions: a name of list_models, or {RULES} (default)",
    )
    parser.add_argument(
        "--adversary",
        action="append",
        default=[],
        dest="adversaries",
        metavar="MODEL",
        help="a model that tries each question without its images; may be repeated",
    )
    parser.add_argument(
        "--orders",
        type=int,
        default=_DEFAULTS.orders,
        metavar="N",
        help=f"option orders in which each adversary is asked, 1 to {MAX_ORDERS} "
        f"(default {_DEFAULTS.orders})",
    )
    parser.add_argument(
        "--rounds",
        type=int,
        default=_DEFAULTS.rounds,
        metavar="N",
        help="how often a question that leaks is written at most, 1 to "
        f"{MAX_ROUNDS} (default {_DEFAULTS.rounds})",
    )
    parser.add_argument(
        "--free-share",
        type=float,
        default=_DEFAULTS.free_share,
        metavar="SHARE",
        help="part of the questions whose stem the model words itself, 0 to 1 "
        f"(default {_DEFAULTS.free_share}; without a generator none)",
    )
    parser.add_argument(
        "--no-probe",
        action="store_false",
        dest="use_probe",
        help="do not screen with the learned probe",
    )


def add_batch_argument(parser: ArgumentParser) -> None:
    parser.add_argument("batch", type=int, metavar="BATCH", help="its number")


def add_json_argument(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="tell it as JSON")


def config_from(options: Mapping[str, Any]) -> BatchConfig:
    """Raises BadInput for a slide that is not there; the rest is the action's to check."""
    chosen = options["dimensions"]
    return BatchConfig(
        dimensions=dimensions(chosen) if isinstance(chosen, str) else tuple(chosen),
        count=options["count"],
        slides=slides_named(options["slides"]),
        scheme=Scheme(options["scheme"]),
        generator=options["generator"],
        decomposer=options["decomposer"],
        adversaries=tuple(options["adversaries"]),
        orders=options["orders"],
        rounds=options["rounds"],
        free_share=options["free_share"],
        use_probe=options["use_probe"],
    )


def slides_named(names: Sequence[str]) -> tuple[int, ...]:
    """Ids of slides given by name or, where no slide is called so, by id."""
    by_name = dict(Slide.objects.filter(name__in=names).values_list("name", "pk"))
    numbers = [int(name) for name in names if name not in by_name and _is_id(name)]
    ids = set(Slide.objects.filter(pk__in=numbers).values_list("pk", flat=True))
    found = []
    for name in names:
        known = by_name.get(name) or (int(name) if _is_id(name) and int(name) in ids else None)
        if known is None:
            raise BadInput(f"There is no slide {name!r}; give its name or its id.")
        found.append(known)
    return tuple(dict.fromkeys(found))


def _is_id(name: str) -> bool:
    return name.isascii() and name.isdigit() and len(name) < 19
