"""Measure a broker: publishers and subscribers, the rate and the latency of their messages.

Every subscriber gets every message. The latency is from the order to publish to the message's
arrival, by one clock, for all clients are in one process: what that process takes is part of it,
and without --rate so is the time that messages wait in queues."""

import argparse
import asyncio
import json
import secrets
import struct
import sys
import time
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from mqtt_core import Error, QoS
from mqtt_core.cli import _connect, _look
from mqtt_core.cli._connect import Plan, qos, seconds
from mqtt_core.cli._exit import Exit, Usage
from mqtt_core.cli._histogram import Histogram
from mqtt_core.cli._look import Look

if TYPE_CHECKING:
    from mqtt_core.aio import Client, Delivery
    from mqtt_core.cli._online import Voice

__all__ = ["EXAMPLES", "options", "run"]

# Of this run, when it was sent, by whom, which of theirs it is.
_HEAD: Final = struct.Struct(">8sQII")
# The longest there can be, nearly.
_MAX_SIZE: Final = 268_000_000
_COUNT: Final = 10_000
_PERCENTILES: Final = (50.0, 90.0, 99.0, 99.9)
_BAR: Final = 40
_WINDOW: Final = 1000

EXAMPLES = """\
examples:
  mqc bench
  mqc bench -q 1 -c 10 --for 30 --rate 1000
  mqc bench -L mqtt://broker.example.com --publishers 100 --subscribers 1 --json | jq .latency_us

Status 1 if messages are lost, come twice at QoS 2, or are refused.
"""


