"""Several ways to the same thing, of which the first one that gets there is taken."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Final, TypeVar

__all__ = ["first"]

T = TypeVar("T")

# So long one way is tried alone; seconds, as RFC 8305 has it.
_NEXT: Final = 0.25


async def first(
    ways: Iterable[Callable[[], Coroutine[Any, Any, T]]], undo: Callable[[T], None]
) -> T:
    """What the first way gives that gets there. The next one is tried when one has failed, or has
    not got there for a moment.

    When this returns, raises or is cancelled no task is left, and what others have given is undone:
    the race of asyncio itself (`happy_eyeballs_delay`) does not see to that. Raises OSError if all
    have failed; what else a way raises.

    # Spec
    RFC 8305, section 5.
    """
    loop = asyncio.get_running_loop()
    left = deque(ways)
    tries: set[asyncio.Task[T]] = set()
    won: asyncio.Task[T] | None = None
    failed: list[OSError] = []
    try:
        while won is None and (left or tries):
            if left:
                tries.add(loop.create_task(left.popleft()()))
            done, _ = await asyncio.wait(
                tries, timeout=_NEXT if left else None, return_when=asyncio.FIRST_COMPLETED
            )
            for one in done:
                error = None if one.cancelled() else one.exception()
                if won is None and not isinstance(error, OSError):
                    won = one
                    break
                tries.remove(one)
                if isinstance(error, OSError):
                    failed.append(error)
    except BaseException:
        won = None
        raise
    finally:
        await _give_up(tries, won, undo)
    if won is not None:
        return won.result()
    if len(failed) == 1:
        raise failed[0]
    raise OSError("; ".join(map(str, failed)))


async def _give_up(
    tries: set[asyncio.Task[T]], won: asyncio.Task[T] | None, undo: Callable[[T], None]
) -> None:
    """Ends all but the one that has won; that too if this is cancelled."""

    def end(one: asyncio.Task[T]) -> None:
        if not one.cancelled() and one.exception() is None:
            undo(one.result())

    losers = tries - {won}
    for one in losers:
        one.cancel()
    try:
        if losers:
            await asyncio.wait(losers)
    except BaseException:
        losers = tries
        raise
    finally:
        for one in losers:
            if one.done():
                end(one)
            else:
                one.add_done_callback(end)
