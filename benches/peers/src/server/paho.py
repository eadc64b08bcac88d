"""Publishers and one subscriber of paho-mqtt. Arguments: port, publishers, messages of each, QoS, bytes, window.

It says `ready`, `done`, and what became of the messages; after the first two it waits for a line.
"""

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
    def __init__(self):
        self.received = 0
        self.last = 0.0
        is_there = threading.Event()
        self.client = connect("subscriber")
        self.client.on_subscribe = lambda *_: is_there.set()
        self.client.on_message = self.note
        self.client.subscribe(TOPIC, QOS)
        if not is_there.wait(PATIENCE):
            sys.exit("no answer to SUBSCRIBE")

    def note(self, *_):
        self.last = time.monotonic()
        self.received += 1


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
start = subscriber.last = time.monotonic()
threads = [threading.Thread(target=publish, args=[client]) for client in publishers]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
if failures:
    sys.exit(f"a publisher: {failures[0]}")
sent = MESSAGES * PUBLISHERS
published = time.monotonic()
while subscriber.received < sent and time.monotonic() - max(subscriber.last, published) < QUIET:
    time.sleep(0.005)
say("done")
for client in [subscriber.client, *publishers]:
    client.disconnect()
print(sent, subscriber.received, subscriber.received / max(subscriber.last - start, 1e-9), 0, 0)
