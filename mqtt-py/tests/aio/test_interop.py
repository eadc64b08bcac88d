"""With other brokers, over loopback. `MQC_SERVER` says where ours is; mosquitto is in the PATH."""

import asyncio
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from mqtt_core import QoS, SessionStart, Version, Will
from mqtt_core.aio import Backoff, Client, SqliteStore, TransportError

from aio.cuts import RECONNECTS, through_cuts
from aio.runner import eventually, run
from aio.servers import Server, mosquitto, mqc_server

QOS1 = QoS.AT_LEAST_ONCE
QOS2 = QoS.EXACTLY_ONCE

QUICK = Backoff(initial=0.02, max=0.05)

both = pytest.mark.parametrize("version", [Version.V311, Version.V5])


class Certificates:
    """An authority, and what a server on this machine needs of it."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        issued = authority.issue_cert("localhost", "127.0.0.1")
        self.certificate, self.key = folder / "server.pem", folder / "server.key"
        issued.private_key_pem.write_to_path(self.key)
        for blob in issued.cert_chain_pems:
            blob.write_to_path(self.certificate, append=True)
        self.context = ssl.create_default_context()
        authority.configure_trust(self.context)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module", params=[mosquitto, mqc_server], ids=["mosquitto", "mqc-server"])
def server(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    certificates: Certificates,
) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    started: Server = request.param(folder, certificates.certificate, certificates.key)
    started.start()
    yield started
    started.stop()


def port(server: Server) -> int:
    return server.ports["mqtt"]


@both
@pytest.mark.parametrize("scheme", ["mqtt", "mqtts", "ws", "wss"])
def test_all_qos_over_all_transports(
    server: Server, certificates: Certificates, scheme: str, version: Version
) -> None:
    path = "/mqtt" if scheme.startswith("ws") else ""
    url = f"{scheme}://localhost:{server.ports[scheme]}{path}"
    tls = certificates.context if scheme in ("mqtts", "wss") else None
    count = 60

    async def test() -> None:
        async with Client(url, version=version, tls=tls, client_id=f"{scheme}-{version}") as client:
            topic = f"all/{scheme}/{version.name}"
            assert (await client.subscribe(topic, qos=QOS2)).check().granted == {topic: QOS2}
            big = b"x" * 100_000
            deliveries = [
                await client.send(topic, str(number), qos=QoS(number % 3))
                for number in range(count)
            ]
            assert (await client.publish(topic, big, qos=QOS1)).is_success
            for delivery in deliveries:
                assert (await delivery).is_success
            # Each QoS has its own order; a broker may let them overtake each other.
            by_qos: dict[QoS, list[int]] = {qos: [] for qos in QoS}
            messages = client.messages()
            for _ in range(count + 1):
                message = await anext(messages)
                if message.payload != big:
                    by_qos[message.qos].append(int(message.payload))
            for qos, numbers in by_qos.items():
                assert numbers == list(range(qos, count, 3))

    run(test)


@pytest.mark.parametrize("scheme", ["mqtts", "wss"])
def test_certificates_are_checked(server: Server, certificates: Certificates, scheme: str) -> None:
    async def test() -> None:
        stranger = ssl.create_default_context()
        with pytest.raises(TransportError, match="CERTIFICATE_VERIFY_FAILED"):
            await Client(f"{scheme}://localhost:{server.ports[scheme]}", tls=stranger).connect()
        with pytest.raises(TransportError, match="CERTIFICATE_VERIFY_FAILED"):
            await Client(
                f"{scheme}://localhost:{server.ports[scheme]}",
                tls=certificates.context,
                server_name="elsewhere.example",
            ).connect()

    run(test)


def test_a_port_that_speaks_something_else(server: Server) -> None:
    async def test() -> None:
        # The server may close, or answer what is no HTTP.
        with pytest.raises(TransportError):
            await Client(f"ws://127.0.0.1:{port(server)}", connect_timeout=2).connect()
        with pytest.raises(Exception, match=r"127\.0\.0\.1"):
            await Client("127.0.0.1", server.ports["ws"], connect_timeout=2).connect()

    run(test)


@both
def test_own_iterators(server: Server, version: Version) -> None:
    async def test() -> None:
        async with (
            Client("127.0.0.1", port(server), version=version, client_id="own") as client,
            client.subscription("own/+", qos=QOS1) as narrow,
            client.subscription("own/1/#", qos=QOS2) as other,
        ):
            await client.publish("own/1/x", b"a", qos=QOS2)
            await client.publish("own/2", b"b", qos=QOS2)
            assert (await anext(other)).payload == b"a"
            assert (await anext(narrow)).payload == b"b"

    run(test)


def test_shared_subscriptions(server: Server) -> None:
    count = 200

    async def test() -> None:
        seen: dict[int, list[int]] = {0: [], 1: [], 2: []}

        async def work(number: int, client: Client) -> None:
            async with client.subscription("$share/team/job", qos=QOS1) as jobs:
                ready.append(number)
                async for job in jobs:
                    seen[number].append(int(job.payload))

        ready: list[int] = []
        async with (
            Client("127.0.0.1", port(server), client_id="w0") as w0,
            Client("127.0.0.1", port(server), client_id="w1") as w1,
            Client("127.0.0.1", port(server), client_id="w2") as w2,
            Client("127.0.0.1", port(server), client_id="boss") as boss,
        ):
            workers = [asyncio.create_task(work(n, c)) for n, c in enumerate((w0, w1, w2))]
            await eventually(lambda: len(ready) == 3)
            for number in range(count):
                await boss.publish("job", str(number), qos=QOS1)
            await eventually(lambda: sum(map(len, seen.values())) == count)
            assert sorted(seen[0] + seen[1] + seen[2]) == list(range(count))
            assert all(seen.values())
            for task in workers:
                task.cancel()
            await asyncio.wait(workers)

    run(test)


def test_request_and_response(server: Server) -> None:
    async def test() -> None:
        async with (
            Client("127.0.0.1", port(server)) as one,
            Client("127.0.0.1", port(server)) as two,
            one.subscription("service", qos=QOS1) as requests,
        ):

            async def serve() -> None:
                async for request in requests:
                    await one.respond(request, request.payload.upper())

            task = asyncio.create_task(serve())
            answers = await asyncio.gather(*[two.request("service", f"q{n}") for n in range(10)])
            assert [answer.payload for answer in answers] == [b"Q%d" % n for n in range(10)]
            task.cancel()
            await asyncio.wait([task])

    run(test)


@both
def test_will(server: Server, version: Version) -> None:
    async def test() -> None:
        will = Will("will/state", b"gone", qos=QOS1)
        async with Client("127.0.0.1", port(server), version=version, client_id="heir") as heir:
            await heir.subscribe("will/state", qos=QOS1)
            for is_aborted in (False, True):
                client = Client(
                    "127.0.0.1", port(server), version=version, client_id="mortal", will=will
                )
                await client.connect()
                if is_aborted:
                    client.abort()
                await client.close()
            assert (await anext(heir.messages())).payload == b"gone"
            await heir.publish("will/state", b"end", qos=QOS1)
            # Whoever took leave had none.
            assert (await anext(heir.messages())).payload == b"end"

    run(test)


@both
def test_a_killed_client_goes_on(server: Server, version: Version, tmp_path: Path) -> None:
    def make(store: SqliteStore) -> Client:
        return Client(
            "127.0.0.1", port(server), version=version, client_id=f"killed-{version}", store=store
        )

    async def test() -> None:
        topic = f"killed/{version.name}"
        seen: list[bytes] = []
        async with Client("127.0.0.1", port(server), version=version, client_id="p") as publisher:
            for life in range(3):
                with SqliteStore(tmp_path / "session.db") as store:
                    client = make(store)
                    await client.connect()
                    assert client.session_start is (
                        SessionStart.RESUMED if life else SessionStart.NEW
                    )
                    if not life:
                        await client.subscribe(topic, qos=QOS2)
                    for number in range(10):
                        await publisher.publish(topic, f"{life}-{number}", qos=QOS2)
                    messages = client.messages()
                    for _ in range(5):
                        seen.append((await anext(messages)).payload)
                    # What this one has sent and nobody has acknowledged is sent by the next one.
                    await client.send(topic, f"{life}-own", qos=QOS2)
                    await asyncio.sleep(0)
                    client.abort()
                    await client.close()
            with SqliteStore(tmp_path / "session.db") as store:
                client = make(store)
                await client.connect()
                await client.publish(topic, b"end", qos=QOS2)
                async for message in client.messages():
                    if message.payload == b"end":
                        break
                    seen.append(message.payload)
                await client.close()
        wanted = {f"{life}-{number}".encode() for life in range(3) for number in range(10)}
        assert wanted | {f"{life}-own".encode() for life in range(3)} == set(seen)

    run(test)


@both
def test_a_broker_that_dies_and_comes_back(server: Server, version: Version) -> None:
    async def test() -> None:
        topic = f"dies/{version.name}"
        client = Client(
            "127.0.0.1",
            port(server),
            version=version,
            client_id=f"stays-{version}",
            clean_start=False,
            session_expiry_interval=1000 if version is Version.V5 else None,
            reconnect=QUICK,
        )
        await client.connect()
        await client.subscribe(topic, qos=QOS2)
        sent = 0
        seen: list[int] = []

        async def publish() -> None:
            nonlocal sent
            for number in range(300):
                assert (await client.publish(topic, str(number), qos=QOS2)).is_success
                sent += 1

        async def receive() -> None:
            async for message in client.messages():
                seen.append(int(message.payload))

        receiving = asyncio.create_task(receive())
        publishing = asyncio.create_task(publish())
        await eventually(lambda: sent >= 50)
        # Of mosquitto nothing is left if it is killed.
        server.stop(is_killed=server.name == "mqc-server")
        await eventually(lambda: not client.is_connected)
        server.start()
        await publishing
        await eventually(lambda: set(seen) == set(range(300)))
        await client.close()
        await receiving
        if server.name == "mqc-server":
            assert sorted(seen) == list(range(300))

    run(test)


@both
def test_reconnects_through_cuts(server: Server, version: Version) -> None:
    async def test() -> None:
        await through_cuts(port(server), version, f"cuts-{version}", seed=11)

    run(test, deadline=60 + 2 * RECONNECTS)
