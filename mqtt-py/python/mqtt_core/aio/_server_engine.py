"""What drives the broker. Everything here is done between two awaits of the program."""

import asyncio
import logging
from collections.abc import Callable

from mqtt_core._enums import CloseCause, ReasonCode, Sender
from mqtt_core._errors import LimitError, LocalProtocolError, PersistenceError
from mqtt_core._native import (
    Authenticate,
    Authorize,
    Broker,
    BrokerAuth,
    BrokerClosed,
    BrokerConfig,
    BrokerConnected,
    BrokerLimits,
    BrokerMessage,
    Closed,
    Disconnect,
    Publish,
    ServerConfig,
)
from mqtt_core.aio._server_clock import Alarm, Clock
from mqtt_core.aio._server_keeper import BrokerKeeper
from mqtt_core.aio._server_link import Link
from mqtt_core.aio._server_questions import NOT_OURS, Judges, Questions
from mqtt_core.aio.store import FencedError, Store

__all__ = ["Engine", "Tap"]

logger = logging.getLogger("mqtt_core.aio.server")

Tap = Callable[[int, Sender, bytes], object]
"""Who sees the bytes of a connection, by its number, as they come and go."""


class Engine:
    """A broker, the links of its connections, its clock, its store, and who answers its questions.

    What happens in one turn of the loop is worked off together in the next, by `step`: then the
    store commits once, and each client is written to once.
    """

    def __init__(
        self,
        config: BrokerConfig,
        judges: Judges,
        store: Store | None,
        clock: Clock,
        *,
        linger: float,
        on_failure: Callable[[], None],
        tap: Tap | None,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._clock = clock
        self.now: Callable[[], float] = clock.time
        self.linger = linger
        self.handshake_timeout = (config.server or ServerConfig()).connect_timeout
        self.handshakes: set[asyncio.Task[None]] = set()
        self._most = (config.limits or BrokerLimits()).max_connections
        self._keeper = None if store is None else BrokerKeeper(store, clock)
        if self._keeper is None:
            self.broker = Broker(config, now=self.now())
        else:
            self.broker = self._keeper.load(config)
        self.links: dict[int, Link] = {}
        """All that have a transport, or bytes that the broker has not taken."""
        self.strangers: dict[Link, None] = {}
        """Those that the broker does not know yet, or does not want to know."""
        self.waiting: dict[Link, None] = {}
        """Those with bytes that the broker has not taken; a set in order."""
        self.questions = Questions(self, judges)
        self.callbacks: dict[int, Callable[[Publish], object]] = {}
        """Who gets the messages of the server's own subscriptions, by token."""
        self.error: Exception | None = None
        """Why it has failed."""
        self._on_failure = on_failure
        self.tap = tap
        self._is_stopped = False
        self._soon: asyncio.Handle | None = None
        self._alarm: Alarm | None = None
        self._due_at = 0.0
        self._gone: list[asyncio.Future[None]] = []
        self.soon()

    # What links tell.

    def opened(self, link: Link) -> int | None:
        """There is a transport: gives its number, or None if there is no room."""
        if self._is_stopped or len(self.links) + len(self.strangers) > self._most:
            return None
        try:
            conn = self.broker.open(now=self.now())
        except (LimitError, LocalProtocolError):
            return None
        self.links[conn] = link
        del self.strangers[link]
        self.soon()
        return conn

    def lost(self, link: Link) -> None:
        """There is no transport any more."""
        if not link.has_unread:
            self._forget(link)

    def _forget(self, link: Link) -> None:
        if self.links.pop(link.conn, None) is not None:
            self.show(link.conn, Sender.CLIENT, b"")
        self.strangers.pop(link, None)
        if not self._has_links:
            for waiter in self._gone:
                if not waiter.done():
                    waiter.set_result(None)

    def show(self, conn: int, sender: Sender, data: bytes | memoryview) -> None:
        """For who wants to see it."""
        if self.tap is not None:
            try:
                self.tap(conn, sender, bytes(data))
            except NOT_OURS:
                raise
            except BaseException:
                logger.exception("the tap failed")

    @property
    def _has_links(self) -> bool:
        return bool(self.links or self.strangers)

    # What the broker says.

    def soon(self) -> None:
        """Has worked off what there is, in the next turn of the loop."""
        if self._soon is None and not self._is_stopped:
            self._soon = self._loop.call_soon(self.step)

    def step(self) -> None:
        """Works off what there is now: events, changes for the store, output."""
        if self._soon is not None:
            self._soon.cancel()
            self._soon = None
        broker = self.broker
        is_moving = True
        while is_moving and not self._is_stopped:
            for event in broker.events():
                self._handle(event)
            is_moving = self._commit()
            while not self._is_stopped and (conn := broker.next_writable()) is not None:
                is_moving = True
                link = self.links.get(conn)
                if link is not None:
                    link.go_on()
            # The broker does not name all whose input may go on.
            for link in list(self.waiting):
                if broker.wants_input(link.conn) and link.feed():
                    is_moving = True
        if not self._is_stopped:
            self._arm()

    def _handle(self, event: object) -> None:
        match event:
            case Authenticate() | BrokerAuth() | Authorize():
                self.questions.ask(event)
            case BrokerMessage(token, publish):
                self._tell(token, publish)
            case BrokerConnected(conn, client_id, session_present):
                link = self.links.get(conn)
                logger.info(
                    "connection %d: %r connects from %s%s",
                    conn,
                    client_id,
                    None if link is None else link.extra_info("peername"),
                    ", its session goes on" if session_present else "",
                )
            case BrokerClosed(conn, closed):
                self.questions.drop(conn)
                log = logger.warning if closed.cause in _FAULTS else logger.info
                log("connection %d: ended: %s", conn, _words(closed))
                if (link := self.links.get(conn)) is not None:
                    link.end()
                if link is None or link.is_lost:
                    # What was to be sent is not taken any more, so the broker need not keep it.
                    self.broker.receive_eof(conn, now=self.now())
                    if link is not None:
                        self._forget(link)
            case _:
                pass

    def _tell(self, token: int, publish: Publish) -> None:
        callback = self.callbacks.get(token)
        if callback is None:
            return
        try:
            callback(publish)
        except NOT_OURS:
            raise
        except BaseException:
            logger.exception(
                "a subscriber of the server failed with a message of %r", publish.topic
            )

    def _commit(self) -> bool:
        if self._keeper is None:
            return False
        try:
            return self._keeper.commit(self.broker)
        except Exception as error:
            if isinstance(error, FencedError):
                self.broker.fenced(error.epoch, now=self.now())
            if not isinstance(error, PersistenceError):
                cause, error = error, PersistenceError(f"the broker cannot be stored: {error}")
                error.__cause__ = cause
            self._fail(error)
            return False

    def _fail(self, error: Exception) -> None:
        logger.error("the server ends: %s", error)
        self.error = error
        # Nothing is sent any more: it may depend on what is not safe.
        self.stop()
        self._on_failure()

    # Time.

    def _arm(self) -> None:
        """Sees to it that the broker hears of the time when it wants to."""
        deadline = self.broker.next_timeout()
        if self._alarm is not None:
            if deadline is not None and self._due_at <= deadline:
                # One that is too early costs less than setting it anew with each packet.
                return
            self._disarm()
        if deadline is not None:
            self._due_at = deadline
            self._alarm = self._clock.call_at(deadline, self._due)

    def _disarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def _due(self) -> None:
        self._alarm = None
        if self._is_stopped:
            return
        # The loop may be a little early: what is due then is due at its time.
        self.broker.handle_timeout(max(self.now(), self._due_at))
        self.step()

    # The end.

    def shut_down(self) -> None:
        """Ends all connections, as the broker does it, and opens no more."""
        if self._is_stopped:
            return
        self.questions.drop_all()
        self.broker.shut_down(Disconnect(ReasonCode.SERVER_SHUTTING_DOWN), now=self.now())
        # The store has what is left when the last connection has ended.
        self.step()

    def stop(self) -> None:
        """Ends everything without a word."""
        self._is_stopped = True
        self._disarm()
        if self._soon is not None:
            self._soon.cancel()
            self._soon = None
        self.questions.drop_all()
        for task in list(self.handshakes):
            task.cancel()
        for link in [*self.links.values(), *self.strangers]:
            link.abort()
            if link.is_lost:
                self._forget(link)

    async def gone(self) -> None:
        """Waits until all links are lost."""
        # Those that the loop has accepted are made in its next turn.
        await asyncio.sleep(0)
        while self._has_links:
            waiter = self._loop.create_future()
            self._gone.append(waiter)
            try:
                await waiter
            finally:
                self._gone.remove(waiter)


_FAULTS = frozenset({CloseCause.MALFORMED, CloseCause.VIOLATION})


def _words(closed: Closed) -> str:
    """Why a connection has ended."""
    parts = [closed.cause.name.lower().replace("_", " ")]
    if closed.reason is not None:
        parts.append(closed.reason.name.lower().replace("_", " "))
    if closed.message or closed.kind:
        parts.append(closed.message or closed.kind or "")
    return ", ".join(parts)
