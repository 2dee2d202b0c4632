"""Work on a loop of its own, its requests served in groups by the calling thread."""

import asyncio
import threading
from collections.abc import Sequence
from typing import Any

import pytest

from workers.batch.desk import Desk


def double(requests: Sequence[int]) -> list[Any]:
    return [2 * one for one in requests]


def nothing() -> None:
    """No tick."""


def test_each_gets_its_own_answer_and_requests_gather() -> None:
    desk, groups = Desk(), []

    def store(requests: Sequence[int]) -> list[Any]:
        groups.append(len(requests))
        assert threading.current_thread() is threading.main_thread()
        return double(requests)

    async def work() -> list[int]:
        return list(await asyncio.gather(*(desk.ask(number) for number in range(500))))

    assert desk.serve(work, store, nothing) == [2 * number for number in range(500)]
    assert sum(groups) == 500
    assert len(groups) < 50


def test_an_exception_as_answer_is_raised_to_the_one_who_asked() -> None:
    desk = Desk()

    async def work() -> str:
        with pytest.raises(KeyError):
            await desk.ask("bad")
        return str(await desk.ask("good"))

    def store(requests: Sequence[str]) -> list[Any]:
        return [KeyError(one) if one == "bad" else one for one in requests]

    assert desk.serve(work, store, nothing) == "good"


def test_what_the_work_raises_is_raised() -> None:
    async def work() -> None:
        raise LookupError("lost")

    with pytest.raises(LookupError, match="lost"):
        Desk().serve(work, double, nothing)


@pytest.mark.parametrize("where", ["store", "tick"])
def test_what_store_or_tick_raise_ends_the_work(where: str) -> None:
    desk, ended = Desk(), []

    async def work() -> None:
        try:
            await desk.ask(1)
            await asyncio.sleep(60)
        finally:
            ended.append(True)

    def fail(*_: object) -> Any:
        raise OSError("the database is away")

    store, tick = (fail, nothing) if where == "store" else (double, fail)
    with pytest.raises(OSError, match="away"):
        desk.serve(work, store, tick)
    assert ended == [True]
    assert "models" not in {thread.name for thread in threading.enumerate()}


def test_the_first_fault_of_a_task_group_is_told_as_itself() -> None:
    async def lose() -> None:
        raise LookupError("lost")

    async def work() -> None:
        async with asyncio.TaskGroup() as group, asyncio.TaskGroup() as inner:
            inner.create_task(lose())
            group.create_task(asyncio.sleep(60))

    with pytest.raises(LookupError, match="lost"):
        Desk().serve(work, double, nothing)


def test_what_was_cancelled_before_its_loop_began_does_not_begin() -> None:
    """A busy machine may start the thread late; who waits for its end must not wait for ever."""
    desk, begun = Desk(), []

    async def work() -> None:
        begun.append(True)

    desk._cancel()
    with pytest.raises(asyncio.CancelledError):
        desk.serve(work, double, nothing)
    assert not begun


def test_an_answer_that_comes_after_the_loop_has_ended_is_dropped() -> None:
    desk = Desk()
    loop = asyncio.new_event_loop()
    loop.close()
    desk._loop = loop
    desk._on_loop(nothing)


def test_work_that_asks_nothing_ends_soon() -> None:
    async def work() -> int:
        return 7

    assert Desk().serve(work, double, nothing) == 7
