"""Publishers and one subscriber of paho-mqtt. Arguments: port, publishers, messages of each, QoS, bytes, window.

The subscriber is a process of its own: threads of one would take turns, and it would hardly read while others publish.

It says `ready`, `done`, and what became of the messages; after the first two it waits for a line.
"""

import multiprocessing
import sys
import threading
import time
from collections import deque

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

PORT, PUBLISHERS, MESSAGES, QOS, SIZE, WINDOW = map(int, sys.argv[1:])
TOPIC = "bench/server"
QUIET = 2.0
PATIENCE = 30.0


def say(word):
    print(word, flush=True)
    sys.stdin.readline()


def connect(name):
    client = Client(CallbackAPIVersion.VERSION2, f"bench-{name}", protocol=MQTTProtocolVersion.MQTTv5)
    client.max_inflight_messages_set(WINDOW)
    is_there = threading.Event()
    client.on_connect = lambda *_: is_there.set()
    client.connect("127.0.0.1", PORT)
    client.loop_start()
    if not is_there.wait(PATIENCE):
        sys.exit(f"{name}: no answer to CONNECT")
    return client


class Subscriber:
    """Its count, and the time of the last message, as another process sees them."""

    def __init__(self):
        fork = multiprocessing.get_context("fork")
        self.received = fork.Value("q", 0)
        self.last = fork.Value("d", 0.0)
        self.is_there = fork.Event()
        self.is_done = fork.Event()
        # A daemon ends with this process, however that ends.
        self.process = fork.Process(target=self.run, daemon=True)
        self.process.start()
        if not self.is_there.wait(PATIENCE):
            sys.exit("no answer to SUBSCRIBE")

    def run(self):
        client = connect("subscriber")
        client.on_subscribe = lambda *_: self.is_there.set()
        client.on_message = self.note
        client.subscribe(TOPIC, QOS)
        self.is_done.wait()
        client.disconnect()

    def note(self, *_):
        # Nobody else writes them.
        self.last.get_obj().value = time.monotonic()
        self.received.get_obj().value += 1

    def end(self):
        self.is_done.set()
        self.process.join()


failures = []


def publish(client):
    try:
        send(client)
    except (RuntimeError, ValueError) as why:
        failures.append(why)


def send(client):
    payload = bytes(SIZE)
    under_way = deque()
    for _ in range(MESSAGES):
        if len(under_way) == WINDOW:
            under_way.popleft().wait_for_publish(PATIENCE)
        under_way.append(client.publish(TOPIC, payload, QOS))
    for info in under_way:
        info.wait_for_publish(PATIENCE)
        if not info.is_published():
            raise RuntimeError(f"nothing came for {PATIENCE} s")


subscriber = Subscriber()
publishers = [connect(f"publisher-{number}") for number in range(PUBLISHERS)]
say("ready")
start = subscriber.last.value = time.monotonic()
threads = [threading.Thread(target=publish, args=[client]) for client in publishers]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
if failures:
    sys.exit(f"a publisher: {failures[0]}")
sent = MESSAGES * PUBLISHERS
published = time.monotonic()
while subscriber.received.value < sent and time.monotonic() - max(subscriber.last.value, published) < QUIET:
    time.sleep(0.005)
say("done")
subscriber.end()
for client in publishers:
    client.disconnect()
received, took = subscriber.received.value, subscriber.last.value - start
print(sent, received, received / max(took, 1e-9), 0, 0)
