"""Passes messages on from one topic to another, with all their properties, and loses none.

    python examples/aio_bridge.py URL [--count N]

A message is acknowledged when the broker has taken the one that was made of it.
"""

import argparse
import asyncio
import sys

from mqtt_core import QoS
from mqtt_core.aio import Client


async def bridge(client: Client, is_ready: asyncio.Event) -> None:
    async with client.subscription("here/#", qos=QoS.AT_LEAST_ONCE) as messages:
        is_ready.set()
        async for message in messages:
            publish = message.publish.replace(
                topic="there" + message.topic.removeprefix("here"),
                packet_id=None,
                dup=False,
                subscription_identifiers=(),
            )
            delivery = await client.send(publish)
            (await delivery).check()


async def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--count", type=int, default=10)
    options = parser.parse_args()

    is_ready = asyncio.Event()
    async with Client(options.url) as client:
        passing = asyncio.create_task(bridge(client, is_ready))
        async with client.subscription("there/#", qos=QoS.AT_LEAST_ONCE) as messages:
            await is_ready.wait()
            for number in range(options.count):
                await client.publish(
                    f"here/{number}",
                    "text",
                    qos=QoS.AT_LEAST_ONCE,
                    user_properties=[("n", str(number))],
                )
            for _ in range(options.count):
                message = await anext(messages)
                print(message.topic, dict(message.user_properties))
        passing.cancel()
        await asyncio.wait([passing])
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
