"""The audit log: every state change and every write, insert-only in the database itself."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone


class Uuid7(models.Func):
    """PostgreSQL 18's uuidv7(): ids in order of time (RFC 9562)."""

    function = "uuidv7"
    output_field = models.UUIDField()


class LogEntry(models.Model):
    """Who did something to which record, when, and in which request or task."""

    id = models.UUIDField(primary_key=True, db_default=Uuid7())
    at = models.DateTimeField(db_default=Now(), db_index=True)
    actor_id = models.BigIntegerField()
    actor_name = models.CharField(max_length=150)
    object_type = models.CharField(max_length=64)
    object_id = models.CharField(max_length=64)
    request_id = models.CharField(max_length=64, blank=True)

    class Meta:
        abstract = True
        ordering = ("-id",)

    @property
    def about(self) -> str:
        """The record as the audit log's filter spells it: `items.item 7`."""
        return f"{self.object_type} {self.object_id}"


class Event(LogEntry):
    """One write by an action."""

    verb = models.CharField(max_length=64, db_index=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta(LogEntry.Meta):
        indexes = (models.Index(fields=("object_type", "object_id")),)

    def __str__(self) -> str:
        return f"{self.actor_name} {self.verb} {self.object_type} {self.object_id}"


class Move(LogEntry):
    """One change of state."""

    from_state = models.CharField(max_length=32)
    to_state = models.CharField(max_length=32)
    reason = models.TextField(blank=True)

    class Meta(LogEntry.Meta):
        indexes = (models.Index(fields=("object_type", "object_id")),)

    def __str__(self) -> str:
        return f"{self.object_type} {self.object_id}: {self.from_state} → {self.to_state}"


class Claimable(models.Model):
    """A row that is a piece of work: one worker at a time holds it, for a limited time.

    The message in Redis is only a hint; a worker that dies lets its claim run out and the sweep
    sends the row again.
    """

    claim_token = models.UUIDField(null=True, editable=False)
    claimed_until = models.DateTimeField(null=True, editable=False, db_index=True)

    class Meta:
        abstract = True

    @classmethod
    def unclaimed(cls) -> models.Q:
        return models.Q(claimed_until__isnull=True) | models.Q(claimed_until__lt=timezone.now())

    @classmethod
    def claim(cls, pk: int, **having: Any) -> UUID | None:
        """A token when the row is free and has these field values, else None."""
        token = uuid4()
        won = cls._base_manager.filter(cls.unclaimed(), pk=pk, **having).update(
            claim_token=token, claimed_until=cls._deadline()
        )
        return token if won else None

    @classmethod
    def renew_claim(cls, pk: int, token: UUID) -> bool:
        """Whether the claim still stood (and now stands longer)."""
        mine = cls._base_manager.filter(pk=pk, claim_token=token)
        return bool(mine.update(claimed_until=cls._deadline()))

    @classmethod
    def drop_claim(cls, pk: int, token: UUID) -> None:
        mine = cls._base_manager.filter(pk=pk, claim_token=token)
        mine.update(claim_token=None, claimed_until=None)

    @staticmethod
    def _deadline() -> datetime:
        return timezone.now() + timedelta(seconds=settings.CLAIM_S)
