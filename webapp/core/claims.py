"""Holding a row while working on it: claim, keep the claim alive, drop it at the end."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, models

from webapp.core.models import Claimable


class ClaimLost(Exception):
    """The claim ran out while the work was going on; another worker has the row now."""


@dataclass
class Claim:
    """A worker's hold on one row, good for `settings.CLAIM_S` seconds from its last renewal."""

    model: type[Claimable]
    pk: int
    token: UUID
    renewed_at: float = field(default_factory=time.monotonic)

    def keep(self) -> None:
        """Renew when a third of the time has gone; call between pieces of work."""
        if time.monotonic() - self.renewed_at > settings.CLAIM_S / 3:
            self.renew()

    def renew(self) -> None:
        """Renew now; call first in a transaction that must not write for somebody else's work.

        Raises:
            ClaimLost: the row is no longer ours, so stop without writing anything more.
        """
        if not self.model.renew_claim(self.pk, self.token):
            raise ClaimLost(f"{self.model.__name__} {self.pk} is another worker's now")
        self.renewed_at = time.monotonic()


@contextmanager
def claimed(model: type[Claimable], pk: int, **having: Any) -> Iterator[Claim | None]:
    """The claim on the row, or None when it is held, gone or not in such a state.

    Dropped at the end whatever happens; a worker that dies leaves it to run out.
    """
    token = model.claim(pk, **having)
    if token is None:
        yield None
        return
    try:
        yield Claim(model, pk, token)
    finally:
        model.drop_claim(pk, token)


@contextmanager
def alone(record: models.Model) -> Iterator[bool]:
    """Whether no other worker is inside with this record, for rows that have no claim.

    The hold goes with the database connection, so a worker that dies leaves none behind.
    """
    name = [f"{record._meta.label_lower}/{record.pk}"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", name)
        (held,) = cursor.fetchone()
    try:
        yield held
    finally:
        if held:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", name)
