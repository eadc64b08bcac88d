"""A broker for the tests of programs that use MQTT. `docs/serve.md` is the guide.

    with mqtt_core.testing.broker() as broker:
        connect_to(broker.host, broker.port)

It runs in a thread of its own, so that clients that block work with it as well as those on asyncio.
With pytest it is the fixture `mqtt_broker`; pytest is not needed.
"""

import asyncio
import concurrent.futures
import heapq
import ssl as tls
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final, TypedDict, TypeVar

from mqtt_core._enums import QoS
from mqtt_core._native import (
    BrokerConfig,
    BrokerStats,
    Disconnect,
    Publish,
    Subscription,
)
from mqtt_core.aio import (
    Authenticator,
    Authorizer,
    Exchanger,
    Listener,
    Server,
    Store,
    Tap,
    serve,
)

if TYPE_CHECKING:
    from typing_extensions import Buffer, Unpack

__all__ = ["Broker", "Clock", "Recorder", "ServeOptions", "broker"]

_T = TypeVar("_T")

# Generous: what has not happened by then will not; seconds.
_PATIENCE: Final = 10.0
# So many turns of the loop read what has been sent to a socket, and work it off.
_TURNS: Final = 5
# About 3,000 years: a clock that is moved further is a mistake; seconds.
_LONGEST: Final = 1e11


class Clock:
    """A clock that stands still until it is moved: `advance`.

    What happens by the time of a broker happens then, and only then: keep alive, the end of
    sessions and messages, delays of wills. It is the clock of one server; its methods may be called
    in any thread.
    """

    def __init__(self, *, unix_time: float = 1_700_000_000.0) -> None:
        """`unix_time`: seconds since 1970 at its time 0."""
        self._now = 0.0
        self._begin = unix_time
        self._alarms: list[tuple[float, int, _Alarm]] = []
        self._count = 0
        self._loop: asyncio.AbstractEventLoop | None = None

    def time(self) -> float:
        """Seconds by which it was advanced."""
        return self._now

    def unix_time(self) -> float:
        """Seconds since 1970."""
        return self._begin + self._now

    def call_at(self, when: float, callback: Callable[[], object]) -> "_Alarm":
        """See `mqtt_core.aio.Clock`: of a server."""
        self._loop = asyncio.get_running_loop()
        alarm = _Alarm(callback)
        self._count += 1
        heapq.heappush(self._alarms, (when, self._count, alarm))
        return alarm

    def advance(self, seconds: float) -> None:
        """Moves the time; all that is due on the way happens, each at its time.

        Called in another thread than the server's, it first lets the server read what has been sent
        to it, and has had sent what comes of it when this returns. Called in the loop of the server
        it moves the time at once.

        Raises ValueError for less than no time, and for more than a broker can count.
        """
        if not 0 <= seconds <= _LONGEST - self._now:
            raise ValueError(f"time goes on, not by {seconds}")
        loop = self._loop
        if loop is None or not loop.is_running() or loop is _running():
            self._move(seconds)
            return
        moving = asyncio.run_coroutine_threadsafe(self._move_settled(seconds), loop)
        try:
            moving.result(_PATIENCE)
        finally:
            moving.cancel()

    async def _move_settled(self, seconds: float) -> None:
        await _settle()
        self._move(seconds)
        await _settle()

    def _move(self, seconds: float) -> None:
        until = self._now + seconds
        while self._alarms and self._alarms[0][0] <= until:
            when, _, alarm = heapq.heappop(self._alarms)
            if not alarm.is_cancelled:
                self._now = max(self._now, when)
                alarm.callback()
        # A callback may have moved it further.
        self._now = max(self._now, until)


class _Alarm:
    """A call that is to come."""

    def __init__(self, callback: Callable[[], object]) -> None:
        self.callback = callback
        self.is_cancelled = False

    def cancel(self) -> None:
        self.is_cancelled = True


def _running() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


async def _settle() -> None:
    """Lets the loop read what there is, and work it off."""
    for _ in range(_TURNS):
        await asyncio.sleep(0)


