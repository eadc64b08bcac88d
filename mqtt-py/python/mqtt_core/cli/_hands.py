"""What blocks: reading standard input, writing standard output. A loop must not, or its broker
hears nothing of it while a pager waits for its user."""

import asyncio
import os
import queue
import select
import threading
from collections.abc import Callable
from typing import TypeVar

__all__ = ["Hands", "read_some", "write_all"]

T = TypeVar("T")


class Hands:
    """A thread that does one thing after another. It does not keep the process from ending, not
    even while it waits for a pipe."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    async def do(self, work: Callable[[], T]) -> T:
        """Has it done, and gives its result. If this is cancelled it is done all the same."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="mqc", daemon=True)
            self._thread.start()
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()

        def settle(result: Callable[[], None]) -> None:
            if not done.done():
                result()

        def job() -> None:
            try:
                value = work()
            except BaseException as error:
                raised = error
                answer: Callable[[], None] = lambda: done.set_exception(raised)  # noqa: E731
            else:
                answer = lambda: done.set_result(value)  # noqa: E731
            try:
                loop.call_soon_threadsafe(settle, answer)
            except RuntimeError:
                # The loop is over, and nobody waits.
                return

        self._jobs.put(job)
        return await done

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()

    def close(self) -> None:
        """Lets it end after what it does."""
        self._jobs.put(None)


def write_all(file: int, data: bytes) -> None:
    """Writes all of it. Raises BrokenPipeError if nobody reads."""
    rest = memoryview(data)
    while rest:
        try:
            rest = rest[os.write(file, rest) :]
        except BlockingIOError:
            # Somebody else has made it so, who has the same pipe or terminal.
            select.select([], [file], [])


def read_some(file: int, count: int) -> bytes:
    """Reads what there is, up to so many bytes; none at the end."""
    while True:
        try:
            return os.read(file, count)
        except BlockingIOError:
            select.select([file], [], [])
