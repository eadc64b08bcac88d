"""Publish messages: one, one for each line of standard input, or one again and again.

Ends when the broker has acknowledged all of them (QoS 1 and 2), or has all bytes (QoS 0). A message
that it refuses is a line on standard error, and status 1."""

import argparse
import asyncio
import contextlib
import os
import sys
from collections import deque
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from mqtt_core import Error, Publish, QoS, QueueLimits, TopicName, encode
from mqtt_core.cli import _connect, _properties
from mqtt_core.cli._connect import COMMON, Plan, qos, seconds
from mqtt_core.cli._exit import Exit, Usage
from mqtt_core.cli._faults import told

if TYPE_CHECKING:
    from mqtt_core.aio import Delivery
    from mqtt_core.cli._online import Voice

__all__ = ["EXAMPLES", "options", "run"]

_COMMANDS = ("connect", "publish", "disconnect", "will")
# So many messages wait for their answers.
_WINDOW = 1000
_CHUNK = 1 << 16
_MAX_LINE = 256 << 20

EXAMPLES = f"""\
examples:
  mqc pub -t home/kitchen/temperature -m 21.5
  mqc pub -L mqtts://alice@broker.example.com/home/door -q 1 -r -m open --password-file secret
  tail -f log | mqc pub -t log/lines -q 1 -l
  mqc pub -t a/b -m '{{}}' -D publish content-type application/json

{_properties.explain(_COMMANDS)}
{COMMON}\
  - lines of -l are published without waiting for one after the other;
  - a message that the broker refuses is status 1, and the others go on.
"""