class Recorder:
    """The messages that a broker has sent on to its own subscription, as they came."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._messages: list[Publish] = []

    def _add(self, publish: Publish) -> None:
        with self._changed:
            self._messages.append(publish)
            self._changed.notify_all()

    def __len__(self) -> int:
        return len(self._messages)

    def __iter__(self) -> Iterator[Publish]:
        """Those that have come by now."""
        return iter(self._messages[:])

    def wait(self, count: int = 1, *, timeout: float = _PATIENCE) -> list[Publish]:
        """Waits for so many messages, counted from the first; gives all that there are then.

        Raises TimeoutError if they do not come within `timeout` seconds.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._messages) >= count, timeout):
                raise TimeoutError(f"{len(self._messages)} of {count} messages came")
            return self._messages[:]


class ServeOptions(TypedDict, total=False):
    """The keywords of `broker`: see `mqtt_core.aio.serve`."""

    host: str | Sequence[str] | None
    port: int
    ssl: tls.SSLContext | None
    websocket: bool
    websocket_origins: Sequence[str | None] | None
    config: BrokerConfig | None
    authenticate: Authenticator | None
    exchange: Exchanger | None
    authorize: Authorizer | None
    question_timeout: float
    store: Store | None
    close_timeout: float
    clock: Clock | None
    tap: Tap | None


