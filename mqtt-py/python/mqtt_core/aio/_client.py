"""What a program holds: the client."""

import asyncio
import sys
from collections.abc import Iterable
from types import TracebackType
from typing import TYPE_CHECKING, TypedDict

from mqtt_core._enums import QoS, SessionStart, Version
from mqtt_core._errors import LocalProtocolError, WouldBlock
from mqtt_core._native import ConnAck, Disconnect, Publish, Stats, Subscription
from mqtt_core.aio._address import Address
from mqtt_core.aio._core import Core
from mqtt_core.aio._delivery import Delivery
from mqtt_core.aio._errors import ClosedError
from mqtt_core.aio._events import Events
from mqtt_core.aio._inbox import Messages, Received
from mqtt_core.aio._options import Options, OptionsDict
from mqtt_core.aio._requests import Answer, Request
from mqtt_core.aio._results import (
    PublishResult,
    Status,
    SubscribeResult,
    UnsubscribeResult,
)
from mqtt_core.aio._routes import MAIN, MAX_IDENTIFIER
from mqtt_core.aio._subscription import SubscriptionContext

if TYPE_CHECKING:
    from typing_extensions import Buffer, Unpack

__all__ = ["Client", "PublishProperties"]


class PublishProperties(TypedDict, total=False):
    """The properties of 5.0 that a message may have: those of `Publish`."""

    payload_format_indicator: int | None
    message_expiry_interval: int | None
    content_type: str | None
    response_topic: str | None
    correlation_data: "Buffer | None"
    topic_alias: int | None
    user_properties: Iterable[tuple[str, str]]