def options(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    group = parser.add_argument_group("the message")
    group.add_argument("-t", "--topic", help="its topic")
    group.add_argument("-m", "--message", metavar="TEXT", help="its payload")
    group.add_argument("-f", "--file", metavar="FILE", help="its payload is this file")
    group.add_argument("-s", "--stdin-file", action="store_true", help="it is standard input")
    group.add_argument("-l", "--stdin-line", action="store_true", help="a message for each line")
    group.add_argument("-n", "--null-message", action="store_true", help="it is empty")
    group.add_argument("-q", "--qos", metavar="QOS", type=qos, default=QoS(0), help="0, 1 or 2")
    group.add_argument("-r", "--retain", action="store_true", help="the broker keeps it")
    group.add_argument("--repeat", metavar="COUNT", type=int, help="publish it so many times")
    group.add_argument(
        "--repeat-delay",
        metavar="SECONDS",
        type=seconds,
        help="wait so long when it is delivered (default: 0)",
    )
    group.add_argument(
        "-M",
        "--max-inflight",
        metavar="COUNT",
        type=int,
        help="so many of QoS 1 and 2 may be without an answer (default: what the broker takes)",
    )
    _connect.options(parser)


def run(options: argparse.Namespace) -> Exit:
    """Runs the command."""
    from mqtt_core.cli import _online

    plan = _connect.plan(options, _COMMANDS)
    topic = options.topic if options.topic is not None else plan.topic
    if topic is None:
        raise Usage("no topic: -t")
    settings: dict[str, Any] = {"reconnect": None}
    if options.max_inflight is not None:
        if options.max_inflight < 1:
            raise Usage("-M: one message at least")
        settings["queue"] = QueueLimits(max_open=min(options.max_inflight, 65535))
    payload = _payload(options)
    message = _message(topic, payload or b"", options, plan)
    voice = _online.Voice(is_quiet=options.quiet)
    work = _Work(plan, settings, voice)
    if payload is None:
        return _online.run(lambda: work.lines(message), voice)
    return _online.run(lambda: work.repeat(message, options.repeat, options.repeat_delay), voice)


def _payload(options: argparse.Namespace) -> bytes | None:
    """What is to be published, or None for lines."""
    ways = (
        options.message is not None,
        options.file is not None,
        options.stdin_file,
        options.stdin_line,
        options.null_message,
    )
    if sum(ways) != 1:
        raise Usage("one of -m, -f, -s, -l and -n says what is published")
    if options.repeat is not None and (options.repeat < 1 or options.stdin_line):
        raise Usage("--repeat: a count, and not with -l")
    if options.repeat_delay is not None and options.repeat is None:
        raise Usage("--repeat-delay goes with --repeat")
    if options.stdin_line:
        return None
    if options.message is not None:
        return os.fsencode(options.message)
    if options.null_message:
        return b""
    try:
        if options.stdin_file:
            return sys.stdin.buffer.read()
        return Path(options.file).read_bytes()
    except OSError as error:
        raise Usage(f"{options.file or 'standard input'}: {error.strerror}") from error


def _message(topic: str, payload: bytes, options: argparse.Namespace, plan: Plan) -> Publish:
    try:
        TopicName(topic)
        properties = plan.properties["publish"]
        message = Publish(topic, payload, qos=options.qos, retain=options.retain, **properties)
        # The session numbers it; here it is only judged.
        encode(message.replace(packet_id=1 if options.qos else None), version=plan.version)
    except (Error, ValueError, OverflowError) as error:
        raise Usage(told(error)) from error
    return message


class _Work:
    """What is published, and what became of it."""

    def __init__(self, plan: Plan, settings: dict[str, Any], voice: "Voice") -> None:
        self._plan = plan
        self._voice = voice
        self._client = plan.client(**settings)
        self._open: deque[tuple[str, Delivery]] = deque()
        self._status = Exit.FINE

    async def repeat(self, message: Publish, count: int | None, delay: float | None) -> Exit:
        """Publishes a message, so many times if that is said; each when the last is answered."""
        async with self._connected():
            for number in range(count or 1):
                if number and delay:
                    await asyncio.sleep(delay)
                await self._send(
                    message, "the message" if count is None else f"message {number + 1}"
                )
                await self._answers(0)
        return self._status

    async def lines(self, message: Publish) -> Exit:
        """Publishes each line of standard input, without waiting for one after the other."""
        from mqtt_core.aio import ClosedError

        async with self._connected():
            # While nobody writes a line, the connection may be lost.
            tasks = [
                asyncio.ensure_future(work)
                for work in (self._publish_lines(message), self._client.closed())
            ]
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                if tasks[1].done():
                    self._unanswered(self._client.error or ClosedError("the client has ended"))
                tasks[0].result()
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
        return self._status

    async def _publish_lines(self, message: Publish) -> None:
        number = 0
        async with contextlib.aclosing(_lines()) as lines:
            async for line in lines:
                number += 1
                await self._send(message.replace(payload=line), f"line {number}")
                await self._answers(_WINDOW)
        await self._answers(0)

    async def _send(self, message: Publish, name: str) -> None:
        from mqtt_core.aio import ClosedError

        try:
            self._open.append((name, await self._client.send(message)))
        except ClosedError as error:
            self._unanswered(error)
        except Error as error:
            # The broker has said what it takes, and this it does not.
            self._refused(name, error)

    async def _answers(self, left: int) -> None:
        """Looks at the answers that are there, and waits until no more than `left` are to come."""
        from mqtt_core.aio import ClosedError

        while self._open and (len(self._open) > left or self._open[0][1].is_done):
            name, delivery = self._open[0]
            try:
                result = await delivery
                result.check()
            except ClosedError as error:
                self._unanswered(error)
            except Error as error:
                self._refused(name, error)
            self._open.popleft()

    def _refused(self, name: str, error: Error) -> None:
        self._voice.say(f"{name}: {error}")
        self._status = Exit.BAD

    def _unanswered(self, error: Exception) -> NoReturn:
        self._count_open()
        raise error

    def _count_open(self) -> None:
        if self._open:
            self._voice.say(f"without an answer of the broker: {len(self._open)} messages")
            self._open.clear()

    @contextlib.asynccontextmanager
    async def _connected(self) -> AsyncGenerator[None, None]:
        """The client is connected, and takes leave at the end."""
        async with self._client:
            try:
                yield
            except asyncio.CancelledError:
                # Who interrupts does not want to wait for answers.
                self._count_open()
                await self._client.close(self._plan.disconnect, timeout=0)
                raise
            await self._client.close(self._plan.disconnect)
        if self._client.error is not None:
            raise self._client.error


async def _lines() -> AsyncGenerator[bytes, None]:
    """The lines of standard input as they come, without their ends; the last may have none."""
    from mqtt_core.cli._hands import Hands, read_some

    hands = Hands()
    rest = bytearray()
    try:
        while data := await hands.do(lambda: read_some(0, _CHUNK)):
            start = len(rest)
            rest += data
            if b"\n" not in data:
                if len(rest) > _MAX_LINE:
                    raise Usage("a line is too long for a message")
                continue
            end = rest.rindex(b"\n", start)
            whole = bytes(rest[:end])
            del rest[: end + 1]
            for line in whole.split(b"\n"):
                yield line
        if rest:
            yield bytes(rest)
    finally:
        hands.close()
