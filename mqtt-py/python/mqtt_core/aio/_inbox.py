"""Messages on the way from the session to the program."""

from collections import deque
from operator import itemgetter
from typing import TYPE_CHECKING

from mqtt_core._enums import QoS, ReasonCode
from mqtt_core._native import Message, Publish
from mqtt_core.aio._options import Acks, Overflow
from mqtt_core.aio._turns import Turns

if TYPE_CHECKING:
    from mqtt_core.aio._core import Core

__all__ = ["Inbox", "Messages", "Received"]

# A full inbox has room again when so much of it is used.
_LOW = 0.5
# While somebody waits for an answer, which comes behind messages, an inbox takes so many times what
# it has room for, and so many times the bytes.
_AWAITED = 16
_AWAITED_BYTES = 4


class Received:
    """A message that has come."""

    __slots__ = ("__weakref__", "_ack", "_core", "_takers", "publish")

    def __init__(self, core: "Core", event: Message, takers: int = 1) -> None:
        self.publish: Publish = event.publish
        """Its packet, with all properties."""
        self._core = core
        self._ack = event.ack
        self._takers = takers

    def ack(self, reason: ReasonCode = ReasonCode.SUCCESS) -> None:
        """Acknowledges it, with `Acks.MANUAL`; in any order, and once. Of QoS 0: does nothing.

        What is sent keeps the order of the messages: one that is not acknowledged holds back those
        behind it. Does nothing if its connection is over: then it comes again, if the broker has
        the session. Raises what `ClientSession.ack` raises, and may be tried again then.
        """
        self._takers -= 1
        if self._takers > 0 or self._ack is None:
            return
        try:
            self._core.ack(self._ack, reason)
        except BaseException:
            self._takers += 1
            raise
        self._ack = None

    @property
    def needs_ack(self) -> bool:
        """True if it is of QoS 1 or 2 and was not acknowledged yet."""
        return self._ack is not None

    @property
    def topic(self) -> str:
        """Its topic."""
        return self.publish.topic

    @property
    def payload(self) -> bytes:
        """What it says."""
        return self.publish.payload

    @property
    def payload_view(self) -> memoryview:
        """The payload, read-only and not copied."""
        return self.publish.payload_view

    @property
    def qos(self) -> QoS:
        """Quality of service that it came with."""
        return self.publish.qos

    @property
    def retain(self) -> bool:
        """True if the broker had kept it."""
        return self.publish.retain

    @property
    def dup(self) -> bool:
        """True if it may have come before."""
        return self.publish.dup

    @property
    def content_type(self) -> str | None:
        """What the payload is, in words of the application (5.0)."""
        return self.publish.content_type

    @property
    def response_topic(self) -> str | None:
        """Where an answer is to go (5.0)."""
        return self.publish.response_topic

    @property
    def correlation_data(self) -> bytes | None:
        """By what an answer is recognised (5.0)."""
        return self.publish.correlation_data

    @property
    def user_properties(self) -> tuple[tuple[str, str], ...]:
        """Names and values, in order (5.0)."""
        return self.publish.user_properties

    def __repr__(self) -> str:
        return f"Received({self.publish!r})"


