"""Conversations held by paho-mqtt for the recorder: `paho_client.py SCENE [3|5]`."""

import os
import signal
import socket
import sys
import threading
import time

from paho.mqtt.client import CallbackAPIVersion, Client, MQTTMessage, MQTTv5, MQTTv311
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

HOST = "127.0.0.1"
WAIT_SECONDS = 20.0


def properties(packet: int, **values: object) -> Properties:
    made = Properties(packet)
    for name, value in values.items():
        setattr(made, name, value)
    return made


class Peer:
    """A client that waits: every step returns once the broker has answered it."""

    def __init__(self, name: str, five: bool, **options: object) -> None:
        self.five = five
        self.client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=name,
            protocol=MQTTv5 if five else MQTTv311,
            reconnect_on_failure=False,
            **options,
        )
        self.changed = threading.Condition()
        self.connected = 0
        self.closed = 0
        self.answered: set[int] = set()
        self.messages: list[MQTTMessage] = []
        self.client.on_connect = lambda *_: self.note("connected")
        self.client.on_disconnect = lambda *_: self.note("closed")
        self.client.on_subscribe = lambda _c, _u, mid, *_: self.note("answered", mid)
        self.client.on_unsubscribe = lambda _c, _u, mid, *_: self.note("answered", mid)
        self.client.on_message = lambda _c, _u, message: self.note("messages", message)

    def note(self, what: str, value: object = None) -> None:
        with self.changed:
            if what == "answered":
                self.answered.add(value)
            elif what == "messages":
                self.messages.append(value)
            else:
                setattr(self, what, getattr(self, what) + 1)
            self.changed.notify_all()

    def wait(self, condition, what: str) -> None:
        with self.changed:
            if not self.changed.wait_for(condition, WAIT_SECONDS):
                raise TimeoutError(f"no answer to: {what}")

    def connect(self, port: int = 1883, host: str = HOST, **options: object) -> "Peer":
        before = self.connected
        self.client.connect(host, port, **options)
        self.client.loop_start()
        self.wait(lambda: self.connected > before, "connect")
        return self

    def subscribe(self, *arguments: object, **options: object) -> None:
        _, mid = self.client.subscribe(*arguments, **options)
        self.wait(lambda: mid in self.answered, "subscribe")

    def unsubscribe(self, *arguments: object, **options: object) -> None:
        _, mid = self.client.unsubscribe(*arguments, **options)
        self.wait(lambda: mid in self.answered, "unsubscribe")

    def publish(self, *arguments: object, **options: object) -> None:
        self.client.publish(*arguments, **options).wait_for_publish(WAIT_SECONDS)

    def expect(self, count: int) -> None:
        self.wait(lambda: len(self.messages) >= count, f"{count} messages")

    def leave(self, **options: object) -> None:
        self.client.disconnect(**options)
        self.wait(lambda: self.closed > 0, "disconnect")
        self.client.loop_stop()


def session_v311() -> None:
    peer = Peer("paho-311", False, clean_session=True)
    peer.client.will_set("paho/will", "never seen", qos=1, retain=True)
    peer.client.username_pw_set("användare", "lösenord")
    peer.connect(keepalive=120)
    peer.subscribe([("paho/+/v311", 2), ("paho/zero", 0), ("paho/ταξίδι/#", 1)])
    peer.publish("paho/zero", "qos 0 by paho")
    peer.publish("paho/a/v311", b"\x00\x01\xfe\xff", qos=1)
    peer.publish("paho/b/v311", "qos 2 by paho", qos=2)
    peer.publish("paho/ταξίδι/🚀", "εκτόξευση", qos=2, retain=True)
    peer.expect(4)
    peer.publish("paho/ταξίδι/🚀", None, qos=1, retain=True)
    peer.expect(5)
    peer.unsubscribe(["paho/+/v311", "paho/zero"])
    peer.leave()


