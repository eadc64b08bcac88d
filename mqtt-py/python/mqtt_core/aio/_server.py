"""A broker on asyncio. `docs/serve.md` is the guide."""

import asyncio
import contextlib
import logging
import ssl as tls
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Self, cast

from mqtt_core._enums import Authorization, QoS
from mqtt_core._native import (
    Acl,
    Broker,
    BrokerConfig,
    BrokerStats,
    Disconnect,
    Limits,
    Publish,
    ServerConfig,
    Subscription,
    TopicFilter,
)
from mqtt_core.aio._errors import ClosedError
from mqtt_core.aio._server_answers import Authenticator, Authorizer, Exchanger
from mqtt_core.aio._server_clock import Clock, LoopClock
from mqtt_core.aio._server_engine import Engine, Tap
from mqtt_core.aio._server_link import Link
from mqtt_core.aio._server_options import Place, Settings, check_callback
from mqtt_core.aio._server_questions import Judges
from mqtt_core.aio.store import Store

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["Listener", "Peer", "Server", "Serving", "Tap", "serve"]

logger = logging.getLogger("mqtt_core.aio.server")

_PORTS: Final = {"mqtt": 1883, "mqtts": 8883, "ws": 80, "wss": 443}
_ANY: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}


def serve(
    host: str | Sequence[str] | None = "127.0.0.1",
    port: int | None = None,
    *,
    ssl: tls.SSLContext | None = None,
    websocket: bool = False,
    websocket_origins: Sequence[str | None] | None = None,
    config: BrokerConfig | None = None,
    authenticate: Authenticator | None = None,
    exchange: Exchanger | None = None,
    authorize: Authorizer | None = None,
    question_timeout: float = 10.0,
    store: Store | None = None,
    close_timeout: float = 2.0,
    clock: Clock | None = None,
    tap: Tap | None = None,
) -> "Serving":
    """A broker that listens: `server = await serve(...)`, or `async with serve(...) as server`.

    `host` is an address, several, or None for all of this machine; `port` 0 leaves the choice to
    the system, for each address its own (`Listener.sockets` has all, `Listener.port` the first);
    None is 1883, or the one that is usual with `ssl` and `websocket`. `websocket` needs
    the extra `ws`; `websocket_origins` are those whose pages may connect, None in it for who says
    none; without it everybody may. `Server.listen` listens at more places.

    `config` has the bounds, of the number of connections too, and what there is of MQTT. A function
    `authenticate` is asked about each CONNECT and its will, `exchange` about each AUTH, `authorize`
    about each message and each filter; each may be `async` or not. A client waits for the answer,
    the others do not. What an answer is, see `ConnectAnswer` and `Authorizer`. Who raises, answers
    something else, or takes longer than `question_timeout` seconds, refuses.

    `store` keeps sessions and retained messages; it is called in the thread of the loop. `clock` is
    for tests. `close_timeout` is how long clients may take at the end to read their last bytes.
    `tap` is called with the bytes of MQTT as they come and go, for logs: the number of the
    connection, who has sent them, and they; b"" of the client when the connection is gone. If it
    raises, that is logged.

    Raises TypeError and ValueError at once for what cannot be: a time or a port that is none, a
    context for clients, functions that do not go together with `config`; when it is awaited,
    OSError if it cannot listen there, ImportError without the extra, NotImplementedError for `ssl`
    on a loop that is not asyncio's own, PersistenceError.
    """
    judges = Judges(authenticate, exchange, authorize, question_timeout)
    settings = Settings(config or BrokerConfig(), judges, store, clock, close_timeout, tap)
    settings = replace(settings, config=settings.asking())
    return Serving(settings, Place(host, port, ssl, websocket, websocket_origins))


class Serving:
    """What `serve` gives: to be awaited, or to be entered."""

    def __init__(self, settings: Settings, place: Place) -> None:
        self._settings = settings
        self._place = place
        self._server: Server | None = None

    def __await__(self) -> Generator[object, None, "Server"]:
        return self._start().__await__()

    async def _start(self) -> "Server":
        server = Server(self._settings)
        try:
            await server._listen(self._place)  # pyright: ignore[reportPrivateUsage]
        except BaseException:
            server.abort()
            raise
        self._server = server
        return server

    async def __aenter__(self) -> "Server":
        return await self._start()

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        await self._server.close()


@dataclass(frozen=True, slots=True)
class Peer:
    """Who is at the other end of a connection."""

    scheme: str
    """`mqtt`, `mqtts`, `ws` or `wss`."""
    host: str
    """Its address."""
    port: int
    certificate: dict[str, object] | None
    """Of TLS: what `ssl.SSLSocket.getpeercert` gives, if the context asks for a certificate."""


