"""What drives the session. Everything here is done between two awaits of the program."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable

from mqtt_core._enums import CloseCause, QoS, ReasonCode, SessionStart
from mqtt_core._errors import Error, LocalProtocolError, PersistenceError
from mqtt_core._native import (
    Auth,
    Closed,
    ConnAck,
    Connected,
    Disconnect,
    Dropped,
    Message,
    Published,
    Subscribed,
    Unsubscribed,
    Writable,
)
from mqtt_core.aio._address import Address
from mqtt_core.aio._alarm import Alarm
from mqtt_core.aio._backoff import Reconnect
from mqtt_core.aio._calls import Calls
from mqtt_core.aio._connector import Connector
from mqtt_core.aio._delivery import Delivery
from mqtt_core.aio._errors import DroppedError
from mqtt_core.aio._faults import error_of, is_final, unreachable
from mqtt_core.aio._inbox import Inbox, Received
from mqtt_core.aio._keeper import Keeper
from mqtt_core.aio._line import Line
from mqtt_core.aio._options import Options
from mqtt_core.aio._requests import Requests
from mqtt_core.aio._results import (
    ConnectionLost,
    ConnectionMade,
    Ended,
    MessagesDropped,
    PublishResult,
    Status,
)
from mqtt_core.aio._routes import Routes
from mqtt_core.aio._setup import make_session
from mqtt_core.aio._turns import Turns
from mqtt_core.aio._watched import Watched
from mqtt_core.aio.store import FencedError

__all__ = ["Core"]

logger = logging.getLogger("mqtt_core.aio")


class Core(Watched):
    """A session, the line that carries it, and who waits for what becomes of it."""

    def __init__(self, address: Address, options: Options) -> None:
        super().__init__(asyncio.get_running_loop())
        self.now: Callable[[], float] = self.loop.time
        self.address = address
        self.options = options
        self.connack: ConnAck | None = None
        self.session_start: SessionStart | None = None
        self.turns = Turns(self.loop)
        """Those for whose message the session has no room."""
        self.awaited = 0
        """So many wait for an answer of the broker."""
        self._has_refused = False
        """A message was turned away, and there is no room yet."""
        self.full: set[Inbox] = set()
        self.total_dropped = 0
        self.left: deque[Received] = deque()
        """Messages of loops that were left with them, which are not acknowledged yet. Those loops
        may be deleted in any thread."""
        self._has_warned = False

        self._keeper: Keeper | None = None
        if options.store is not None:
            self._keeper = Keeper(options.store, options.client_id)
        self.session = make_session(options, self._keeper, self.now())
        self.connector = Connector(
            address,
            options,
            self._keeper,
            owner=self,
            on_line=self._is_up,
            on_error=self._failed,
        )

        self.calls = Calls(self)
        self.routes = Routes(self)
        self.requests = Requests(self)
        self._deliveries: dict[int, Delivery] = {}

        self._reconnect = Reconnect(options.reconnect) if options.reconnect is not None else None
        self._line: Line | None = None
        self._can_write = True
        self._unread: memoryview = memoryview(b"")
        self._held: Message | None = None
        """A message for which there is no room; all that comes behind it waits."""
        self._line_error: Exception | None = None
        self._retries_first = False
        self._is_heard = False
        self._closed: Closed | None = None
        self._disconnect: Disconnect | None = None
        self.leave_error: LocalProtocolError | None = None
        """Why the DISCONNECT that was wanted could not be said."""
        self._flush_handle: asyncio.Handle | None = None
        self._go_on_handle: asyncio.Handle | None = None
        self._alarm = Alarm(self.loop, self.session, self.advance)

    # Connecting.

    def start(self, *, retries_first: bool) -> None:
        """Begins to connect. If the first attempt fails, that is the end, or it is tried again."""
        self._retries_first = retries_first
        self.connector.begin(0.0)

    def _is_up(self, line: Line) -> None:
        if line.closed.done():
            self._failed(unreachable(self.address, OSError("the connection was closed at once")))
            return
        self._line = line
        self._can_write = True
        self._is_heard = False
        self._unread = memoryview(b"")
        self._line_error = None
        self._closed = None
        try:
            self.session.connect(self.connector.connect_packet(), now=self.now())
        except Exception as error:
            # What the options say cannot be sent.
            self.end(error)
            return
        self._flush()

    def _failed(self, error: Exception) -> None:
        """There is no connection any more, or there was none: tries again, or ends."""
        is_first = not self.connector.was_connected and not self._retries_first
        if (
            self._reconnect is None
            or is_first
            or self.is_leaving
            or not isinstance(error, Error)
            or is_final(error)
        ):
            self.end(error)
            return
        wait = self._reconnect.lost(self.now())
        logger.warning("%s; trying again in %.1f s", error, wait)
        self.set_status(Status.CONNECTING)
        self.tell(ConnectionLost(error, wait))
        self.connector.begin(wait)

    # What the line tells.

    def received(self, line: Line, data: memoryview | bytes) -> None:
        """Bytes have come."""
        if line is not self._line:
            return
        taken = 0 if self._unread else self.session.receive_data(data, now=self.now())
        if taken < len(data):
            # The line uses its buffer again.
            self._unread = memoryview(bytes(self._unread) + bytes(data[taken:]))
        self.advance()

    def lost(self, line: Line, error: Exception | None) -> None:
        """The transport has come to its end."""
        if line is not self._line:
            return
        self._line_error = error
        # Messages of QoS 0 that wait are for the next connection.
        self._can_write = False
        while self._unread:
            taken = self.session.receive_data(self._unread, now=self.now())
            self._unread = self._unread[taken:]
            if not taken:
                break
        if not self._unread:
            self.session.receive_eof(now=self.now())
        self.advance()

    def may_write(self, line: Line, can_write: bool) -> None:
        """The transport takes no more bytes for now, or takes them again."""
        if line is self._line:
            self._can_write = can_write
            if can_write:
                self.flush_soon()

    # What the session tells.

    def advance(self) -> None:
        """Takes what has happened, as long as there is room for messages, and has answers sent."""
        self._take()
        if self._closed is not None:
            self._over()
            return
        self.flush_soon()
        self._arm()

    def _take(self) -> None:
        session, line = self.session, self._line
        next_event = session.next_event
        main = self.routes.main if self.routes.is_plain else None
        while True:
            while True:
                if self._held is None:
                    event = next_event()
                else:
                    event, self._held = self._held, None
                if type(event) is Message:
                    if self.full and self._holds(event):
                        self._held = event
                        break
                    if main is not None:
                        main.put(event)
                    else:
                        self.routes.take(event)
                elif event is None:
                    break
                elif type(event) is Published:
                    self._published(event)
                elif isinstance(event, Closed):
                    self._closed = event
                    return
                else:
                    self._other(event)
                    main = self.routes.main if self.routes.is_plain else None
            if not self._unread or self._held is not None:
                break
            taken = session.receive_data(self._unread, now=self.now())
            self._unread = self._unread[taken:]
            if not taken:
                break
            if not self._unread and line is not None and line.closed.done():
                session.receive_eof(now=self.now())
        if line is not None:
            line.pause(bool(self._unread) or self._held is not None)

    def _holds(self, event: Message) -> bool:
        """True if a message has to wait, as an inbox is full; it need not be its own."""
        line = self._line
        if line is None or line.closed.done() or not self.session.is_connected:
            # Nothing follows but the end, which is not to wait. What is there has been read.
            return False
        if self.is_leaving:
            return False
        qos = event.publish.qos
        return any(inbox.holds(qos, is_awaited=self.is_awaited) for inbox in self.full)

    @property
    def is_awaited(self) -> bool:
        """Somebody waits for what may be behind messages: an answer, or room for one more."""
        return self.awaited > 0 or self._has_refused

    def _published(self, event: Published) -> None:
        delivery = self._deliveries.pop(event.token, None)
        if delivery is not None:
            result = PublishResult(
                event.reason, event.packet_id, event.reason_string, event.user_properties
            )
            delivery.settle(result)

    def _other(self, event: object) -> None:
        match event:
            case Writable():
                self._has_refused = False
                self.requests.send_held()
                self.turns.wake()
            case Subscribed() | Unsubscribed():
                self.requests.answered(event)
            case Dropped(token, why):
                delivery = self._deliveries.pop(token, None)
                text = f"the message was dropped: {why.name.lower().replace('_', ' ')}"
                if delivery is not None:
                    delivery.settle(DroppedError(text, why=why))
                else:
                    # Of a process before, or of QoS 0.
                    logger.warning(text)
            case Connected(connack, start):
                self._accepted(connack, start)
            case Auth():
                self._challenged(event)
            case _:
                pass

    def _accepted(self, connack: ConnAck, start: SessionStart) -> None:
        if self.connector.exchange is not None:
            try:
                self.connector.exchange.finish(connack.authentication_data or b"")
            except Exception as error:
                self.end(error)
                return
        if connack.assigned_client_identifier is not None:
            self.connector.client_id = connack.assigned_client_identifier
        self.connack = connack
        self.session_start = start
        self._is_heard = True
        if self._reconnect is not None:
            self._reconnect.connected(self.now())
        if connack.subscription_identifier_available is False:
            self.routes.without_identifiers()
            self.requests.without_identifiers()
        is_new = start is not SessionStart.RESUMED
        if is_new:
            self.routes.forget()
            if self.connector.was_connected:
                self._forgotten()
        self.connector.was_connected = True
        logger.info("connected to %s, session %s", self.address, start.name.lower())
        self.set_status(Status.CONNECTED)
        self.tell(ConnectionMade(connack, start))
        self.requests.send_held()
        self.turns.wake()

    def _forgotten(self) -> None:
        """The broker has lost the session."""
        if self.options.resubscribe:
            self.requests.subscribe_again()
        else:
            self.requests.forget()
            self.calls.forgotten()

    def _challenged(self, event: Auth) -> None:
        if self.connector.exchange is None:
            return
        try:
            data = self.connector.exchange.answer(event.authentication_data or b"")
            answer = Auth(
                ReasonCode.CONTINUE_AUTHENTICATION,
                authentication_method=event.authentication_method,
                authentication_data=data,
            )
            self.session.auth(answer, now=self.now())
        except Exception as error:
            self.end(error)

    def _over(self) -> None:
        """The connection is over: sends what is to be sent, and connects again or ends."""
        closed, self._closed = self._closed, None
        assert closed is not None
        self._alarm.cancel()
        if self.is_ended:
            return
        # They come again.
        self.left.clear()
        is_stored = self._commit()
        line, self._line = self._line, None
        self._unread = memoryview(b"")
        if line is not None:
            last = b""
            while is_stored and (data := self.session.data_to_send()):
                last += data
            self.connector.old = line
            line.hang_up(last, is_heard=self._is_heard and closed.cause is CloseCause.LOCAL)
        self.requests.lost()
        if self.is_ended:
            return
        if closed.cause is CloseCause.LOCAL:
            self.end(None)
        else:
            cause, self._line_error = self._line_error, None
            self._failed(error_of(self.address, closed, cause))

    # Sending.

    def flush_soon(self) -> None:
        """Has sent what this turn of the loop makes, at its end."""
        if self._flush_handle is None and (self._line is not None or self._keeper is not None):
            self._flush_handle = self.loop.call_soon(self._flush)

    def _commit(self) -> bool:
        """Stores what has changed; false if that is not possible, which is the end."""
        if self._keeper is None:
            return True
        try:
            self._keeper.commit(self.session, self.now())
        except Exception as error:
            if isinstance(error, FencedError):
                self.session.fenced(error.epoch, now=self.now())
            if not isinstance(error, PersistenceError):
                cause, error = error, PersistenceError(f"the session cannot be stored: {error}")
                error.__cause__ = cause
            self._keeper = None
            self.end(error)
            return False
        return True

    def _flush(self) -> None:
        self._flush_handle = None
        session = self.session
        while True:
            if not self._commit():
                return
            line = self._line
            if line is None:
                return
            wrote = False
            while self._can_write and (data := session.data_to_send()):
                line.write(data)
                wrote = True
            if not wrote:
                break
            # There is room again: for what was turned away, and for input.
            self._take()
            if self._closed is not None:
                self._over()
                return
        if self.status is Status.CLOSING:
            self._leave_if_done()
        self._arm()

    def _arm(self) -> None:
        if self.status is not Status.CLOSED:
            self._alarm.set()

    # What the program does.

    def register(self, token: int, qos: QoS) -> Delivery:
        """Notes a message that the session has taken."""
        if self._flush_handle is None:
            self.flush_soon()
        if qos == QoS.AT_MOST_ONCE:
            return Delivery(self, _HANDED_OVER)
        delivery = self._deliveries[token] = Delivery(self)
        return delivery

    async def room(self, *, had_turn: bool) -> None:
        """Waits for one's turn to be taken by the session. Who had it goes before all others."""
        self.flush_soon()
        # Room comes with answers, which may be behind messages.
        self.awaited += 1
        self.has_room()
        try:
            await self.turns.wait(is_first=had_turn)
        finally:
            self.awaited -= 1
        self.check_open()

    def refused(self) -> None:
        """A message was turned away, and is tried again, by a loop over messages perhaps."""
        self._has_refused = True
        self.flush_soon()
        self.has_room()

    def store_now(self) -> None:
        """What was taken is safe when this returns. Raises ClosedError if that is not possible."""
        if self._keeper is not None and not self._commit():
            raise self.closed_error()

    def ack(self, token: int, reason: ReasonCode) -> None:
        """Acknowledges a message."""
        if self.status is Status.CLOSED:
            return
        if self.left and not self._has_warned:
            self._has_warned = True
            logger.warning(
                "a loop over messages was left by an exception, or by break; its last message "
                "is not acknowledged, and holds back what is acknowledged after it"
            )
        try:
            self.session.ack(token, reason, now=self.now())
        except LocalProtocolError as error:
            if error.kind != "unknown_token":
                raise
            # Of a connection before: the message comes again.
        else:
            if self._keeper is not None:
                self._keeper.has_acks = True
            self.flush_soon()

    def done_with(self, event: Message) -> None:
        """Acknowledges a message that no iterator gets."""
        if event.ack is not None:
            self.ack(event.ack, ReasonCode.SUCCESS)

    def goes_on(self) -> None:
        """The program has asked for messages anew, or has left in peace: it has dealt with those
        that it was left with."""
        left = [self.left.popleft() for _ in range(len(self.left))]
        for received in left:
            received.ack()

    def has_room(self) -> None:
        """A message was taken out of a full inbox, or somebody waits for an answer: goes on."""
        held = self._held
        if self._go_on_handle is None and held is not None and not self._holds(held):
            self._go_on_handle = self.loop.call_soon(self._go_on)

    def _go_on(self) -> None:
        self._go_on_handle = None
        if not self.is_ended:
            self.advance()

    def dropped(self) -> None:
        """A message that has come was dropped."""
        self.total_dropped += 1
        if self.total_dropped == 1:
            logger.warning("a message was dropped: nobody takes it in time; more are counted")
        self.tell(MessagesDropped(self.total_dropped))

    # The end.

    def leave(self, disconnect: Disconnect | None) -> None:
        """Takes no more orders, and says DISCONNECT when all messages that are under way are
        done."""
        if self.is_leaving:
            return
        if not self.session.is_connected:
            self.end(None)
            return
        self.set_status(Status.CLOSING)
        self._disconnect = disconnect
        if self._line is not None:
            self._line.drain()
        self._turn_away(self.closed_error())
        self.advance()

    def _leave_if_done(self) -> None:
        # Not `quiesce` of the session, which waits for messages that have come, too: those that
        # nobody has acknowledged stay with the broker.
        stats = self.session.stats()
        if self._can_write and (stats is None or stats.in_flight + stats.queued == 0):
            self.leave_now()

    def leave_now(self) -> None:
        """Says DISCONNECT, as `leave` was told, whatever is under way."""
        if self.session.is_connected and not self.is_ended:
            try:
                self.session.disconnect(self._disconnect, now=self.now())
            except LocalProtocolError as error:
                self.leave_error = error
                # Without a word of leave, the broker would publish the will.
                self.session.disconnect(now=self.now())
            self.advance()
        if not self.is_ended:
            self.end(None)

    def _turn_away(self, error: Exception) -> None:
        # They look at the status.
        self.turns.wake_all()
        self.requests.end(error)

    def end(self, error: Exception | None) -> None:
        """Ends the client: nothing is sent any more, and who waits is told."""
        if self.status is Status.CLOSED:
            return
        # What was taken is in the store, also without a connection.
        if not isinstance(error, PersistenceError) and not self._commit():
            return
        self.error = error
        self.set_status(Status.CLOSED)
        if error is not None:
            logger.info("ended: %s", error)
        self._alarm.cancel()
        if self._flush_handle is not None:
            self._flush_handle.cancel()
            self._flush_handle = None
        self.connector.cancel()
        line, self._line = self._line, None
        if line is not None:
            self.connector.old = line
            line.abort()
        told = self.closed_error()
        self._turn_away(told)
        deliveries, self._deliveries = self._deliveries, {}
        for delivery in deliveries.values():
            delivery.settle(told)
        self.calls.end(told)
        for inbox in self.routes.inboxes():
            inbox.close()
        self.tell(Ended(error))

    def abort_line(self) -> None:
        """Closes the transport at once."""
        for line in (self._line, self.connector.old):
            if line is not None:
                line.abort()


_HANDED_OVER = PublishResult()
