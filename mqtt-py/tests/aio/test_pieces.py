"""The small parts, and what the package promises of them."""

import asyncio
import subprocess
import sys
from dataclasses import fields

import pytest
from mqtt_core import Auth, ConnAck, QoS, ReasonCode, Version
from mqtt_core.aio import Backoff, Client, Options
from mqtt_core.aio._address import Address
from mqtt_core.aio._backoff import Reconnect
from mqtt_core.aio._options import OptionsDict
from mqtt_core.aio._routes import MAX_IDENTIFIER
from mqtt_core.aio._turns import Turns

from aio.broker import Broker, Connection
from aio.runner import run


def parse(text: str, port: int | None = None, *, is_secure: bool = False) -> Address:
    return Address.parse(text, port, is_secure=is_secure)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("localhost", "mqtt://localhost:1883"),
        ("::1", "mqtt://[::1]:1883"),
        ("mqtt://localhost", "mqtt://localhost:1883"),
        ("mqtts://[::1]:1", "mqtts://[::1]:1"),
        ("ws://localhost", "ws://localhost:80/mqtt"),
        ("wss://localhost:9001/a/b?c=d", "wss://localhost:9001/a/b"),
        ("MQTT://LOCALHOST/", "mqtt://localhost:1883"),
    ],
)
def test_addresses(text: str, wanted: str) -> None:
    assert str(parse(text)) == wanted


def test_what_addresses_say() -> None:
    address = parse("mqtt://a%20b:c%3Ad@host")
    assert (address.user_name, address.password) == ("a b", b"c:d")
    assert str(parse("host", 99, is_secure=True)) == "mqtts://host:99"
    assert str(parse("ws://host", is_secure=True)) == "wss://host:443/mqtt"
    assert parse("ws://host/a?c=d").path == "/a?c=d"
    assert "secret" not in repr(Client("mqtt://me:secret@host"))
    assert "secret" not in repr(Options(password="secret"))


@pytest.mark.parametrize(
    "text", ["", "http://host", "mqtt://", "mqtt://host/path", "mqtt://host?a", "ws://h/#f", "a://"]
)
def test_wrong_addresses(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Client(text)


def test_wrong_ports_and_options() -> None:
    with pytest.raises(ValueError, match="port"):
        Client("host", 70_000)
    with pytest.raises(TypeError):
        Client("host", nonsense=1)  # type: ignore[call-arg]
    with pytest.raises(ValueError, match="room"):
        Client("host", inbox=0)
    with pytest.raises(ValueError, match="backoff"):
        Backoff(initial=2.0, max=1.0)


def test_keywords_are_options() -> None:
    assert list(OptionsDict.__annotations__) == [field.name for field in fields(Options)]


def test_waits_grow_to_their_bound() -> None:
    reconnect = Reconnect(Backoff(initial=1.0, max=5.0, jitter=0.0, stable_after=10.0))
    assert [reconnect.lost(0.0) for _ in range(5)] == [1.0, 2.0, 4.0, 5.0, 5.0]
    # A connection that does not last changes nothing.
    reconnect.connected(20.0)
    assert reconnect.lost(29.0) == 5.0
    reconnect.connected(30.0)
    assert reconnect.lost(40.0) == 1.0
    waits = [Reconnect(Backoff(initial=1.0, jitter=0.5)).lost(0.0) for _ in range(100)]
    assert all(0.5 <= wait <= 1.0 for wait in waits)
    assert len(set(waits)) > 50


def test_the_package_does_not_import_it() -> None:
    program = (
        "import sys, mqtt_core\n"
        "assert 'asyncio' not in sys.modules and 'mqtt_core.aio' not in sys.modules\n"
        "import mqtt_core.aio\n"
        "assert 'websockets' not in sys.modules and 'typing_extensions' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True)


class Method:
    """An authentication: the answer is the challenge backwards, and the end has to be "welcome"."""

    method = "mirror"

    def open(self) -> "Method":
        return self

    def begin(self) -> bytes:
        return b"hello"

    def answer(self, challenge: bytes) -> bytes:
        return challenge[::-1]

    def finish(self, data: bytes) -> None:
        if data != b"welcome":
            raise ValueError(f"no welcome: {data!r}")


@pytest.mark.parametrize("is_good", [True, False])
def test_enhanced_authentication(is_good: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[bytes | None] = []

    def connected(self: Connection, connect: object) -> None:
        data = {"authentication_method": "mirror", "authentication_data": b"abc"}
        auth = Auth(ReasonCode.CONTINUE_AUTHENTICATION, **data)  # type: ignore[arg-type]
        self.session.auth(auth, now=self.loop.time())

    def handle(self: Connection, event: object) -> None:
        if isinstance(event, Auth):
            answers.append(event.authentication_data)
            welcome = b"welcome" if is_good else b"go away"
            connack = ConnAck(authentication_method="mirror", authentication_data=welcome)
            self.session.accept(connack, now=self.loop.time())
            return
        plain(self, event)

    plain = Connection.handle
    monkeypatch.setattr(Connection, "connected", connected)
    monkeypatch.setattr(Connection, "handle", handle)

    async def test() -> None:
        async with Broker() as broker:
            client = Client("127.0.0.1", broker.port, client_id="c", authentication=Method())
            if is_good:
                await client.connect()
                await client.publish("a", qos=QoS.AT_LEAST_ONCE)
                await client.close()
            else:
                with pytest.raises(ValueError, match="no welcome"):
                    await client.connect()
        assert answers == [b"cba"]

    run(test)


def test_authentication_is_of_5() -> None:
    with pytest.raises(ValueError, match=r"5\.0"):
        Client("localhost", version=Version.V311, authentication=Method())


def test_subscription_identifiers_of_the_program() -> None:
    async def test() -> None:
        async with Broker() as broker, Client("127.0.0.1", broker.port) as client:
            with pytest.raises(ValueError, match="identifiers up to"):
                await client.subscribe("a", subscription_identifier=MAX_IDENTIFIER + 1)
            async with client.subscription("b"):
                identifier = broker.subscribes[-1].subscription_identifier
                assert identifier is not None
                assert identifier > MAX_IDENTIFIER

    run(test)


def test_websocket_is_an_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "websockets"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(sys.modules, "mqtt_core.aio._websocket", raising=False)
    monkeypatch.setitem(sys.modules, "websockets", None)

    async def test() -> None:
        with pytest.raises(ImportError, match=r"mqtt-core\[ws\]"):
            await Client("ws://127.0.0.1:1").connect()

    run(test)


def test_whoever_gives_up_hands_the_turn_on() -> None:
    async def test() -> None:
        turns = Turns(asyncio.get_running_loop())
        order: list[str] = []

        async def wait(name: str, *, is_first: bool = False) -> None:
            await turns.wait(is_first=is_first)
            order.append(name)

        a, b, c, d = (asyncio.create_task(wait(name)) for name in "abcd")
        await asyncio.sleep(0)
        first = asyncio.create_task(wait("first", is_first=True))
        await asyncio.sleep(0)
        b.cancel()
        await asyncio.sleep(0)
        turns.wake()
        await first
        turns.wake()
        # It has been woken, and does not know it yet.
        a.cancel()
        await c
        assert order == ["first", "c"]
        turns.wake_all()
        await d
        assert not turns

    run(test)
