"""Traffic through connections that are cut."""

import asyncio
import os

from mqtt_core import QoS, Version
from mqtt_core.aio import Backoff, Client

from aio.proxy import Proxy
from aio.runner import eventually

RECONNECTS = int(os.environ.get("RECONNECTS", "50"))
QUICK = Backoff(initial=0.01, max=0.02)
PUBLISHERS = 3


async def through_cuts(port: int, version: Version, client_id: str, seed: int) -> dict[str, int]:
    """Publishes to itself by a proxy that cuts, and gives how many messages of each topic it were.

    Fails if one of QoS 1 or 2 is lost, or one of QoS 2 comes twice.
    """
    numbers = {"one": 0, "two": 0}
    arrived: dict[str, list[int]] = {"one": [], "two": []}
    async with Proxy(port, seed=seed, most=2500) as proxy:
        client = Client(
            "127.0.0.1",
            proxy.port,
            version=version,
            client_id=client_id,
            clean_start=False,
            session_expiry_interval=1000 if version is Version.V5 else None,
            reconnect=QUICK,
        )
        client.start()
        await client.subscribe("one", qos=QoS.AT_LEAST_ONCE)
        await client.subscribe("two", qos=QoS.EXACTLY_ONCE)

        async def receive() -> None:
            async for message in client.messages():
                arrived[message.topic].append(int(message.payload))

        async def publish(topic: str, qos: QoS) -> None:
            while proxy.cuts < RECONNECTS:
                number = numbers[topic]
                numbers[topic] += 1
                assert (await client.publish(topic, str(number), qos=qos)).is_success

        receiving = asyncio.create_task(receive())
        pairs = [("one", QoS.AT_LEAST_ONCE), ("two", QoS.EXACTLY_ONCE)] * PUBLISHERS
        await asyncio.gather(*[publish(topic, qos) for topic, qos in pairs])
        proxy.is_cutting = False
        wanted = {topic: set(range(count)) for topic, count in numbers.items()}
        await eventually(lambda: all(set(arrived[topic]) == wanted[topic] for topic in wanted))
        await client.close()
        await receiving
        assert len(arrived["two"]) == len(wanted["two"])
        assert proxy.cuts >= RECONNECTS
    return numbers
