"""Asking models on the record: stored before it is sent, answered once, never beyond the budget."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_UP, Decimal

from annotation_configs.models import ModelOffer
from webapp.generation.actions.calls import Admission, EndedCall, NewCall, Unaffordable
from webapp.generation.models import Call
from webapp.generation.states import CallOutcome
from workers.batch.desk import Desk
from workers.batch.stops import BudgetSpent, Stopped
from workers.llm.cost import cost_usd, worst_case_usd
from workers.llm.errors import LlmError
from workers.llm.parse import read_object
from workers.llm.registry import Client
from workers.llm.types import Outcome, Reply, Request, Usage

MICRO_USD = Decimal("0.000001")
HELD_ELSEWHERE_S = 0.5
"""How long to leave a call alone that another batch's worker has in flight."""
WAITING_ROWS = 64
"""Beyond those in flight, so many calls may be stored and wait for their turn: a provider is then
never idle for the time of a commit."""


@dataclass
class Ledger:
    """One for each run of a batch; lives on the loop."""

    desk: Desk
    client: Client
    offers: Mapping[str, ModelOffer]
    stopped: bool = False

    def __post_init__(self) -> None:
        self._asked: dict[str, asyncio.Future[Reply]] = {}
        self._turns: dict[str, asyncio.Semaphore] = {}
        self._in_flight = 0
        self._ended = asyncio.Event()
        """Of the next call to end; a new one for each."""

    def asker(self, slot_number: int | None = None) -> "SlotAsker":
        return SlotAsker(self, slot_number)

    async def ask(self, stage: str, request: Request, slot_number: int | None) -> Reply:
        """The reply from the record, or from the model and then on record.

        Two who ask the same at once share one call.

        Raises:
            Stopped, BudgetSpent, LlmError
        """
        key = request.key()
        if key in self._asked:
            return await asyncio.shield(self._asked[key])
        self._asked[key] = shared = asyncio.get_running_loop().create_future()
        try:
            reply = await self._on_record(self._new_call(key, stage, request, slot_number), request)
        except BaseException as error:
            shared.set_exception(error if isinstance(error, Exception) else Stopped())
            shared.exception()  # seen: perhaps nobody shares it
            raise
        else:
            shared.set_result(reply)
            return reply
        finally:
            del self._asked[key]

    async def _on_record(self, new: NewCall, request: Request) -> Reply:
        async with self._turn(new.provider):
            while True:
                if self.stopped:
                    raise Stopped
                admission: Admission = await self.desk.ask(new)
                if admission is None:
                    await asyncio.sleep(HELD_ELSEWHERE_S)
                elif isinstance(admission, Unaffordable):
                    await self._wait_for_an_end(admission)
                elif admission.outcome == CallOutcome.SENT:
                    return await self._send(admission.pk, new, request)
                else:
                    return _reply_on_record(admission, request)

    async def _wait_for_an_end(self, refused: Unaffordable) -> None:
        """A call in flight holds its worst price: when it ends, there may be enough for this one.

        Raises:
            BudgetSpent: nothing is in flight, so nothing will be set free.
        """
        if not self._in_flight:
            raise BudgetSpent(refused.missing_usd)
        await self._ended.wait()

    async def _send(self, call_id: int, new: NewCall, request: Request) -> Reply:
        self._in_flight += 1
        try:
            reply = await self.client.ask(request)
        except LlmError as error:
            failed = EndedCall(call_id, CallOutcome.FAILED, error=error.message)
            await self.desk.ask(failed)
            raise
        else:
            await self.desk.ask(ended_call(call_id, reply, self.offers[new.model]))
            return replace(reply, call=call_id)
        finally:
            self._in_flight -= 1
            self._ended.set()
            self._ended = asyncio.Event()

    def _turn(self, provider: str) -> asyncio.Semaphore:
        if provider not in self._turns:
            flying = max(
                one.max_in_flight for one in self.offers.values() if one.provider == provider
            )
            self._turns[provider] = asyncio.Semaphore(flying + WAITING_ROWS)
        return self._turns[provider]

    def _new_call(self, key: str, stage: str, request: Request, slot_number: int | None) -> NewCall:
        offer = self.offers[request.model]
        return NewCall(
            key=key,
            stage=stage,
            provider=offer.provider,
            model=offer.name,
            model_id=offer.model_id,
            prompt=request.prompt,
            request=request.as_json(),
            reserve_usd=worst_case_usd(request, offer).quantize(MICRO_USD, ROUND_UP),
            slot_number=slot_number,
        )


@dataclass(frozen=True)
class SlotAsker:
    """The ledger as a pipeline's stage sees it (workers.llm.types.Asker)."""

    ledger: Ledger
    slot_number: int | None

    async def ask(self, stage: str, request: Request) -> Reply:
        return await self.ledger.ask(stage, request, self.slot_number)


def ended_call(call_id: int, reply: Reply, offer: ModelOffer) -> EndedCall:
    return EndedCall(
        call_id=call_id,
        outcome=CallOutcome(reply.outcome.value),
        reply=reply.text,
        error=reply.error,
        provider_status=reply.provider_status[:100],
        prompt_tokens=reply.usage.prompt_tokens,
        completion_tokens=reply.usage.completion_tokens,
        cost_usd=cost_usd(reply.usage, offer).quantize(MICRO_USD),
        latency_s=reply.latency_s,
    )


def _reply_on_record(call: Call, request: Request) -> Reply:
    """What was paid for before, as if it had just come."""
    outcome, value, error = Outcome(call.outcome), None, call.error
    if outcome is Outcome.OK and request.schema is not None:
        value, error = read_object(call.reply, request.schema)
    return Reply(
        outcome=outcome,
        text=call.reply,
        value=value,
        usage=Usage(call.prompt_tokens, call.completion_tokens),
        latency_s=call.latency_s or 0.0,
        provider_status=call.provider_status,
        error=error,
        call=call.pk,
    )
