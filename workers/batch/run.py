"""One worker's run of a batch: what its loop may ask of the database, and how it is answered."""

from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import ROUND_UP, Decimal
from typing import Any, TypeVar

from django.conf import settings
from django.db import transaction

from annotation_configs.models import ModelOffer
from webapp.accounts.models import User
from webapp.core.claims import Claim
from webapp.generation import queries
from webapp.generation.actions import batches, calls, slots
from webapp.generation.actions.screening import ReadCaption, write_features
from webapp.generation.config import RULES, BatchConfig
from webapp.generation.made import Made
from webapp.generation.models import Batch, Slot
from workers.batch.desk import Desk
from workers.batch.facts import FactsShelf
from workers.batch.ledger import Ledger
from workers.batch.stops import LEAVING, BudgetSpent, Stopped
from workers.llm.errors import BadRequest, LlmError, ProviderDown
from workers.llm.registry import Credentials, open_client
from workers.pipeline.decompose import model_extractor

T = TypeVar("T")

PAGE = 64
CENT = Decimal("0.01")


@dataclass(frozen=True)
class NextSlots:
    """Asks the desk for the open slots after this number."""

    after: int


@dataclass(frozen=True)
class OpenSlot:
    id: int
    number: int
    attempts: int
    plan: dict[str, Any]
    triplet_id: int


@dataclass(frozen=True)
class Filled:
    slot_id: int
    made: Made


@dataclass(frozen=True)
class Failed:
    slot_id: int
    sentence: str


@dataclass(frozen=True)
class Pause:
    """Why the batch cannot go on for now; `again` when time alone may mend it."""

    sentence: str
    again: bool = False


@dataclass
class Run:
    """One worker's hold on one batch."""

    batch: Batch
    claim: Claim | None = None
    """Without one nothing is made, but single questions can be put to models on record."""
    stopped: bool = False
    pause: Pause | None = None
    ledger: Ledger | None = None

    def __post_init__(self) -> None:
        self.config = BatchConfig.from_json(self.batch.config)
        self.by: User = self.batch.created_by
        self.facts = FactsShelf(
            "" if self.config.decomposer == RULES else model_extractor(self.config.decomposer)
        )
        self._progress = self._told = ("", 0, 0)

    def stop(self, pause: Pause | None = None) -> None:
        """No more work is begun; what is in flight is stored. The first reason stands."""
        self.pause = self.pause or pause
        self.stopped = True
        if self.ledger is not None:
            self.ledger.stopped = True

    def tell(self, stage: str, done: int, total: int) -> None:
        """What the worker is at; written with the next beat, from any thread."""
        self._progress = (stage, done, total)

    def serve(self, work: Callable[[Desk, Ledger | None], Coroutine[Any, Any, T]]) -> T:
        """Let work run on a loop, with a ledger where the batch names models.

        Raises:
            BadRequest: a model of the batch is no longer on offer.
        """
        desk = Desk()

        async def with_client() -> T:
            if not self.config.models:
                return await work(desk, None)
            offers = self._offers()
            credentials = Credentials(settings.LLM_KEYS, settings.LLM_BASE_URLS)
            client = open_client(
                list(offers),
                credentials,
                settings.REDIS_URL,
                models_file=settings.LLM_MODELS_FILE,
            )
            try:
                self.ledger = Ledger(desk, client, offers, self.stopped)
                return await work(desk, self.ledger)
            finally:
                await client.close()

        return desk.serve(with_client, self._store, self._tick)

    def _offers(self) -> dict[str, ModelOffer]:
        known = queries.models_on_offer()
        gone = [name for name in self.config.models if name not in known]
        if gone:
            raise BadRequest(
                gone[0],
                f"The model {gone[0]!r}, which this batch asks, is no longer on offer; put it back "
                "into models.yaml and resume.",
            )
        return {name: known[name] for name in self.config.models}

    def beat(self) -> None:
        """Keep the claim, and let the batch's page know what goes on."""
        if self.claim is not None:
            self.claim.keep()
        if self._progress != self._told:
            batches.tell_progress(self.batch.pk, *self._progress)
            self._told = self._progress

    def _tick(self) -> None:
        self.beat()
        self._look()

    def _look(self) -> None:
        """Whether somebody stopped the batch or this worker meanwhile."""
        if self.claim is None or self.stopped:
            return
        if LEAVING.is_set() or not queries.is_running(self.batch.pk):
            self.stop()

    def _store(self, requests: Sequence[Any]) -> list[Any]:
        """One transaction for a group, and nothing of it when the claim is lost."""
        with transaction.atomic():
            if self.claim is not None:
                self.claim.renew()
            answers: dict[int, Any] = {}
            for kind, serve in self._services().items():
                places = [i for i, one in enumerate(requests) if isinstance(one, kind)]
                if places:
                    found = serve([requests[place] for place in places])
                    answers.update(zip(places, found, strict=True))
            self._look()
        return [answers[place] for place in range(len(requests))]

    def _services(self) -> dict[type, Callable[[list[Any]], Sequence[Any]]]:
        """What is served by whom; replies before calls, so that money set free can be spent."""
        return {
            calls.EndedCall: self._close,
            Filled: self._fill,
            Failed: self._fail,
            calls.NewCall: self._open,
            NextSlots: self._next,
            ReadCaption: self._keep_reading,
        }

    def _keep_reading(self, read: list[ReadCaption]) -> Sequence[None]:
        write_features(read)
        return [None] * len(read)

    def _close(self, ended: list[calls.EndedCall]) -> Sequence[None]:
        calls.close_calls(self.batch.pk, ended)
        return [None] * len(ended)

    def _open(self, new: list[calls.NewCall]) -> Sequence[calls.Admission]:
        return calls.open_calls(self.batch.pk, new, by=self.by)

    def _fill(self, filled: list[Filled]) -> Sequence[None]:
        slots.fill_slots({one.slot_id: one.made for one in filled}, by=self.by)
        return [None] * len(filled)

    def _fail(self, failed: list[Failed]) -> Sequence[None]:
        slots.fail_slots({one.slot_id: one.sentence for one in failed}, by=self.by)
        return [None] * len(failed)

    def _next(self, asked: list[NextSlots]) -> Sequence[list[OpenSlot]]:
        return [self._page(one.after) for one in asked]

    def _page(self, after: int) -> list[OpenSlot]:
        found = queries.open_slots(self.batch).filter(number__gt=after)[:PAGE]
        page = [_open_slot(slot) for slot in found]
        self.facts.load({slot.triplet_id for slot in page})
        return page


def _open_slot(slot: Slot) -> OpenSlot:
    return OpenSlot(slot.pk, slot.number, slot.attempts, slot.plan, slot.triplet_id)


@contextmanager
def guarded(run: Run) -> Iterator[None]:
    """What stops the batch and not just one slot, turned into the reason of its pause."""
    try:
        yield
    except Stopped:
        return
    except BudgetSpent as spent:
        missing = spent.missing_usd.quantize(CENT, ROUND_UP)
        run.stop(
            Pause(
                f"The budget does not hold the next call, which alone may need ${missing:,} more. "
                "Raise it and resume; what is made stays."
            )
        )
    except LlmError as error:
        run.stop(Pause(error.message, again=isinstance(error, ProviderDown)))
