"""A way to a host that has several addresses."""

import asyncio
import socket
from collections import deque
from itertools import zip_longest
from typing import Final, TypeAlias

__all__ = ["connected"]

# So long one address is tried alone; seconds, as RFC 8305 has it.
_NEXT: Final = 0.25

_Place: TypeAlias = tuple[int, int, int, tuple[object, ...]]
_Attempt: TypeAlias = asyncio.Task[socket.socket]


async def connected(host: str, port: int) -> socket.socket:
    """A socket that is connected to an address of a host, of those that answer the first one.

    The next address is tried when one has failed, or has not answered for a moment; families take
    turns. When this returns, raises or is cancelled, no other socket and no task is left, which
    `happy_eyeballs_delay` of asyncio does not see to. Raises OSError.

    # Spec
    RFC 8305, sections 4 and 5.
    """
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    left = _in_turns([(family, kind, proto, place) for family, kind, proto, _, place in found])
    attempts: set[_Attempt] = set()
    won: socket.socket | None = None
    failed: list[OSError] = []
    try:
        while won is None and (left or attempts):
            if left:
                attempts.add(loop.create_task(_attempt(left.popleft())))
            done, _ = await asyncio.wait(
                attempts,
                timeout=_NEXT if left else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if done:
                attempt = done.pop()
                attempts.remove(attempt)
                try:
                    won = attempt.result()
                except OSError as error:
                    failed.append(error)
    finally:
        try:
            await _give_up(attempts)
        except BaseException:
            if won is not None:
                won.close()
            raise
    if won is not None:
        return won
    if len(failed) == 1:
        raise failed[0]
    raise OSError("; ".join(map(str, failed)) or f"{host} has no address")


def _in_turns(places: list[_Place]) -> deque[_Place]:
    """The same, the families in turns."""
    families: dict[int, list[_Place]] = {}
    for place in places:
        families.setdefault(place[0], []).append(place)
    return deque(it for turn in zip_longest(*families.values()) for it in turn if it is not None)


async def _attempt(place: _Place) -> socket.socket:
    family, kind, proto, address = place
    sock = socket.socket(family, kind, proto)
    try:
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, address)
    except BaseException:
        sock.close()
        raise
    return sock


async def _give_up(attempts: set[_Attempt]) -> None:
    for attempt in attempts:
        attempt.cancel()
    try:
        if attempts:
            await asyncio.wait(attempts)
    finally:
        for attempt in attempts:
            if attempt.done():
                _close(attempt)
            else:
                attempt.add_done_callback(_close)


def _close(attempt: _Attempt) -> None:
    if not attempt.cancelled() and attempt.exception() is None:
        attempt.result().close()