class Listener:
    """A place where a server listens."""

    def __init__(self, scheme: str, server: asyncio.Server) -> None:
        self._server = server
        self._loop = server.get_loop()
        self.scheme = scheme
        """`mqtt`, `mqtts`, `ws` or `wss`."""
        self.sockets = tuple(server.sockets)
        """The sockets; more than one if the host has several addresses."""
        host, port = cast(tuple[str, int], server.sockets[0].getsockname()[:2])
        self.host = _ANY.get(host, host)
        """An address by which clients on this machine reach it."""
        self.port = port
        """The port."""

    @property
    def url(self) -> str:
        """The address for clients, on this machine if it listens at all addresses."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        path = "/mqtt" if self.scheme.startswith("ws") else ""
        return f"{self.scheme}://{host}:{self.port}{path}"

    def close(self) -> None:
        """Listens no more; connections stay. The sockets are closed in the next turn of the
        loop."""
        # What was accepted in this turn is given its protocol in the next one. A server that is
        # closed by then loses the socket.
        with contextlib.suppress(NotImplementedError):
            for one in self._server.sockets:
                self._loop.remove_reader(one)
        self._loop.call_soon(self._server.close)


class Server:
    """A broker that listens. `serve` makes it; to leave it is to close it.

    All its methods are called in the thread of its loop.
    """

    def __init__(self, settings: Settings) -> None:
        loop = asyncio.get_running_loop()
        self._settings = settings
        self._close_timeout = settings.close_timeout
        self._engine = Engine(
            settings.config,
            settings.judges,
            settings.store,
            settings.clock or LoopClock(loop),
            linger=settings.close_timeout,
            on_failure=self._end,
            tap=settings.tap,
        )
        self._closed: asyncio.Future[None] = loop.create_future()
        self._is_closing = False
        self._tokens = 0
        self._ids: dict[int, int] = {}
        self.listeners: list[Listener] = []
        """Where it listens, in the order of `listen`."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    # Where it listens.

    async def listen(
        self,
        host: str | Sequence[str] | None = "127.0.0.1",
        port: int | None = None,
        *,
        ssl: tls.SSLContext | None = None,
        websocket: bool = False,
        websocket_origins: Sequence[str | None] | None = None,
    ) -> Listener:
        """Listens at one more place: see `serve`. Raises TypeError, ValueError, ClosedError,
        OSError, ImportError, NotImplementedError."""
        return await self._listen(Place(host, port, ssl, websocket, websocket_origins))

    async def _listen(self, place: Place) -> Listener:
        self._check()
        port = _PORTS[place.scheme] if place.port is None else place.port
        loop = asyncio.get_running_loop()
        if place.ssl is not None and not isinstance(loop, asyncio.BaseEventLoop):
            # That of uvloop does not serve, and lets through what comes without TLS.
            raise NotImplementedError("TLS needs `start_tls` of a loop of asyncio itself")
        # It does not wait between the moment when it listens and its return.
        server = await loop.create_server(self._maker(place), place.host, port, start_serving=False)
        listener = Listener(place.scheme, server)
        try:
            self._check()
            await server.start_serving()
            self._check()
        except BaseException:
            listener.close()
            raise
        self.listeners.append(listener)
        return listener

    def _maker(self, place: Place) -> Callable[[], Link]:
        if not place.websocket:
            return lambda: Link(self._engine, place.ssl)
        # An optional extra, which takes time to import.
        try:
            from mqtt_core.aio._server_websocket import WebSocketLink
        except ImportError as error:
            raise ImportError("WebSocket needs: pip install 'mqtt-core[ws]'") from error

        server = self._settings.config.server or ServerConfig()
        most = (server.limits or Limits()).max_packet_size if server.limits else 1 << 20
        return lambda: WebSocketLink(self._engine, place.ssl, place.origins, most)

    @property
    def sockets(self) -> tuple[object, ...]:
        """The sockets of all listeners."""
        return tuple(one for listener in self.listeners for one in listener.sockets)

    @property
    def host(self) -> str:
        """The host of the first listener."""
        return self.listeners[0].host

    @property
    def port(self) -> int:
        """The port of the first listener."""
        return self.listeners[0].port

    @property
    def url(self) -> str:
        """The URL of the first listener: `Client` takes it."""
        return self.listeners[0].url

    # What the program does itself.

    @property
    def broker(self) -> Broker:
        """The broker, to look at: what changes it goes by the server, which has the results
        sent."""
        return self._engine.broker

    def stats(self) -> BrokerStats:
        """What the broker has, and has done."""
        return self._engine.broker.stats()

    def connections(self) -> dict[int, str]:
        """The client identifiers of those who are connected, by the number of the connection.

        O(connections).
        """
        broker = self._engine.broker
        names = ((conn, broker.client_id(conn)) for conn in self._engine.links)
        return {conn: name for conn, name in names if name is not None}

    def peer(self, conn: int) -> Peer | None:
        """Who is at the other end of a connection; None if it has none any more."""
        link = self._engine.links.get(conn)
        name = None if link is None else link.extra_info("peername")
        if link is None or name is None:
            return None
        host, port = cast(tuple[str, int], name)[:2]
        certificate = cast(dict[str, object] | None, link.extra_info("peercert"))
        return Peer(link.scheme, host, port, certificate)

    def publish(
        self,
        topic: str | Publish,
        payload: "str | Buffer" = b"",
        *,
        qos: QoS = QoS.AT_MOST_ONCE,
        retain: bool = False,
        payload_format_indicator: int | None = None,
        message_expiry_interval: int | None = None,
        content_type: str | None = None,
        response_topic: str | None = None,
        correlation_data: "Buffer | None" = None,
        user_properties: Iterable[tuple[str, str]] = (),
    ) -> int:
        """Publishes a message of the server itself; gives to how many receivers it goes.

        A payload that is text is sent as UTF-8. Raises what `Broker.publish` raises, ClosedError.
        """
        self._check()
        count = self._engine.broker.publish(
            topic,
            payload.encode() if isinstance(payload, str) else payload,
            qos=qos,
            retain=retain,
            payload_format_indicator=payload_format_indicator,
            message_expiry_interval=message_expiry_interval,
            content_type=content_type,
            response_topic=response_topic,
            correlation_data=correlation_data,
            user_properties=user_properties,
            now=self._engine.now(),
        )
        self._engine.soon()
        return count

    def subscribe(
        self, subscription: str | TopicFilter | Subscription, callback: Callable[[Publish], object]
    ) -> int:
        """Has a function called with each message that matches; gives a number for `unsubscribe`.

        It is no `async` function, and is called in the loop, with what is sent from now on:
        `retained` gives what was retained. Raises TypeError for a function that cannot be called
        so, what `Broker.subscribe` raises, ClosedError.
        """
        self._check()
        check_callback("callback", callback)
        self._tokens += 1
        number = self._engine.broker.subscribe(subscription, token=self._tokens)
        self._engine.callbacks[self._tokens] = callback
        self._ids[number] = self._tokens
        return number

    def unsubscribe(self, number: int) -> bool:
        """Ends a subscription of the server itself; False if it is not there."""
        token = self._ids.pop(number, None)
        if token is None:
            return False
        del self._engine.callbacks[token]
        return self._engine.broker.unsubscribe(number)

    def retained(self, filter: str | TopicFilter) -> list[Publish]:
        """The retained messages that match a filter."""
        return self._engine.broker.retained(filter)

    def disconnect(self, conn: int, disconnect: Disconnect | None = None) -> None:
        """Ends a connection: see `Broker.disconnect`. Raises ClosedError."""
        self._check()
        self._engine.broker.disconnect(conn, disconnect, now=self._engine.now())
        self._engine.soon()

    def drop_session(self, client_id: str) -> bool:
        """Ends the session of a client, and its connection; False if there is none. Raises
        ClosedError.
        """
        self._check()
        is_there = self._engine.broker.drop_session(client_id, now=self._engine.now())
        self._engine.soon()
        return is_there

    def set_authorization(self, authorization: Authorization | Acl) -> None:
        """Says who may publish and subscribe to what from now on: see `Broker.set_authorization`.

        Raises ValueError for `Authorization.ASK` if there is nobody to answer.
        """
        if authorization is Authorization.ASK and self._settings.judges.authorize is None:
            raise ValueError("somebody has to answer who may do what: authorize=")
        self._engine.broker.set_authorization(authorization)

    # The end.

    @property
    def is_closed(self) -> bool:
        """True if it has ended."""
        return self._closed.done()

    @property
    def error(self) -> Exception | None:
        """Why it has ended, if that was not its own wish: its store has failed."""
        return self._engine.error

    async def serve_forever(self) -> None:
        """Waits until the server has ended; raises why, if that was not its own wish.

        To cancel this ends nothing: leave the server, or close it.
        """
        await asyncio.shield(self._closed)
        if self._engine.error is not None:
            raise self._engine.error

    async def close(self) -> None:
        """Ends: listens no more, says DISCONNECT with `SERVER_SHUTTING_DOWN` to clients of 5.0, and
        gives all of them `close_timeout` seconds to close. Sessions are as if the connections were
        lost, so wills are published. If this is cancelled it ends at once.
        """
        engine = self._engine
        if not self._is_closing:
            self._is_closing = True
            self._close_listeners()
            engine.shut_down()
        try:
            async with asyncio.timeout(self._close_timeout):
                await engine.gone()
                await self._asked()
        except TimeoutError:
            pass
        finally:
            self.abort()
        try:
            async with asyncio.timeout(1.0 + self._close_timeout):
                # What was aborted is told so in the next turn of the loop.
                await engine.gone()
                await self._asked()
        except TimeoutError:
            logger.error("a function that was asked goes on although it is cancelled")

    async def _asked(self) -> None:
        """Waits for the tasks, which are cancelled."""
        while tasks := self._engine.questions.tasks | self._engine.handshakes:
            await asyncio.wait(tasks)

    def abort(self) -> None:
        """Ends at once, without a word to anybody."""
        self._is_closing = True
        self._close_listeners()
        self._engine.stop()
        self._end()

    def _end(self) -> None:
        self._is_closing = True
        self._close_listeners()
        if not self._closed.done():
            self._closed.set_result(None)

    def _close_listeners(self) -> None:
        for listener in self.listeners:
            listener.close()

    def _check(self) -> None:
        if self._is_closing:
            error = ClosedError("the server has ended")
            error.__cause__ = self._engine.error
            raise error
