"""Subscribe, and print the messages that come: the payload, or what -v, -F, --json or --hex say.

A message of QoS 1 or 2 is acknowledged when it has been written. A filter that the broker refuses
is a line on standard error, and status 1. That a connection is lost, and made again, is said."""

import argparse
import asyncio
import logging
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from mqtt_core import Error, Publish, QoS, Subscribe, Subscription, TopicFilter, Version, encode
from mqtt_core.cli import _connect, _properties
from mqtt_core.cli._connect import COMMON, Plan, qos, seconds
from mqtt_core.cli._exit import Exit, Usage
from mqtt_core.cli._faults import told
from mqtt_core.cli._format import Format, FormatError, Unprintable, as_hex, as_json

if TYPE_CHECKING:
    from mqtt_core.aio import Client, Received
    from mqtt_core.cli._hands import Hands
    from mqtt_core.cli._online import Voice

__all__ = ["EXAMPLES", "options", "run"]

logger = logging.getLogger("mqtt_core.cli")

_COMMANDS = ("connect", "subscribe", "unsubscribe", "disconnect", "will")
# So much is written at a time.
_BATCH = 256
_BATCH_BYTES = 1 << 16
# How long a reader may take, when we are asked to end; seconds.
_LAST_WRITE = 2.0

EXAMPLES = f"""\
examples:
  mqc sub -t 'home/+/temperature' -v
  mqc sub -t '#' -T '$SYS/#' --json | jq -r .topic
  mqc sub -t jobs/# -q 1 -c -i worker -F '%I %t %x'
  mqc sub -t status -C 1 -W 5 || echo 'nobody said anything'

format (-F):
  %t topic  %p payload  %x %X payload in hex  %l its length  %q QoS  %r retained
  %m packet identifier  %I time  %U Unix time  %j JSON  %J JSON whose payload is JSON
  %A topic alias  %C content type  %D correlation data  %E message expiry  %F payload format
  %P user properties  %R response topic  %S subscription identifiers  %% a %
  @X as %X of strftime  @N nanoseconds  @@ an @  \\\\ \\0 \\a \\e \\n \\r \\t \\v
  widths as with printf: %-20t, %05l, %.10p

{_properties.explain(_COMMANDS)}
{COMMON}\
  - an empty payload prints as such: an empty line, with -v the topic and a space;
  - in -F, a width is a least width of payloads, too: it cuts nothing off (a precision does);
  - %j has a time as ISO 8601 has it;
  - -W is status 0, or 1 if -C messages have not come by then;
  - there is no --pretty, --random-filter and --remove-retained.
"""


