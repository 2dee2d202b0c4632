"""How the providers of language models are doing, from the calls on record."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db.models import Aggregate, Count, FloatField, Sum
from django.db.models.functions import TruncMinute
from django.utils import timezone

from annotation_configs.models import PROVIDERS, ModelOffer
from webapp.generation.models import Batch, Call
from webapp.generation.queries.offers import is_configured, models_on_offer
from webapp.generation.states import BatchState, CallOutcome

WINDOW = timedelta(hours=1)
NEWEST = 20
"""So many of the newest calls tell whether a provider fails now."""
SLOW_S = 30.0
"""A median over this is slow; a long answer of a thinking model takes about half of it."""
NEAR_LIMIT = 0.95
LATELY_MIN = 5
REFUSED_FOR_NOW = "HTTP 429"


class Health(StrEnum):
    UNSET = "not configured"
    QUIET = "no calls lately"
    OK = "ok"
    SLOW = "slow"
    LIMITED = "rate limited"
    FAILING = "failing"


@dataclass(frozen=True)
class ModelHealth:
    """One model over the last hour; `per_minute` is what the busiest minute of it had."""

    offer: ModelOffer
    configured: bool
    outcomes: Counter[str] = field(default_factory=Counter)
    median_s: float | None = None
    slow_s: float | None = None
    """The 95th percentile."""
    per_minute: tuple[int, ...] = ()

    @property
    def ended(self) -> int:
        return self.outcomes.total()

    @property
    def answered_share(self) -> float | None:
        return self.outcomes[CallOutcome.OK] / self.ended if self.ended else None

    @property
    def unusable(self) -> list[tuple[str, int]]:
        labels = dict(CallOutcome.choices)
        return [
            (str(labels[one]).lower(), count)
            for one, count in self.outcomes.most_common()
            if one != CallOutcome.OK
        ]

    @property
    def peak(self) -> int:
        return max(self.per_minute, default=0)

    @property
    def is_at_limit(self) -> bool:
        """Whether it was given about as many calls lately as it takes."""
        lately = max(self.per_minute[-LATELY_MIN:], default=0)
        return self.offer.rpm is not None and lately >= NEAR_LIMIT * self.offer.rpm


@dataclass(frozen=True)
class ProviderHealth:
    """`today_usd` and the tokens are since midnight."""

    name: str
    health: Health
    models: tuple[ModelHealth, ...]
    last_error: Call | None
    prompt_tokens: int
    completion_tokens: int
    today_usd: Decimal
    paused: tuple[Batch, ...]


class Percentile(Aggregate):
    function = "PERCENTILE_CONT"
    template = "%(function)s(%(fraction)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


def providers_health() -> list[ProviderHealth]:
    """Every provider that a model on offer names, in a fixed number of queries for each."""
    now = timezone.now()
    offers = list(models_on_offer().values())
    models = _models(offers, now)
    today = _today(now)
    paused = list(Batch.objects.filter(state=BatchState.PAUSED).order_by("-id"))
    return [
        _provider(name, [one for one in models if one.offer.provider == name], today, paused)
        for name in PROVIDERS
        if any(one.provider == name for one in offers)
    ]


def _provider(
    name: str,
    models: Sequence[ModelHealth],
    today: dict[str, dict[str, Any]],
    paused: Sequence[Batch],
) -> ProviderHealth:
    ended = Call.objects.filter(provider=name).exclude(outcome=CallOutcome.SENT)
    newest = list(ended.order_by("-created_at").values_list("outcome", "error")[:NEWEST])
    failed = ended.filter(outcome=CallOutcome.FAILED)
    sums = today.get(name, {})
    return ProviderHealth(
        name=name,
        health=_health(models, newest),
        models=tuple(models),
        last_error=failed.order_by("-created_at").defer("request", "reply").first(),
        prompt_tokens=sums.get("prompt", 0),
        completion_tokens=sums.get("completion", 0),
        today_usd=sums.get("usd", Decimal(0)),
        paused=tuple(batch for batch in paused if f"{name.upper()}_" in batch.error),
    )


def _health(models: Sequence[ModelHealth], newest: Sequence[tuple[str, str]]) -> Health:
    if not any(one.configured for one in models):
        return Health.UNSET
    if not any(one.ended for one in models):
        return Health.QUIET
    failed = [error for outcome, error in newest if outcome == CallOutcome.FAILED]
    if 2 * len(failed) >= len(newest):
        turned_away = sum(REFUSED_FOR_NOW in error for error in failed)
        return Health.LIMITED if 2 * turned_away > len(failed) else Health.FAILING
    if any(one.is_at_limit for one in models):
        return Health.LIMITED
    if any(one.median_s is not None and one.median_s > SLOW_S for one in models):
        return Health.SLOW
    return Health.OK


def _models(offers: Sequence[ModelOffer], now: datetime) -> list[ModelHealth]:
    recent = Call.objects.order_by().filter(created_at__gt=now - WINDOW)
    ended = recent.exclude(outcome=CallOutcome.SENT)
    outcomes: dict[str, Counter[str]] = {}
    for name, outcome, count in ended.values_list("model", "outcome").annotate(Count("pk")):
        outcomes.setdefault(name, Counter())[outcome] = count
    answered = ended.filter(latency_s__isnull=False).values("model")
    times = {
        row["model"]: (row["median"], row["slow"])
        for row in answered.annotate(
            median=Percentile("latency_s", fraction=0.5),
            slow=Percentile("latency_s", fraction=0.95),
        )
    }
    minutes = _by_minute(now)
    return [
        ModelHealth(
            offer=offer,
            configured=is_configured(offer),
            outcomes=outcomes.get(offer.name, Counter()),
            median_s=times.get(offer.name, (None, None))[0],
            slow_s=times.get(offer.name, (None, None))[1],
            per_minute=minutes.get(offer.name, ()),
        )
        for offer in offers
    ]


def _by_minute(now: datetime) -> dict[str, tuple[int, ...]]:
    """Calls begun in each minute of the hour, the oldest first; the last one is not over yet."""
    last = now.replace(second=0, microsecond=0)
    first = last - WINDOW + timedelta(minutes=1)
    rows = (
        Call.objects.order_by()
        .filter(created_at__gte=first)
        .values_list("model", TruncMinute("created_at"))
        .annotate(count=Count("pk"))
    )
    size = int(WINDOW.total_seconds() // 60)
    found: dict[str, list[int]] = {}
    for name, minute, count in rows:
        place = int((minute - first).total_seconds() // 60)
        found.setdefault(name, [0] * size)[min(place, size - 1)] += count
    return {name: tuple(counts) for name, counts in found.items()}


def _today(now: datetime) -> dict[str, dict[str, Any]]:
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    sums = Call.objects.order_by().filter(created_at__gte=midnight).values("provider")
    return {
        row["provider"]: dict(row)
        for row in sums.annotate(
            prompt=Sum("prompt_tokens"), completion=Sum("completion_tokens"), usd=Sum("cost_usd")
        )
    }