class Broker:
    """A broker that runs in a thread of its own. `broker` makes it, and ends it.

    Its methods may be called in any thread but that one; they return when it is done.
    """

    def __init__(self, options: ServeOptions) -> None:
        """Begins. Raises what `serve` does."""
        self._options: ServeOptions = {
            "host": "127.0.0.1",
            "port": 0,
            "config": BrokerConfig(sys_interval=None),
            "close_timeout": 0.5,
            **options,
        }
        self.clock = options.get("clock")
        """The clock that the test moves, if it has one."""
        self._started: concurrent.futures.Future[None] = concurrent.futures.Future()
        self._asking = threading.Lock()
        self._is_open = False
        """It takes calls. What it has taken comes to its end before the loop does."""
        self._restarting = threading.Lock()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="mqtt_core.testing", daemon=True)
        self._thread.start()
        try:
            self._started.result(_PATIENCE)
        except TimeoutError:
            if self._started.done():
                raise
            self._started.cancel()
            raise TimeoutError(f"the broker has not begun within {_PATIENCE} s") from None

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except BaseException as error:
            if self._started.done():
                self._error = error
            else:
                self._started.set_exception(error)

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self._server = await serve(**self._options)
        # It is started again where it was.
        self._options["port"] = self._server.port
        try:
            # Nobody may wait for it any more.
            if self._started.set_running_or_notify_cancel():
                self._is_open = True
                self._started.set_result(None)
                await self._stop.wait()
        finally:
            with self._asking:
                self._is_open = False
            await self._server.close()

    def close(self) -> None:
        """Ends: see `Server.close`. Raises what the thread has ended of, if it was not this;
        TimeoutError if it does not end."""
        if self._thread.is_alive():
            # It may end just now.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(_PATIENCE)
            if self._thread.is_alive():
                raise TimeoutError("the broker does not end")
        error, self._error = self._error, None
        if error is not None:
            raise error

    def call(self, function: Callable[[Server], _T]) -> _T:
        """Calls a function with the server, in its thread. Raises what the function does."""

        async def called() -> _T:
            return function(self._server)

        return self._submit(called())

    def run(self, function: Callable[[Server], Awaitable[_T]]) -> _T:
        """The same of an `async` function."""

        async def called() -> _T:
            return await function(self._server)

        return self._submit(called())

    def _submit(self, coroutine: Coroutine[object, object, _T]) -> _T:
        with self._asking:
            if not self._is_open:
                coroutine.close()
                raise RuntimeError("the broker has ended")
            asked = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        try:
            return asked.result()
        except concurrent.futures.CancelledError:
            raise RuntimeError("the broker has ended") from None

    # Where it is.

    @property
    def host(self) -> str:
        """The address at which it listens."""
        return self._server.host

    @property
    def port(self) -> int:
        """The port."""
        return self._server.port

    @property
    def url(self) -> str:
        """The same as a URL: `mqtt_core.aio.Client` takes it."""
        return self._server.url

    def listen(self, *, ssl: tls.SSLContext | None = None, websocket: bool = False) -> Listener:
        """Listens at one more free port."""
        return self.run(lambda server: server.listen("127.0.0.1", 0, ssl=ssl, websocket=websocket))

    # What happens.

    def advance(self, seconds: float) -> None:
        """Moves the time: see `Clock.advance`. Raises RuntimeError without a clock."""
        if self.clock is None:
            raise RuntimeError("the broker's time is that of the machine: it was given no clock")
        self.clock.advance(seconds)

    def stats(self) -> BrokerStats:
        """What the broker has, and has done."""
        return self.call(lambda server: server.stats())

    def clients(self) -> set[str]:
        """The client identifiers of those who are connected."""
        return set(self.call(lambda server: server.connections()).values())

    def wait_until(
        self, condition: Callable[[BrokerStats], bool], *, timeout: float = _PATIENCE
    ) -> BrokerStats:
        """Waits until the numbers of the broker are as they should be, and gives them.

        Raises TimeoutError if that takes longer than `timeout` seconds.
        """
        until = time.monotonic() + timeout
        while not condition(stats := self.stats()):
            if time.monotonic() > until:
                raise TimeoutError(f"it did not come about: {stats}")
            time.sleep(0.002)
        return stats

    def record(self, filter: str | Subscription = "#") -> Recorder:
        """Keeps all messages that match a filter from now on, with the QoS they have."""
        recorder = Recorder()
        wanted = filter
        if isinstance(wanted, str):
            wanted = Subscription(wanted, QoS.EXACTLY_ONCE, retain_as_published=True)
        subscription = wanted
        self.call(lambda server: server.subscribe(subscription, recorder._add))  # pyright: ignore[reportPrivateUsage]
        return recorder

    def publish(
        self,
        topic: str | Publish,
        payload: "str | Buffer" = b"",
        *,
        qos: QoS = QoS.AT_MOST_ONCE,
        retain: bool = False,
        user_properties: Iterable[tuple[str, str]] = (),
    ) -> int:
        """Publishes a message of the broker's; gives to how many receivers it goes. A `Publish` has
        all that a message has."""
        pairs = tuple(user_properties)
        return self.call(
            lambda server: server.publish(
                topic, payload, qos=qos, retain=retain, user_properties=pairs
            )
        )

    def retained(self, filter: str = "#") -> list[Publish]:
        """The retained messages that match a filter."""
        return self.call(lambda server: server.retained(filter))

    def disconnect(self, client_id: str, disconnect: Disconnect | None = None) -> bool:
        """Ends the connection of a client, which with 5.0 is told so; False if there is none. Its
        will is published."""

        def find(server: Server) -> bool:
            for conn, name in server.connections().items():
                if name == client_id:
                    server.disconnect(conn, disconnect)
                    return True
            return False

        return self.call(find)

    def restart(self) -> None:
        """Ends, and begins again at the same port: with what the store has, if there is one, and
        else with nothing. Recorders hear nothing more, and of the places where it listens only the
        first is there.

        Raises OSError if somebody else has the port by then: the broker is closed, and this may be
        called again.
        """

        async def again() -> None:
            await self._server.close()
            self._server = await serve(**self._options)

        with self._restarting:
            self._submit(again())


@contextmanager
def broker(**options: "Unpack[ServeOptions]") -> Generator[Broker, None, None]:
    """A broker on a free port of this machine, for as long as this is entered.

    `options` are those of `mqtt_core.aio.serve`; functions that are asked something are called in
    the thread of the broker. There are no `$SYS` topics if `config` does not say so. With
    `clock=Clock()` time is the test's.

    Raises what `serve` does.
    """
    running = Broker(options)
    try:
        yield running
    finally:
        running.close()
