"""What the item list can be narrowed to by where its items were made."""

from django.db.models import Exists, OuterRef, QuerySet

from webapp.generation.config import OFFLINE, Scheme
from webapp.generation.models import Batch, Screening, ScreeningSum
from webapp.items.filters import Choices, ItemFilter
from webapp.items.leakage import STRUCTURAL
from webapp.items.models import Item

BATCHES_OFFERED = 200
SCHEMES = {Scheme.FACTORIAL: "2×2 factorial", Scheme.TWINS: "Counterfactual twins"}


def _batches() -> Choices:
    newest = Batch.objects.order_by("-id").values_list("pk", "name")
    return [(str(pk), name) for pk, name in newest[:BATCHES_OFFERED]]


def _of_batch(items: QuerySet[Item], batch_id: str) -> QuerySet[Item]:
    return items.filter(slot__batch_id=int(batch_id))


def _makers() -> Choices:
    named = Batch.objects.order_by().values_list("config__generator", flat=True).distinct()
    names = sorted({str(name or OFFLINE) for name in named})
    return [(name, "Offline, by rule" if name == OFFLINE else name) for name in names]


def _by_maker(items: QuerySet[Item], name: str) -> QuerySet[Item]:
    return items.filter(slot__batch__config__generator=name)


def _schemes() -> Choices:
    return [(scheme.value, label) for scheme, label in SCHEMES.items()]


def _of_scheme(items: QuerySet[Item], scheme: str) -> QuerySet[Item]:
    return items.filter(slot__batch__config__scheme=scheme)


def _adversaries() -> Choices:
    """Those that every question meets, and those of the batches."""
    named = ScreeningSum.objects.order_by().values_list("adversary", flat=True).distinct()
    names = sorted({adversary.name for adversary in STRUCTURAL} | set(named))
    return [(name, name if "-" in name else name.replace("_", " ").capitalize()) for name in names]


def _leaked_to(items: QuerySet[Item], adversary: str) -> QuerySet[Item]:
    """With any of their texts."""
    tried = Screening.objects.filter(revision__item=OuterRef("pk"), adversary=adversary)
    return items.filter(Exists(tried.filter(verdict=Screening.Verdict.LEAKS)))


ITEM_FILTERS = (
    ItemFilter("batch", "Batch", _batches, _of_batch),
    ItemFilter("maker", "Written by", _makers, _by_maker),
    ItemFilter("scheme", "Scheme", _schemes, _of_scheme),
    ItemFilter("leaked_to", "Leaked to", _adversaries, _leaked_to, tells=True),
)
