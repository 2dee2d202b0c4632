"""Keeping the learned probe that a batch is screened with."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from webapp.accounts.models import User
from webapp.core.events import record_event
from webapp.generation.models import Batch, ProbeFit


@transaction.atomic
def keep_probe(
    batch: Batch, *, digest: str, weights: bytes, report: Mapping[str, Any], by: User
) -> None:
    """The batch is screened with this probe from now on, whatever is accepted meanwhile."""
    fit, _ = ProbeFit.objects.get_or_create(
        digest=digest, defaults={"weights": weights, "report": dict(report)}
    )
    Batch.objects.filter(pk=batch.pk).update(probe=fit)
    batch.probe = fit
    record_event("keep_probe", batch, by=by, after={"probe": digest, **report})
