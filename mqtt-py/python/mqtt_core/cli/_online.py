"""Runs what speaks to a broker: signals, errors, exit statuses."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable, Coroutine

from mqtt_core import Error
from mqtt_core.aio import (
    ClosedError,
    DisconnectedError,
    DroppedError,
    ReasonError,
    RefusedError,
    TransportError,
)
from mqtt_core.cli._exit import Exit, Usage

__all__ = ["Voice", "run"]


class Voice:
    """Says on standard error what went wrong, unless that is not wanted."""

    def __init__(self, *, is_quiet: bool) -> None:
        self._is_quiet = is_quiet

    def say(self, text: object) -> None:
        """A line."""
        if not self._is_quiet:
            print(f"mqc: {text}", file=sys.stderr, flush=True)


def run(main: Callable[[], Coroutine[object, object, Exit]], voice: Voice) -> Exit:
    """Runs it in a loop. SIGINT and SIGTERM cancel it, once, so that it can take leave; a second
    one ends it at once."""
    try:
        return asyncio.run(_watched(main))
    except (Usage, OSError):
        # Those of sockets are errors of the client, so this is one of standard output.
        raise
    except asyncio.CancelledError:
        return Exit.INTERRUPTED
    except Exception as error:
        status = _status(error)
        if status is None:
            raise
        voice.say(_text(error))
        return status


async def _watched(main: Callable[[], Coroutine[object, object, Exit]]) -> Exit:
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(main())
    with contextlib.ExitStack() as stack:
        for number in (signal.SIGINT, signal.SIGTERM):
            # Not on all systems: there, KeyboardInterrupt ends the loop.
            with contextlib.suppress(NotImplementedError):
                loop.add_signal_handler(number, task.cancel)
                stack.callback(loop.remove_signal_handler, number)
        return await task


def _root(error: BaseException) -> BaseException:
    """Why a client has ended, of an error that says that it has."""
    while isinstance(error, ClosedError) and error.__cause__ is not None:
        error = error.__cause__
    return error


def _status(error: Exception) -> Exit | None:
    match _root(error):
        case TransportError() | RefusedError() | DisconnectedError() | ClosedError():
            return Exit.NO_CONNECTION
        case ReasonError() | DroppedError() | Error():
            return Exit.BAD
        case ImportError():
            return Exit.USAGE
        case _:
            return None


def _text(error: Exception) -> str:
    return str(_root(error))