def options(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    group = parser.add_argument_group("what is subscribed to")
    group.add_argument("-t", "--topic", metavar="FILTER", action="append", help="more than once")
    group.add_argument("-q", "--qos", metavar="QOS", type=qos, default=QoS(0), help="0, 1 or 2")
    group.add_argument("-U", "--unsubscribe", metavar="FILTER", action="append", help="unsubscribe")
    group.add_argument(
        "--retain-as-published", action="store_true", help="5.0: %%r says what the publisher said"
    )
    group = parser.add_argument_group("what is printed")
    group.add_argument("-R", dest="no_stale", action="store_true", help="nothing that was retained")
    group.add_argument(
        "--retained-only",
        action="store_true",
        help="what was retained; ends with the first new one",
    )
    group.add_argument("-T", "--filter-out", metavar="FILTER", action="append", help="not these")
    group = parser.add_argument_group("how it is printed")
    group.add_argument("-v", "--verbose", action="store_true", help="topic and payload")
    group.add_argument("-F", "--format", metavar="FORMAT", help="see below; instead of -v")
    group.add_argument("-N", dest="no_eol", action="store_true", help="no end of line")
    group.add_argument(
        "-j",
        "--json",
        action="store_true",
        help="one JSON object a line; a payload that is no text is in payload_base64",
    )
    group.add_argument("--hex", action="store_true", help="the payload as hex digits")
    group = parser.add_argument_group("when it ends")
    group.add_argument("-C", dest="count", metavar="COUNT", type=int, help="after so many messages")
    group.add_argument("-W", dest="wait", metavar="SECONDS", type=seconds, help="after so long")
    group.add_argument(
        "-E", dest="only_subscribe", action="store_true", help="when all is subscribed to"
    )
    group.add_argument("--no-reconnect", action="store_true", help="when the connection is lost")
    _connect.options(parser)


def run(options: argparse.Namespace) -> Exit:
    """Runs the command."""
    from mqtt_core.cli import _online

    plan = _connect.plan(options, _COMMANDS)
    voice = _online.Voice(is_quiet=options.quiet)
    work = _Work(options, plan, voice)
    return _online.run(work.run, voice)


def _filters(options: argparse.Namespace, plan: Plan) -> list[Subscription]:
    names: list[str] = list(options.topic or ())
    if plan.topic is not None:
        names.append(plan.topic)
    if not names and not options.unsubscribe:
        raise Usage("no topic: -t")
    if options.retain_as_published and plan.version is not Version.V5:
        raise Usage("--retain-as-published is for 5.0")
    properties = plan.properties["subscribe"]
    try:
        for name in (*names, *(options.unsubscribe or ())):
            TopicFilter(name, version=plan.version)
        wanted = [
            Subscription(name, options.qos, retain_as_published=options.retain_as_published)
            for name in dict.fromkeys(names)
        ]
        if wanted:
            encode(Subscribe(wanted, packet_id=1, **properties), version=plan.version)
    except (Error, ValueError, OverflowError) as error:
        raise Usage(told(error)) from error
    return wanted


class _Work:
    """The messages on their way from the client to standard output."""

    def __init__(self, options: argparse.Namespace, plan: Plan, voice: "Voice") -> None:
        self._options = options
        self._plan = plan
        self._voice = voice
        self._wanted = _filters(options, plan)
        self._left: int | None = options.count
        if self._left is not None and self._left < 1:
            raise Usage("-C: one message at least")
        try:
            self._without = [
                TopicFilter(name, version=Version.V5) for name in options.filter_out or ()
            ]
        except Error as error:
            raise Usage(f"-T: {told(error)}") from error
        self._form = _form(options)
        self._end = b"" if options.no_eol else b"\n"
        self._status = Exit.FINE
        self._is_done = False

    async def run(self) -> Exit:
        from mqtt_core.aio import Acks
        from mqtt_core.cli._hands import Hands

        options = self._options
        settings: dict[str, Any] = {"acks": Acks.MANUAL}
        if options.no_reconnect:
            settings["reconnect"] = None
        if options.only_subscribe:
            # Nobody takes what comes, and the answer is behind it: all that can be without an
            # acknowledgement has room.
            settings |= {"inbox": 70_000, "inbox_bytes": 1 << 30}
        hands = Hands()
        client = self._plan.client(**settings)
        # Taken leave of here: `async with` would close it without our DISCONNECT.
        await client.connect()
        try:
            async with asyncio.timeout(options.wait):
                await self._work(client, hands)
        except TimeoutError:
            if options.wait is None:
                raise
            if self._left:
                self._voice.say(f"in {options.wait:g} seconds: {self._left} messages are missing")
                self._status = Exit.BAD
        finally:
            hands.close()
            await client.close(self._plan.disconnect)
        return self._status

    async def _work(self, client: "Client", hands: "Hands") -> None:
        if self._options.only_subscribe:
            await self._subscribe(client)
            return
        # Messages come before the answer to SUBSCRIBE, and are printed meanwhile.
        printing = asyncio.ensure_future(self._print(client, hands))
        subscribing = asyncio.ensure_future(self._subscribe(client))
        watching = asyncio.ensure_future(self._watch(client))
        tasks: list[asyncio.Task[Any]] = [printing, subscribing, watching]
        try:
            await asyncio.wait([printing, subscribing], return_when=asyncio.FIRST_COMPLETED)
            if not subscribing.done() or await subscribing:
                await printing
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _subscribe(self, client: "Client") -> bool:
        """Subscribes and unsubscribes; false if the broker has refused all there was."""
        properties, goes_on = self._plan.properties, True
        if self._wanted:
            result = await client.subscribe(*self._wanted, **properties["subscribe"])
            self._refused(result.refused, result.reason_string)
            for name, granted in result.granted.items():
                logger.debug("subscribed to %r, QoS %d", name, granted)
            goes_on = bool(result.granted)
        if self._options.unsubscribe:
            gone = await client.unsubscribe(*self._options.unsubscribe, **properties["unsubscribe"])
            self._refused(gone.refused, gone.reason_string)
        return goes_on

    def _refused(self, refused: dict[str, Any], words: str | None) -> None:
        for name, reason in refused.items():
            text = reason.name.lower().replace("_", " ") + (f" ({words})" if words else "")
            self._voice.say(f"the broker refuses {name!r}: {text}")
            self._status = Exit.BAD

    async def _watch(self, client: "Client") -> None:
        """Says what becomes of the connection."""
        from mqtt_core.aio import ConnectionLost, ConnectionMade, SubscriptionRefused

        async for event in client.events():
            match event:
                case ConnectionLost(error, wait):
                    self._voice.say(f"{error}; trying again in {wait:.1f} s")
                case ConnectionMade(_, session):
                    self._voice.say(f"connected again, session {session.name.lower()}")
                case SubscriptionRefused(name, reason):
                    self._refused({name: reason}, None)
                case _:
                    pass

    async def _print(self, client: "Client", hands: "Hands") -> None:
        from mqtt_core.cli._hands import write_all

        messages = client.messages()
        waiting: list[Received] = []
        out = bytearray()
        async for message in messages:
            text = self._take(message)
            if text is not None:
                out += text
                waiting.append(message)
            if (
                not self._is_done
                and len(messages)
                and len(waiting) < _BATCH
                and len(out) < _BATCH_BYTES
            ):
                continue
            if out:
                data = bytes(out)
                writing = asyncio.ensure_future(
                    hands.do(partial(write_all, sys.stdout.fileno(), data))
                )
                try:
                    await asyncio.shield(writing)
                except asyncio.CancelledError:
                    # It is written all the same, if anybody reads: then it is not to come again.
                    await asyncio.wait([writing], timeout=_LAST_WRITE)
                    if writing.done() and writing.exception() is None:
                        _ack(waiting)
                    writing.cancel()
                    raise
                out.clear()
            _ack(waiting)
            if self._is_done:
                return

    def _take(self, message: "Received") -> bytes | None:
        """What is to be printed of a message; None for one that stays with the broker."""
        options = self._options
        if options.retained_only and not message.retain:
            self._is_done = True
            return None
        if options.no_stale and message.retain:
            return b""
        if any(one.matches(message.topic) for one in self._without):
            return b""
        try:
            text = self._form(message.publish, time.time_ns())
        except Unprintable as error:
            self._voice.say(error)
            self._status = Exit.BAD
            return b""
        if self._left is not None:
            self._left -= 1
            self._is_done = self._left == 0
        return text + self._end


def _ack(messages: "list[Received]") -> None:
    for message in messages:
        message.ack()
    messages.clear()


def _form(options: argparse.Namespace) -> Callable[[Publish, int], bytes]:
    ways = (options.format is not None, options.json, options.hex)
    if sum(ways) > 1:
        raise Usage("one of -F, --json and --hex")
    if options.json:
        return as_json
    if options.hex:
        return as_hex(is_verbose=options.verbose)
    text = options.format
    if text is None:
        text = "%t %p" if options.verbose else "%p"
    try:
        return Format(text)
    except FormatError as error:
        raise Usage(f"-F: {error}") from error
