"""Runs tests of the client: each in a loop of its own, in debug mode. Nothing may be left."""

import asyncio
import gc
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import TypeVar

T = TypeVar("T")

# Generous: a test that comes to it has failed.
DEADLINE = 60.0


def run(test: Callable[[], Coroutine[object, object, T]], deadline: float = DEADLINE) -> T:
    """Runs a test to its end. Fails for tasks that are left, and errors that nobody has seen."""
    faults: list[dict[str, object]] = []

    async def main() -> T:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: faults.append(context))
        # A machine that is busy makes slow callbacks.
        loop.slow_callback_duration = 10.0
        async with asyncio.timeout(deadline):
            result = await test()
        await no_tasks()
        return result

    try:
        result = asyncio.run(main(), debug=True)
    except BaseException as error:
        if faults:
            error.add_note(f"unseen: {faults}")
        raise
    gc.collect()
    assert not faults, faults
    return result


async def no_tasks() -> None:
    """Fails if a task is left beside the one that asks."""
    mine = asyncio.current_task()
    for _ in range(10):
        # What was cancelled has to run once more.
        await asyncio.sleep(0)
    left = [task for task in asyncio.all_tasks() if task is not mine]
    assert not left, left


async def eventually(condition: Callable[[], bool]) -> None:
    """Waits for something that comes about by itself."""
    async with asyncio.timeout(DEADLINE / 2):
        while not condition():
            await asyncio.sleep(0.002)


class CancelAt(Awaitable[T]):
    """Awaits something, and cancels the task that does so at its n-th suspension, counted from 1.

    `is_late`: not before what it waits for is there, but before the task hears of it.
    """

    def __init__(self, awaitable: Coroutine[object, object, T], at: int, *, is_late: bool) -> None:
        self._coroutine = awaitable
        self._at = at
        self._is_late = is_late
        self.steps = 0
        self.was_cancelled = False

    def __await__(self) -> Generator[object, object, T]:
        value: object = None
        error: BaseException | None = None
        while True:
            try:
                if error is not None:
                    yielded = self._coroutine.throw(error)
                else:
                    yielded = self._coroutine.send(value)
            except StopIteration as stop:
                result: T = stop.value
                return result
            value, error = None, None
            self.steps += 1
            if self.steps == self._at:
                self._cancel(yielded)
            try:
                value = yield yielded
            except BaseException as raised:
                error = raised

    def _cancel(self, yielded: object) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.was_cancelled = True
        if self._is_late and isinstance(yielded, asyncio.Future):
            yielded.add_done_callback(lambda _: task.cancel())
        else:
            task.cancel()
