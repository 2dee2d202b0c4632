"""Writing calls of language models: before they are sent, within the budget, and when they end.

A row is there before its call is sent, so nothing is paid without a record, and a reply that is
there is never paid again. What is in flight holds its worst price in the batch's `reserved_usd`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from webapp.accounts.access import require
from webapp.accounts.models import User
from webapp.accounts.roles import Permission
from webapp.core.copying import copy_rows, new_keys
from webapp.core.errors import BadInput
from webapp.core.events import record_event
from webapp.core.queue import Job, enqueue
from webapp.generation.models import Batch, Call
from webapp.generation.queries import models_on_offer
from webapp.generation.states import CallOutcome

CHECK = "check"
CHECK_REQUEST = {"system": "", "user": "Answer with the one word: ready", "max_tokens": 256}
_OPEN = (CallOutcome.SENT, CallOutcome.FAILED)


@dataclass(frozen=True)
class NewCall:
    """A call that a worker wants to make; `reserve_usd` is the most that it may cost."""

    key: str
    stage: str
    provider: str
    model: str
    model_id: str
    prompt: str
    request: Mapping[str, Any]
    reserve_usd: Decimal
    slot_number: int | None = None


@dataclass(frozen=True)
class EndedCall:
    """How a call ended; a failed one was not answered and costs nothing."""

    call_id: int
    outcome: CallOutcome
    reply: str = ""
    error: str = ""
    provider_status: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: Decimal = Decimal(0)
    latency_s: float | None = None


@dataclass(frozen=True)
class Unaffordable:
    """The budget does not hold this call beside what is spent and in flight."""

    missing_usd: Decimal


Admission = Call | Unaffordable | None
"""A call to send (its outcome is `sent`), one that was answered before, none while another worker
has it in flight, or why it cannot be paid."""


@transaction.atomic
def open_calls(batch_id: int, new: Sequence[NewCall], *, by: User) -> list[Admission]:
    """Admit each call in turn, as the budget holds; the keys are distinct.

    Only one worker holds a batch, and it does not ask for what it has in flight: a call of this
    batch that is `sent` was lost with its worker, so it is sent again and its price counts as paid.
    """
    batch = Batch.objects.select_for_update().get(pk=batch_id)
    known = _known(new)
    admitted: list[Admission] = [_admit(batch, one, known.get(one.key), by) for one in new]
    fresh = [one for one in admitted if isinstance(one, Call) and one._state.adding]
    for call, key in zip(fresh, new_keys(Call, len(fresh)), strict=True):
        call.pk = key
    copy_rows(Call, fresh, with_keys=True)
    batch.save(update_fields=("spent_usd", "reserved_usd"))
    return admitted


@transaction.atomic
def close_calls(batch_id: int, ended: Sequence[EndedCall]) -> None:
    """Store the replies and turn what was reserved into what was paid.

    A call that another batch has taken over meanwhile is left to it: here its sending was counted
    as lost.
    """
    batch = Batch.objects.select_for_update().get(pk=batch_id)
    calls = batch.calls.select_for_update().filter(pk__in=[one.call_id for one in ended])
    reserved = dict(calls.values_list("pk", "reserved_usd"))
    ours = [one for one in ended if one.call_id in reserved]
    batch.spent_usd += sum((one.cost_usd for one in ours), Decimal(0))
    batch.reserved_usd -= sum(reserved.values(), Decimal(0))
    batch.save(update_fields=("spent_usd", "reserved_usd"))
    _write_ends(ours)


@transaction.atomic
def check_model(name: str, *, by: User) -> Call:
    """Ask a model for one word, on record, to see whether it answers.

    Raises:
        BadInput: no such model is on offer.
    """
    require(by, Permission.LAUNCH_BATCHES)
    offer = models_on_offer().get(name)
    if offer is None:
        raise BadInput(f"There is no model {name!r}; choose from {', '.join(models_on_offer())}.")
    call = Call.objects.create(
        key=uuid4().hex,
        stage=CHECK,
        provider=offer.provider,
        model=offer.name,
        model_id=offer.model_id,
        request=CHECK_REQUEST,
        created_by=by,
    )
    record_event("check_model", call, by=by, after={"model": name})
    enqueue(Job.CHECK_MODEL, call.pk)
    return call


def close_check(ended: EndedCall) -> None:
    """Store how a check ended; one that ended before stays as it is."""
    if Call.objects.filter(pk=ended.call_id, outcome=CallOutcome.SENT).exists():
        _write_ends([ended])


@transaction.atomic
def settle_lost_calls(batch_id: int) -> int:
    """Count the calls that died with a worker as paid; how many there were.

    Called by the worker that has just claimed the batch, before it sends anything.
    """
    batch = Batch.objects.select_for_update().get(pk=batch_id)
    lost = list(batch.calls.filter(outcome=CallOutcome.SENT, reserved_usd__gt=0))
    for call in lost:
        _count_as_paid(batch, call)
        call.save(update_fields=("cost_usd", "reserved_usd"))
    batch.save(update_fields=("spent_usd", "reserved_usd"))
    return len(lost)


def _known(new: Sequence[NewCall]) -> dict[str, Call]:
    found = Call.objects.select_for_update(of=("self",)).select_related("batch")
    return {call.key: call for call in found.filter(key__in=[one.key for one in new])}


def _admit(batch: Batch, new: NewCall, known: Call | None, by: User) -> Admission:
    if known is not None and known.outcome not in _OPEN:
        return known
    if known is not None and _is_held_elsewhere(known, batch):
        return None
    missing = batch.spent_usd + batch.reserved_usd + new.reserve_usd - batch.budget_usd
    if missing > 0:
        return Unaffordable(missing)
    batch.reserved_usd += new.reserve_usd
    if known is None:
        fields = {name: value for name, value in vars(new).items() if name != "reserve_usd"}
        return Call(batch=batch, created_by=by, reserved_usd=new.reserve_usd, **fields)
    return _sent_again(batch, new, known, by)


def _is_held_elsewhere(call: Call, batch: Batch) -> bool:
    """Whether the worker of another batch has it in flight right now."""
    other = call.batch
    if call.outcome != CallOutcome.SENT or other is None or other.pk == batch.pk:
        return False
    return other.claimed_until is not None and other.claimed_until > timezone.now()


def _sent_again(batch: Batch, new: NewCall, call: Call, by: User) -> Call:
    """Now for whoever asks now, who may be another than at first."""
    if call.reserved_usd:
        _count_as_paid(batch, call)
    call.batch, call.slot_number, call.stage = batch, new.slot_number, new.stage
    call.created_by = by
    call.outcome, call.error = CallOutcome.SENT, ""
    call.reserved_usd = new.reserve_usd
    call.sendings += 1
    call.save()
    return call


def _count_as_paid(batch: Batch, call: Call) -> None:
    """A sending that nobody heard the end of counts, where it was sent, with the most that it may
    have cost.
    """
    if call.batch_id == batch.pk:
        batch.spent_usd += call.reserved_usd
        batch.reserved_usd -= call.reserved_usd
    else:
        Batch.objects.filter(calls=call).update(
            spent_usd=F("spent_usd") + call.reserved_usd,
            reserved_usd=F("reserved_usd") - call.reserved_usd,
        )
    call.cost_usd += call.reserved_usd
    call.reserved_usd = Decimal(0)


_COLUMNS = {
    "call_id": "bigint",
    "outcome": "text",
    "reply": "text",
    "error": "text",
    "provider_status": "text",
    "prompt_tokens": "int",
    "completion_tokens": "int",
    "cost_usd": "numeric",
    "latency_s": "float8",
}


def _write_ends(ended: Iterable[EndedCall]) -> None:
    """One statement for all: the ORM's many-row update costs several times as much."""
    rows = [vars(one) for one in ended]
    arrays = ", ".join(f"%s::{kind}[]" for kind in _COLUMNS.values())
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE generation_call AS call SET outcome = e.outcome, reply = e.reply, "  # noqa: S608  names are ours
            "error = e.error, provider_status = e.provider_status, "
            "prompt_tokens = call.prompt_tokens + e.prompt_tokens, "
            "completion_tokens = call.completion_tokens + e.completion_tokens, "
            "cost_usd = call.cost_usd + e.cost_usd, latency_s = e.latency_s, reserved_usd = 0, "
            "finished_at = now() "
            f"FROM unnest({arrays}) AS e({', '.join(_COLUMNS)}) WHERE call.id = e.call_id",
            [[_plain(row[name]) for row in rows] for name in _COLUMNS],
        )


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, CallOutcome) else value
