"""Workers that share jobs by a shared subscription, each in a client of its own.

    python examples/aio_workers.py URL [--workers N] [--jobs N]

A job is acknowledged when the worker asks for the next one: one whose worker dies comes to another.
"""

import argparse
import asyncio
import sys
from collections import Counter

from mqtt_core import QoS
from mqtt_core.aio import Client


async def work(client: Client, name: str, done: Counter[str], ready: asyncio.Barrier) -> None:
    async with client.subscription("$share/team/jobs", qos=QoS.AT_LEAST_ONCE) as jobs:
        await ready.wait()
        async for job in jobs:
            await client.publish("results", job.payload[::-1], qos=QoS.AT_LEAST_ONCE)
            done[name] += 1


async def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=100)
    options = parser.parse_args()

    done: Counter[str] = Counter()
    ready = asyncio.Barrier(options.workers + 1)

    async def worker(name: str) -> None:
        async with Client(options.url) as client:
            await work(client, name, done, ready)

    async with Client(options.url) as boss:
        tasks = [asyncio.create_task(worker(f"worker-{n}")) for n in range(options.workers)]
        async with boss.subscription("results", qos=QoS.AT_LEAST_ONCE) as results:
            await ready.wait()
            for number in range(options.jobs):
                await boss.send("jobs", f"job {number}", qos=QoS.AT_LEAST_ONCE)
            for _ in range(options.jobs):
                await anext(results)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    for name, count in sorted(done.items()):
        print(f"{name}: {count}")
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