class Inbox:
    """Messages that wait for iterators, with a bound."""

    def __init__(self, core: "Core") -> None:
        options = core.options
        self._core = core
        self._max = options.inbox
        self._max_bytes = options.inbox_bytes
        self._overflow = options.overflow
        self._keeps_light = options.overflow is Overflow.DROP_OLDEST
        self._items: deque[tuple[int, Message | Received]] = deque()
        """With their numbers, by which they are taken."""
        self._light: deque[tuple[int, Message | Received]] = deque()
        """With DROP_OLDEST, those of QoS 0: the first of them makes room."""
        self._number = 0
        self._bytes = 0
        self._turns = Turns(core.loop)
        self._is_full = False
        self._is_closed = False
        self._error: Exception | None = None
        self.dropped = 0
        """Messages of QoS 0 that were dropped for want of room."""

    def __len__(self) -> int:
        return len(self._items) + len(self._light)

    def put(self, item: Message | Received) -> None:
        """Adds a message, or drops one if that is the policy."""
        publish = item.publish
        if self._is_full and self._is_at(1) and not self._make_room(publish):
            return
        is_light = self._keeps_light and publish.qos is QoS.AT_MOST_ONCE
        self._number += 1
        (self._light if is_light else self._items).append((self._number, item))
        self._bytes += publish.size
        if not self._is_full and self._is_at(1):
            self._is_full = True
            self._core.full.add(self)
        if self._turns:
            self._turns.wake()

    def _make_room(self, publish: Publish) -> bool:
        is_leaving = self._core.is_leaving
        if self._overflow is Overflow.WAIT and not is_leaving:
            if publish.qos is QoS.AT_MOST_ONCE and self._core.is_awaited and self._is_stuffed():
                self._drop()
                return False
            return True
        if publish.qos is not QoS.AT_MOST_ONCE:
            # Who leaves does not take it: it stays with the broker.
            return not is_leaving
        if not self._light:
            self._drop()
            return False
        while self._light and self._is_at(1):
            _, oldest = self._light.popleft()
            self._bytes -= oldest.publish.size
            self._drop()
        return True

    def _drop(self) -> None:
        self.dropped += 1
        self._core.dropped()

    def _is_at(self, times: float) -> bool:
        return len(self) >= times * self._max or self._bytes >= times * self._max_bytes

    def _is_stuffed(self) -> bool:
        return len(self) >= _AWAITED * self._max or self._bytes >= _AWAITED_BYTES * self._max_bytes

    def holds(self, qos: QoS, *, is_awaited: bool) -> bool:
        """True if a message has to wait. `is_awaited`: somebody waits for an answer behind it.

        Who takes the messages may be the one who waits: then no message may be in the way of the
        answer for ever. Those of QoS 0 are dropped in the end, and of the others the broker sends
        so many and no more.
        """
        if qos is QoS.AT_MOST_ONCE:
            return self._overflow is Overflow.WAIT and not is_awaited and self._is_full
        if is_awaited:
            return self._is_stuffed()
        return self._is_full if self._overflow is Overflow.WAIT else self._is_at(2)

    async def take(self) -> Received:
        """Waits for the next message. Raises StopAsyncIteration at the end, or why it is the
        end."""
        while self.is_empty():
            if self._is_closed:
                error = self._error or self._core.error
                if error is not None:
                    # Each raise would add to its traceback.
                    raise error.with_traceback(None)
                raise StopAsyncIteration
            await self._turns.wait()
        return self.take_now()

    def take_now(self) -> Received:
        """The next message; there is one."""
        is_light = self._light and (not self._items or self._light[0][0] < self._items[0][0])
        _, item = (self._light if is_light else self._items).popleft()
        self._bytes -= item.publish.size
        if self._is_full:
            # Not with each message: then there is room for many.
            if not self._is_at(_LOW) or self.is_empty():
                self._is_full = False
                self._core.full.discard(self)
            self._core.has_room()
        return item if isinstance(item, Received) else Received(self._core, item)

    def is_empty(self) -> bool:
        return not self._items and not self._light

    def close(self, error: Exception | None = None) -> None:
        """No more messages come. Those that wait can be taken; then `error` is raised, if any."""
        self._is_closed = True
        self._error = error
        self._is_no_longer_full()
        self._turns.wake_all()

    def clear(self) -> list[Message | Received]:
        """Takes all messages that wait out of it."""
        left = [item for _, item in sorted([*self._items, *self._light], key=itemgetter(0))]
        self._items.clear()
        self._light.clear()
        self._bytes = 0
        self._is_no_longer_full()
        return left

    def _is_no_longer_full(self) -> None:
        """It holds nobody up."""
        self._is_full = False
        if self in self._core.full:
            self._core.full.discard(self)
            self._core.has_room()


class Messages:
    """An iterator over messages, in their order. Several of them share the messages of an inbox.

    With `Acks.WHEN_TAKEN` a message is acknowledged when the next one is asked for. A loop that is
    left, by `break` or by an exception, leaves its last message open: it is acknowledged when the
    program goes on, which is when a new iterator is asked for its first message, or when the client
    is closed without an exception on its way. If the client ends by an exception it comes again.
    """

    def __init__(self, core: "Core", inbox: Inbox) -> None:
        self._core = core
        self._inbox = inbox
        self._acks = core.options.acks is Acks.WHEN_TAKEN
        self._taken: Received | None = None
        self._is_new = True

    def __aiter__(self) -> "Messages":
        return self

    async def __anext__(self) -> Received:
        taken = self._taken
        if taken is not None:
            self._taken = None
            taken.ack()
        elif self._is_new:
            self._is_new = False
            self._core.goes_on()
        inbox = self._inbox
        received = await inbox.take() if inbox.is_empty() else inbox.take_now()
        if self._acks and received.needs_ack:
            self._taken = received
        return received

    def done(self) -> None:
        """Acknowledges the last message, as asking for the next one does."""
        taken, self._taken = self._taken, None
        if taken is not None:
            taken.ack()

    def leave(self) -> None:
        """Leaves the last message open."""
        taken, self._taken = self._taken, None
        if taken is not None:
            self._core.left.append(taken)

    def __len__(self) -> int:
        """How many messages wait."""
        return len(self._inbox)

    def __bool__(self) -> bool:
        return True

    def __del__(self) -> None:
        # An object may be deleted anywhere.
        if hasattr(self, "_taken"):
            self.leave()
