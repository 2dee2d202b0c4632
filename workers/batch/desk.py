"""Two threads for one batch: an event loop that talks to models, and the task's own with the rows.

Hundreds of slots wait for models at once, and each has small things to store. The loop puts what it
wants stored on a desk; the task's thread, which holds the database connection and the claim, takes
all that lies there, stores it in one transaction and hands the answers back. While it commits, the
next group gathers, so the busier the loop the larger the groups (group commit). What nobody waits
for, such as a finished item, may lie a little longer and then goes in one large group.
"""

import asyncio
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")

GATHER_S = 0.03
"""How long a group gathers: beside a model's answer it is little, and it saves most commits."""
PATIENT_S = 0.3
"""How long what is in no hurry may lie."""
PATIENT_LETTERS = 128
TICK_S = 0.2
SWITCH_S = 0.001
"""Python's own 5 ms is what the loop would wait, after each look at a socket, for the other thread
to let go of the interpreter."""


@dataclass(frozen=True)
class _Letter:
    request: Any
    answer: "asyncio.Future[Any]"
    patient: bool


class Desk:
    """`ask` belongs to the loop's thread, `serve` to the thread of the database."""

    def __init__(self) -> None:
        self._letters: SimpleQueue[_Letter] = SimpleQueue()
        self._patient: list[_Letter] = []
        self._patient_since = 0.0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._main: asyncio.Task[Any] | None = None
        self._over = False

    async def ask(self, request: Any, *, patient: bool = False) -> Any:
        """What `store` answers to the request, raised when it is an exception."""
        letter = _Letter(request, asyncio.get_running_loop().create_future(), patient)
        self._letters.put(letter)
        return await letter.answer

    def serve(
        self,
        work: Callable[[], Coroutine[Any, Any, T]],
        store: Callable[[Sequence[Any]], Sequence[Any]],
        tick: Callable[[], None],
    ) -> T:
        """Run `work` on a loop of its own until it ends; its result, or what it raised.

        `store` gets a group of requests and gives their answers in order. `tick` is called a few
        times a second. Whatever these two raise ends the work at once and is raised here.
        """
        sys.setswitchinterval(SWITCH_S)
        outcome: list[Callable[[], T]] = []
        thread = threading.Thread(target=self._run, args=(work, outcome), name="models")
        thread.start()
        try:
            while thread.is_alive():
                self._serve_for(TICK_S, store)
                tick()
        finally:
            self._cancel()
            thread.join()
        return outcome[0]()

    def _run(
        self, work: Callable[[], Coroutine[Any, Any, T]], outcome: list[Callable[[], T]]
    ) -> None:
        async def main() -> T:
            self._loop, self._main = asyncio.get_running_loop(), asyncio.current_task()
            if self._over:  # before there was anything to cancel
                raise asyncio.CancelledError
            return await work()

        task_result: T
        try:
            task_result = asyncio.run(main())
        except BaseException as error:  # noqa: BLE001  carried over to the other thread whole
            outcome.append(_raiser(_first(error)))
        else:
            outcome.append(lambda: task_result)
        finally:
            self._loop = None

    def _serve_for(self, seconds: float, store: Callable[[Sequence[Any]], Sequence[Any]]) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            letters = self._group(left)
            if not letters:
                if self._loop is None and self._main is not None:
                    return
                continue
            answers = store([letter.request for letter in letters])
            self._hand_out(list(zip(letters, answers, strict=True)))

    def _group(self, patience_s: float) -> list[_Letter]:
        """What is in a hurry, and with it what has lain long enough."""
        end = time.monotonic() + min(patience_s, GATHER_S)
        hurried = []
        while (left := end - time.monotonic()) > 0:
            with suppress(Empty):
                letter = self._letters.get(timeout=left)
                if letter.patient:
                    self._patient_since = self._patient_since or time.monotonic()
                    self._patient.append(letter)
                else:
                    hurried.append(letter)
        return [*hurried, *self._due()]

    def _due(self) -> list[_Letter]:
        lain_s = time.monotonic() - self._patient_since
        if not self._patient or (lain_s < PATIENT_S and len(self._patient) < PATIENT_LETTERS):
            return []
        due, self._patient, self._patient_since = self._patient, [], 0.0
        return due

    def _hand_out(self, answered: Sequence[tuple[_Letter, Any]]) -> None:
        def settle() -> None:
            for letter, answer in answered:
                if letter.answer.done():
                    continue
                if isinstance(answer, Exception):
                    letter.answer.set_exception(answer)
                else:
                    letter.answer.set_result(answer)

        self._on_loop(settle)

    def _cancel(self) -> None:
        self._over = True
        if self._main is not None:
            self._on_loop(self._main.cancel)

    def _on_loop(self, callback: Callable[[], object]) -> None:
        """Nothing happens where the loop has ended: then nobody waits any more."""
        loop = self._loop
        if loop is not None:
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(callback)


def _first(error: BaseException) -> BaseException:
    """A task group wraps what its tasks raise; the first of them says what went wrong."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _raiser(error: BaseException) -> Callable[[], Any]:
    def reraise() -> Any:
        raise error

    return reraise