def session_v5() -> None:
    peer = Peer("paho-5", True)
    peer.client.will_set(
        "paho/will",
        "never seen",
        qos=2,
        properties=properties(
            PacketTypes.WILLMESSAGE,
            WillDelayInterval=30,
            MessageExpiryInterval=600,
            PayloadFormatIndicator=1,
            ContentType="text/plain",
        ),
    )
    peer.connect(
        keepalive=120,
        clean_start=True,
        properties=properties(
            PacketTypes.CONNECT,
            SessionExpiryInterval=60,
            ReceiveMaximum=7,
            MaximumPacketSize=65536,
            TopicAliasMaximum=4,
            RequestResponseInformation=1,
            RequestProblemInformation=1,
            UserProperty=[("origin", "paho"), ("origin", "twice the same name")],
        ),
    )
    peer.subscribe(
        [
            ("paho/requests/#", SubscribeOptions(qos=2, retainAsPublished=True)),
            ("paho/retained", SubscribeOptions(qos=1, retainHandling=2)),
        ],
        properties=properties(
            PacketTypes.SUBSCRIBE,
            SubscriptionIdentifier=268435455,
            UserProperty=("why", "largest identifier"),
        ),
    )
    peer.subscribe(
        "paho/own",
        options=SubscribeOptions(qos=1, noLocal=True),
        properties=properties(PacketTypes.SUBSCRIBE, SubscriptionIdentifier=1),
    )
    peer.publish("paho/own", "not sent back", qos=1)
    request = properties(
        PacketTypes.PUBLISH,
        PayloadFormatIndicator=1,
        MessageExpiryInterval=90,
        ContentType="application/json",
        ResponseTopic="paho/responses",
        CorrelationData=bytes(range(16)),
        UserProperty=[("naïve", "ja"), ("", "an empty name"), ("empty value", "")],
    )
    for qos in (0, 1, 2):
        peer.publish("paho/requests/temperature", '{"unit":"°C"}', qos=qos, properties=request)
    first = properties(PacketTypes.PUBLISH, TopicAlias=1)
    peer.publish("paho/requests/by/alias", "names the alias", qos=1, properties=first)
    peer.publish("", "uses the alias", qos=1, properties=first)
    peer.expect(5)
    peer.publish("paho/nobody/listens", "", qos=1)
    peer.unsubscribe(
        "paho/requests/#",
        properties=properties(PacketTypes.UNSUBSCRIBE, UserProperty=("why", "done")),
    )
    peer.unsubscribe("paho/never/subscribed")
    peer.leave(
        properties=properties(
            PacketTypes.DISCONNECT, SessionExpiryInterval=0, ReasonString="all done"
        )
    )


def will(five: bool) -> None:
    """Connects with a will and dies without a word."""
    peer = Peer(f"paho-dies-{5 if five else 3}", five)
    peer.client.will_set("wills/paho", "paho is gone", qos=1, retain=True)
    peer.connect()
    os.kill(os.getpid(), signal.SIGKILL)


def unacked(five: bool) -> None:
    """Leaves one message of QoS 1 and one of QoS 2 half done, loses the link, and resumes.

    The broker then sends the first PUBLISH again, marked DUP, and goes on with the second where
    it was (the library sends PUBREC by itself even when acknowledging by hand).
    """
    name = f"paho-slow-{5 if five else 3}"
    topic = f"sessions/paho/{5 if five else 3}"
    options: dict[str, object] = {} if five else {"clean_session": False}
    connect: dict[str, object] = {}
    if five:
        connect["properties"] = properties(PacketTypes.CONNECT, SessionExpiryInterval=300)
        connect["clean_start"] = True
    silent = Peer(name, five, manual_ack=True, **options)
    silent.connect(**connect)
    silent.subscribe(topic, 2)
    other = Peer(f"{name}-source", five).connect()
    other.publish(topic, "first, QoS 1", qos=1)
    other.publish(topic, "second, QoS 2", qos=2)
    other.leave()
    silent.expect(2)
    time.sleep(0.3)
    silent.client.loop_stop()
    silent.client.socket().shutdown(socket.SHUT_RDWR)
    time.sleep(0.3)
    if five:
        connect["clean_start"] = False
    resumed = Peer(name, five, **options)
    resumed.connect(**connect)
    resumed.expect(1)
    time.sleep(0.3)
    resumed.leave()


def keepalive(five: bool) -> None:
    peer = Peer(f"paho-idle-{5 if five else 3}", five).connect(keepalive=5)
    time.sleep(7)
    peer.leave()


def forbidden() -> None:
    """Each connection breaks one limit that the broker announced, or is taken over."""

    def break_it(name: str, topic: str, payload: object, **options: object) -> None:
        peer = Peer(f"paho-{name}", True).connect(port=1885)
        peer.client.publish(topic, payload, **options)
        peer.wait(lambda: peer.closed > 0, f"DISCONNECT after {name}")
        peer.client.loop_stop()

    break_it("qos", "limits/qos", "QoS 2 where 1 is the most", qos=2)
    break_it("retain", "limits/retain", "retained where nothing is", qos=1, retain=True)
    break_it("size", "limits/size", "x" * 1500, qos=1)
    alias = properties(PacketTypes.PUBLISH, TopicAlias=4)
    break_it("alias", "limits/alias", "alias 4 where 3 is the most", qos=1, properties=alias)
    first = Peer("paho-twice", True).connect(port=1885)
    second = Peer("paho-twice", True).connect(port=1885)
    first.wait(lambda: first.closed > 0, "the end of the older connection")
    first.client.loop_stop()
    second.leave()


def bulk() -> None:
    """Enough in both directions to give a bad link something to spoil."""
    peer = Peer("paho-bulk", True)
    peer.connect(host="10.9.0.2")
    peer.subscribe("bulk/#", 2)
    for number in range(24):
        body = (f"message {number:02} " * 400).encode()[: 300 + 190 * number]
        peer.client.publish(f"bulk/{number:02}", body, qos=number % 3)
    peer.expect(24)
    time.sleep(1.0)
    peer.leave()


SCENES = {
    "session": lambda five: session_v5() if five else session_v311(),
    "will": will,
    "unacked": unacked,
    "keepalive": keepalive,
    "forbidden": lambda _five: forbidden(),
    "bulk": lambda _five: bulk(),
}

if __name__ == "__main__":
    SCENES[sys.argv[1]](len(sys.argv) > 2 and sys.argv[2] == "5")