class Client:
    """A client for MQTT 3.1, 3.1.1 and 5.0.

    It connects when it is entered, again when the connection is lost, and subscribes again if the
    broker has forgotten what was subscribed. It has one life: when it has ended it does not begin
    again.

        async with Client("mqtt://localhost") as client:
            await client.subscribe("sensors/#", qos=QoS.AT_LEAST_ONCE)
            await client.publish("sensors/7", "21.5", qos=QoS.AT_LEAST_ONCE)
            async for message in client.messages():
                print(message.topic, message.payload)

    Any await may be cancelled: what was handed to the session goes its way, what was not is not
    sent.
    All of it belongs to one loop, and to its thread.
    """

    def __init__(
        self, address: str, port: int | None = None, **options: "Unpack[OptionsDict]"
    ) -> None:
        """A client of a broker: a URL (`mqtt`, `mqtts`, `ws`, `wss`), or a host and a port.

        The keywords are those of `Options`. Raises ValueError if they are no address, or do not go
        together.
        """
        self._options = Options(**options)
        self._address = Address.parse(address, port, is_secure=bool(self._options.tls))
        self._core_: Core | None = None

    def __repr__(self) -> str:
        return f"<Client of {self._address}, {self.status.value}>"

    # Beginning and end.

    def _begin(self, *, retries_first: bool) -> Core:
        if self._core_ is not None:
            raise RuntimeError("a client begins once")
        core = self._core_ = Core(self._address, self._options)
        core.start(retries_first=retries_first)
        return core

    async def connect(self) -> None:
        """Connects. The first attempt is not repeated if it fails.

        Raises TransportError, RefusedError, DisconnectedError: then the client has ended, as it has
        if this is cancelled. PersistenceError if the store cannot be used.
        """
        core = self._begin(retries_first=False)
        try:
            status = await core.until(Status.CONNECTED, Status.CLOSING, Status.CLOSED)
        except asyncio.CancelledError:
            core.end(None)
            await core.connector.gone()
            raise
        if status is not Status.CONNECTED or core.is_ended:
            await core.connector.gone()
            raise core.error or ClosedError("the client has ended")

    def start(self) -> None:
        """Begins to connect, and tries again until it comes to a connection. Orders wait for that.

        To be called in the loop. Raises PersistenceError if the store cannot be used.
        """
        self._begin(retries_first=True)

    async def close(
        self, disconnect: Disconnect | None = None, *, timeout: float | None = None
    ) -> None:
        """Ends the client: messages that are under way are finished, then it says DISCONNECT.

        After `timeout` seconds (`close_timeout` of the options) DISCONNECT is said anyway; what
        was under way is told ClosedError, and is with the session, if that outlives the connection.
        Without a connection it ends at once. The last message of a loop that was left is
        acknowledged, except while an exception is dealt with. If this is cancelled it ends without
        DISCONNECT. May be called again. Raises LocalProtocolError for a DISCONNECT that cannot be
        sent; a plain one is sent then.
        """
        await self._close(disconnect, timeout, is_in_peace=sys.exception() is None)

    async def _close(
        self,
        disconnect: Disconnect | None = None,
        timeout: float | None = None,
        *,
        is_in_peace: bool,
    ) -> None:
        core = self._core_
        _check_disconnect(disconnect)
        if core is None:
            return
        wait = self._options.close_timeout if timeout is None else timeout
        if is_in_peace:
            core.goes_on()
        try:
            core.leave(disconnect)
            try:
                async with asyncio.timeout(wait):
                    await core.until(Status.CLOSED)
            except TimeoutError:
                core.leave_now()
            await core.connector.gone()
        except asyncio.CancelledError:
            core.end(None)
            core.abort_line()
            raise
        if disconnect is not None and core.leave_error is not None:
            raise core.leave_error

    def abort(self) -> None:
        """Ends the client at once and without DISCONNECT: the broker publishes the will."""
        if self._core_ is not None:
            self._core_.end(None)
            self._core_.abort_line()

    async def __aenter__(self) -> "Client":
        if self._core_ is None:
            await self.connect()
        else:
            self._core_.check_open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # Not `sys.exception()`: the client may be used where one of the past is dealt with.
        await self._close(is_in_peace=error is None)

    @property
    def _core(self) -> Core:
        if self._core_ is None:
            raise ClosedError("the client has not begun")
        return self._core_

    # State.

    @property
    def status(self) -> Status:
        """Whether there is a connection."""
        return Status.IDLE if self._core_ is None else self._core_.status

    @property
    def is_connected(self) -> bool:
        """True if there is a connection now."""
        return self.status is Status.CONNECTED

    @property
    def error(self) -> Exception | None:
        """Why the client has ended, if that was not its own wish."""
        return None if self._core_ is None else self._core_.error

    @property
    def client_id(self) -> str:
        """The client identifier: the one that was given, or the one that the broker has made up."""
        return self._options.client_id if self._core_ is None else self._core_.connector.client_id

    @property
    def connack(self) -> ConnAck | None:
        """What the broker has said to the last connection, with its limits."""
        return None if self._core_ is None else self._core_.connack

    @property
    def session_start(self) -> SessionStart | None:
        """What became of the session at the last connection."""
        return None if self._core_ is None else self._core_.session_start

    @property
    def dropped(self) -> int:
        """How many messages have come and were dropped: of QoS 0 for want of room, and of any QoS
        when their `subscription` was left."""
        return 0 if self._core_ is None else self._core_.total_dropped

    def stats(self) -> Stats | None:
        """What the session has counted."""
        return None if self._core_ is None else self._core_.session.stats()

    async def connected(self) -> None:
        """Waits until there is a connection. Raises ClosedError if there will be none."""
        core = self._core
        await core.until(Status.CONNECTED, Status.CLOSING, Status.CLOSED)
        core.check_open()

    async def closed(self) -> None:
        """Waits until the client has ended. Raises why, if that was not its own wish."""
        core = self._core
        await core.until(Status.CLOSED)
        if core.error is not None:
            raise core.error

    def events(self) -> Events:
        """An iterator over what becomes of the connection from now on, to the end of the client.

        If more than 256 events wait, the oldest go.
        """
        return self._core.events()

    # Messages to the broker.

    async def publish(
        self,
        topic: str,
        payload: "str | Buffer" = b"",
        *,
        qos: QoS = QoS.AT_MOST_ONCE,
        retain: bool = False,
        **properties: "Unpack[PublishProperties]",
    ) -> PublishResult:
        """Publishes a message and waits for the broker's answer, whatever it is: see `check` of it.

        Of QoS 0 there is none: this waits until the session has the message. A payload that is
        text is sent as UTF-8. Without a connection the message waits for the next one. If this is
        cancelled while too many wait, the message is not sent; after that it goes its way.

        Raises DroppedError for a message that is gone without an answer, ClosedError if the client
        ends before; what `ClientSession.publish` raises for one that cannot be sent.
        """
        # With a store, what this turn of the loop makes is stored together.
        delivery = await self._hand_over(topic, payload, qos, retain, properties)
        return await delivery

    async def send(
        self,
        topic: "str | Publish",
        payload: "str | Buffer" = b"",
        *,
        qos: QoS = QoS.AT_MOST_ONCE,
        retain: bool = False,
        **properties: "Unpack[PublishProperties]",
    ) -> Delivery:
        """Hands a message over and goes on: to await what this gives is to wait for the answer.

        Waits if too many messages wait. With a store, the message is stored when this returns. A
        `Publish` has all that a message has.
        Raises ClosedError; what `ClientSession.publish` raises for a message that cannot be sent.
        """
        delivery = await self._hand_over(topic, payload, qos, retain, properties)
        if not delivery.is_done:
            self._core.store_now()
        return delivery

    def send_nowait(
        self,
        topic: "str | Publish",
        payload: "str | Buffer" = b"",
        *,
        qos: QoS = QoS.AT_MOST_ONCE,
        retain: bool = False,
        **properties: "Unpack[PublishProperties]",
    ) -> Delivery:
        """The same without an await. With a store, the message is stored before the loop goes on
        with its next turn, together with what the program writes until it awaits something.

        Raises WouldBlock if too many messages wait; what `send` raises.
        """
        core = self._core
        core.check_open()
        if core.turns:
            raise WouldBlock("others wait for room", needed="queue")
        try:
            return self._publish(topic, payload, qos, retain, properties)
        except WouldBlock:
            core.refused()
            raise

    async def _hand_over(
        self,
        topic: "str | Publish",
        payload: "str | Buffer",
        qos: QoS,
        retain: bool,
        properties: "PublishProperties",
    ) -> Delivery:
        core = self._core
        core.check_open()
        if core.turns:
            await core.room(had_turn=False)
        while True:
            try:
                delivery = self._publish(topic, payload, qos, retain, properties)
            except WouldBlock:
                await core.room(had_turn=True)
            except BaseException:
                core.turns.wake()
                raise
            else:
                core.turns.wake()
                return delivery

    def _publish(
        self,
        topic: "str | Publish",
        payload: "str | Buffer",
        qos: QoS,
        retain: bool,
        properties: "PublishProperties",
    ) -> Delivery:
        core = self._core
        if isinstance(topic, Publish):
            qos = topic.qos
            token = core.session.publish(topic, now=core.now())
        else:
            data = payload.encode() if isinstance(payload, str) else payload
            token = core.session.publish(
                topic, data, qos=qos, retain=retain, now=core.now(), **properties
            )
        return core.register(token, qos)

    # Subscriptions.

    async def subscribe(
        self,
        *filters: str | Subscription,
        qos: QoS = QoS.AT_MOST_ONCE,
        subscription_identifier: int | None = None,
        user_properties: Iterable[tuple[str, str]] = (),
    ) -> SubscribeResult:
        """Subscribes; gives the broker's code for each filter: see `check` of the result.

        The messages come by `messages()`, so somebody has to take them there. `qos` is for filters
        that are texts. If the connection is lost before the answer, it is asked again. If this is
        cancelled before SUBSCRIBE is sent it is not sent, else the filters are subscribed to.

        Raises ClosedError; ValueError for a filter that `subscription` has; what
        `ClientSession.subscribe` raises for what cannot be sent.
        """
        core = self._core
        core.check_open()
        wanted = tuple(
            item if isinstance(item, Subscription) else Subscription(item, qos) for item in filters
        )
        names = tuple(item.filter for item in wanted)
        for name in names:
            if name in core.routes.by_filter:
                raise ValueError(f"{name!r} has iterators of its own")
        if subscription_identifier is not None and subscription_identifier > MAX_IDENTIFIER:
            raise ValueError(f"subscription identifiers up to {MAX_IDENTIFIER} are the program's")

        if (
            subscription_identifier is None
            and core.routes.has_identifiers
            and any(map(core.routes.is_overlapped, names))
        ):
            subscription_identifier = MAIN

        def note(answer: Answer | None) -> None:
            if isinstance(answer, SubscribeResult):
                for name in answer.granted:
                    core.routes.plain(name, is_subscribed=True)

        pairs = tuple(user_properties)
        request = Request(wanted, names, subscription_identifier, pairs, on_answer=note)
        core.requests.submit(request)
        result = await core.requests.answer(request)
        assert isinstance(result, SubscribeResult)
        return result

    async def unsubscribe(
        self, *filters: str, user_properties: Iterable[tuple[str, str]] = ()
    ) -> UnsubscribeResult:
        """Ends subscriptions; gives the broker's code for each filter, and before 5.0 none.

        Cancelled, and asked again, as `subscribe`. Raises ClosedError; what
        `ClientSession.unsubscribe` raises for what cannot be sent.
        """
        core = self._core
        core.check_open()

        def note(answer: Answer | None) -> None:
            if isinstance(answer, UnsubscribeResult):
                for name in filters:
                    if name not in answer.refused:
                        core.routes.plain(name, is_subscribed=False)

        request = Request((), filters, None, tuple(user_properties), on_answer=note)
        core.requests.submit(request)
        result = await core.requests.answer(request)
        assert isinstance(result, UnsubscribeResult)
        return result

    def subscription(
        self,
        filter_: str | Subscription,
        *,
        qos: QoS = QoS.AT_MOST_ONCE,
        user_properties: Iterable[tuple[str, str]] = (),
    ) -> SubscriptionContext:
        """A subscription whose messages have an iterator of their own, as long as it is entered.

            async with client.subscription("sensors/#") as messages:
                async for message in messages:
                    ...

        Which messages are its own is said by a subscription identifier in 5.0, and by the filter
        where there are none. Messages that are not taken when it is left are acknowledged, and
        given up. To enter it raises ReasonError if the broker refuses the filter.
        """
        wanted = filter_ if isinstance(filter_, Subscription) else Subscription(filter_, qos)
        return SubscriptionContext(self._core, wanted, tuple(user_properties))

    # Messages of the broker.

    def messages(self) -> Messages:
        """An iterator over the messages that no `subscription` takes.

        It ends with the client, and raises why, if that was not the client's own wish. Several
        iterators, in several tasks, share the messages.
        """
        return Messages(self._core, self._core.routes.main)

    # Request and response.

    async def request(
        self,
        topic: str,
        payload: "str | Buffer" = b"",
        *,
        qos: QoS = QoS.AT_LEAST_ONCE,
        **properties: "Unpack[PublishProperties]",
    ) -> Received:
        """Publishes a request and waits for the response to it (5.0), as long as the caller likes.

        Responses of all requests come to one topic, which is subscribed to with the first of them;
        what belongs together is said by correlation data. Use `asyncio.timeout`: nobody may answer.

        Raises ReasonError if the broker refuses the request or that subscription, ClosedError,
        DroppedError; LocalProtocolError before 5.0.
        """
        core = self._core
        core.check_open()
        if self._options.version is not Version.V5:
            raise LocalProtocolError("before 5.0 there are no responses", kind="not_supported")
        await core.calls.subscribe()
        key, response = core.calls.expect()
        try:
            properties["response_topic"] = core.calls.topic
            properties["correlation_data"] = key
            result = await self.publish(topic, payload, qos=qos, **properties)
            result.check()
            return await response
        finally:
            core.calls.forget(key)

    async def respond(
        self,
        request: Received,
        payload: "str | Buffer" = b"",
        *,
        qos: QoS | None = None,
        **properties: "Unpack[PublishProperties]",
    ) -> PublishResult:
        """Publishes the response to a request, with its QoS if no other is given.

        Raises ValueError if the message does not ask for one; what `publish` raises.
        """
        topic = request.response_topic
        if topic is None:
            raise ValueError("the message asks for no response")
        if request.correlation_data is not None:
            properties["correlation_data"] = request.correlation_data
        return await self.publish(
            topic, payload, qos=request.qos if qos is None else qos, **properties
        )


def _check_disconnect(disconnect: object) -> None:
    if not isinstance(disconnect, Disconnect | None):
        raise TypeError(f"no DISCONNECT: {disconnect!r}")