def options(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    group = parser.add_argument_group("the load")
    group.add_argument("-c", "--clients", metavar="COUNT", type=int, help="so many of both kinds")
    group.add_argument("--publishers", metavar="COUNT", type=int, help="clients (default: 1)")
    group.add_argument("--subscribers", metavar="COUNT", type=int, help="clients (default: 1)")
    group.add_argument("--topics", metavar="COUNT", type=int, default=1, help="default: 1")
    group.add_argument("-q", "--qos", metavar="QOS", type=qos, default=QoS(0), help="0, 1 or 2")
    group.add_argument("--size", metavar="BYTES", type=int, default=64, help="24 at least")
    group.add_argument(
        "--rate",
        metavar="COUNT",
        type=seconds,
        help="messages a second, of all (default: no limit)",
    )
    group.add_argument(
        "--count", metavar="COUNT", type=int, help=f"messages of all (default: {_COUNT})"
    )
    group.add_argument("--for", metavar="SECONDS", dest="seconds", type=seconds, help="instead")
    group.add_argument(
        "--patience",
        metavar="SECONDS",
        type=seconds,
        default=5.0,
        help="what has not come then, with none coming meanwhile, is lost (default: 5)",
    )
    parser.add_argument("-j", "--json", action="store_true", help="the result as one JSON object")
    _look.options(parser)
    _connect.options(parser, is_one=False)


def run(options: argparse.Namespace) -> Exit:
    """Runs the command."""
    from mqtt_core.cli import _online

    plan = _connect.plan(options, ())
    if plan.topic is not None:
        raise Usage("-L: no topic, for it has its own")
    both = 1 if options.clients is None else options.clients
    publishers = both if options.publishers is None else options.publishers
    subscribers = both if options.subscribers is None else options.subscribers
    if min(both, publishers, options.topics) < 1 or subscribers < 0:
        raise Usage("one publisher and one topic at least")
    if options.size < _HEAD.size:
        raise Usage(f"--size: {_HEAD.size} bytes at least, for what is measured stands in them")
    if options.size > _MAX_SIZE:
        raise Usage(f"--size: {_MAX_SIZE} bytes at most")
    if options.count is not None and options.seconds is not None:
        raise Usage("--count or --for, not both")
    if options.count is not None and options.count < 1:
        raise Usage("--count: one message at least")
    voice = _online.Voice(is_quiet=options.quiet)
    bench = _Bench(options, plan, publishers, subscribers, voice)
    return _online.run(bench.run, voice)


class _Bench:
    """The clients, and what is counted."""

    def __init__(
        self,
        options: argparse.Namespace,
        plan: Plan,
        publishers: int,
        subscribers: int,
        voice: "Voice",
    ) -> None:
        self._options = options
        self._voice = voice
        self._look = Look(options)
        self._prefix = f"mqc/bench/{secrets.token_hex(4)}"
        # Others may see the topic, and publish to it.
        self._mark = secrets.token_bytes(8)
        self._numbers_sent = [0] * publishers
        self._limit: int | None = options.count
        if options.seconds is None and self._limit is None:
            self._limit = _COUNT
        self._publishers = [plan.client(**self._client(plan)) for _ in range(publishers)]
        self._subscribers = [plan.client(**self._client(plan)) for _ in range(subscribers)]
        self._ordered = self._sent = self._received = self._duplicates = self._refused = 0
        self._seen: list[list[bytearray]] = [
            [bytearray() for _ in range(publishers)] for _ in range(subscribers)
        ]
        self._latency = Histogram()
        self._begin = self._last_sent = self._last_received = 0.0
        self._over = asyncio.Event()

    @staticmethod
    def _client(plan: Plan) -> dict[str, Any]:
        return {"client_id": f"mqc-{secrets.token_hex(6)}", "reconnect": None}

    async def run(self) -> Exit:
        clients = [*self._subscribers, *self._publishers]
        tasks: list[asyncio.Task[None]] = []
        patience: float | None = None
        try:
            for client in clients:
                await client.connect()
            for index, client in enumerate(self._subscribers):
                result = await client.subscribe(f"{self._prefix}/#", qos=self._options.qos)
                result.check()
                tasks.append(asyncio.create_task(self._receive(client, index)))
            if sys.stderr.isatty() and not self._options.quiet:
                tasks.append(asyncio.create_task(self._progress()))
            await self._measure()
        except asyncio.CancelledError:
            # What there is, is told, and what is under way is not waited for.
            patience = 0.0
            if self._begin:
                self._report()
            raise
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.gather(*(client.close(timeout=patience) for client in clients))
        for client in clients:
            if client.error is not None:
                raise client.error
        self._report()
        is_twice = self._options.qos is QoS.EXACTLY_ONCE and self._duplicates
        return Exit.BAD if self._lost or self._refused or is_twice else Exit.FINE

    @property
    def _expected(self) -> int:
        return (self._sent - self._refused) * len(self._subscribers)

    @property
    def _lost(self) -> int:
        return max(0, self._expected - self._received)

    async def _measure(self) -> None:
        self._begin = self._last_sent = self._last_received = time.perf_counter()
        try:
            async with asyncio.TaskGroup() as group:
                for index, client in enumerate(self._publishers):
                    group.create_task(self._publish(client, index))
        except ExceptionGroup as errors:
            # They fail together, of one cause.
            raise errors.exceptions[0] from None
        # Nothing comes any more when nothing has come for so long.
        before = -1
        while self._received < self._expected and self._received != before:
            before = self._received
            self._over.clear()
            try:
                async with asyncio.timeout(self._options.patience):
                    await self._over.wait()
            except TimeoutError:
                continue

    def _goes_on(self) -> bool:
        if self._limit is not None:
            return self._ordered < self._limit
        return time.perf_counter() - self._begin < float(self._options.seconds)

    async def _publish(self, client: "Client", index: int) -> None:
        options = self._options
        rest = bytes(options.size - _HEAD.size)
        waiting: deque[Delivery] = deque()
        number = 0
        while self._goes_on():
            place = self._ordered
            self._ordered += 1
            if options.rate is not None:
                # Each message has its time, whoever publishes it.
                due = place / options.rate
                if options.seconds is not None and due >= options.seconds:
                    break
                wait = self._begin + due - time.perf_counter()
                if wait > 0:
                    await asyncio.sleep(wait)
            topic = f"{self._prefix}/{(index + number) % options.topics}"
            payload = _HEAD.pack(self._mark, time.perf_counter_ns(), index, number) + rest
            self._numbers_sent[index] = number + 1
            waiting.append(await client.send(topic, payload, qos=options.qos))
            self._sent += 1
            number += 1
            while waiting and (waiting[0].is_done or len(waiting) > _WINDOW):
                await self._answer(waiting.popleft())
            if not number % 64:
                # `send` does not wait while there is room, and others want to run.
                await asyncio.sleep(0)
        for delivery in waiting:
            await self._answer(delivery)
        self._last_sent = time.perf_counter()

    async def _answer(self, delivery: "Delivery") -> None:
        result = await delivery
        if not result.is_success:
            if not self._refused:
                try:
                    result.check()
                except Error as error:
                    self._voice.say(error)
            self._refused += 1

    async def _receive(self, client: "Client", index: int) -> None:
        seen = self._seen[index]
        async for message in client.messages():
            now = time.perf_counter_ns()
            payload = message.payload
            if len(payload) != self._options.size:
                continue
            head: tuple[bytes, int, int, int] = _HEAD.unpack_from(payload)
            mark, sent, publisher, number = head
            if mark != self._mark or publisher >= len(seen):
                continue
            if number >= self._numbers_sent[publisher]:
                continue
            marks = seen[publisher]
            if number >= len(marks):
                marks.extend(bytes(number + 1024 - len(marks)))
            if marks[number]:
                self._duplicates += 1
                continue
            marks[number] = 1
            self._received += 1
            self._latency.add(now - sent)
            self._last_received = time.perf_counter()
            if self._received == self._expected:
                self._over.set()

    async def _progress(self) -> None:
        before = 0
        try:
            while True:
                await asyncio.sleep(0.5)
                rate = (self._received - before) * 2
                before = self._received
                text = f"{self._sent:,} sent, {self._received:,} received, {rate:,} msg/s"
                print(f"\r{text:<70}", end="", file=sys.stderr, flush=True)
        finally:
            print(f"\r{'':70}\r", end="", file=sys.stderr, flush=True)

    def _numbers(self) -> dict[str, Any]:
        sending = max(self._last_sent - self._begin, 1e-9)
        receiving = max(self._last_received - self._begin, 1e-9)
        latency: dict[str, float] = {
            f"p{share:g}": self._latency.percentile(share) / 1000 for share in _PERCENTILES
        }
        latency |= {"max": self._latency.max / 1000, "mean": self._latency.mean / 1000}
        return {
            "publishers": len(self._publishers),
            "subscribers": len(self._subscribers),
            "qos": int(self._options.qos),
            "size": self._options.size,
            "sent": self._sent,
            "received": self._received,
            "lost": self._lost,
            "duplicates": self._duplicates,
            "refused": self._refused,
            "sent_per_second": round(self._sent / sending, 1),
            "received_per_second": round(self._received / receiving, 1),
            "latency_us": {name: round(value, 1) for name, value in latency.items()},
        }

    def _report(self) -> None:
        numbers = self._numbers()
        if self._options.json:
            numbers["histogram_us"] = [
                [low / 1000, high / 1000, count] for low, high, count in self._latency.rows()
            ]
            print(json.dumps(numbers))
            return
        counts = ("sent", "received", "lost", "duplicates", "refused")
        rates = {"sent": "sent_per_second", "received": "received_per_second"}
        rows = [
            (name, f"{numbers[name]:,}", f"{numbers[rates[name]]:,.0f}" if name in rates else "")
            for name in counts
        ]
        self._look.table(("messages", "count", "msg/s"), rows)
        if not self._latency.count:
            return
        print()
        times = numbers["latency_us"]
        self._look.table(
            ("latency", *times), [("ms", *(f"{value / 1000:,.3f}" for value in times.values()))]
        )
        print()
        most = max(count for _, _, count in self._latency.rows())
        for low, high, count in self._latency.rows():
            bar = "#" * (-(-count * _BAR // most))
            share = 100 * count / self._latency.count
            self._look.line(
                (f"{low / 1e6:10.3f} to {high / 1e6:10.3f} ms ", ""),
                (f"{bar:<{_BAR}}", "cyan"),
                (f" {count:>9,} {share:5.1f} %", ""),
            )
