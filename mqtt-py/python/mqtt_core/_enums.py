"""The closed sets of values that packets are made of."""

from enum import IntEnum

__all__ = [
    "AckMode",
    "Authentication",
    "Authorization",
    "CloseCause",
    "DropReason",
    "Durability",
    "PacketType",
    "PersistKind",
    "QoS",
    "ReasonCode",
    "RetainHandling",
    "Sender",
    "SessionLost",
    "SessionStart",
    "ShareStrategy",
    "SlowConsumer",
    "Timer",
    "Version",
    "WhenFull",
]


class _Named(IntEnum):
    """An enum whose members are shown by the name that code calls them by."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}.{self.name}"


class QoS(_Named):
    """Quality of service: how often a message may arrive."""

    AT_MOST_ONCE = 0
    """Fire and forget."""
    AT_LEAST_ONCE = 1
    """Acknowledged, duplicates possible."""
    EXACTLY_ONCE = 2
    """Acknowledged twice, no duplicates."""


class ShareStrategy(_Named):
    """How one member of a shared subscription is chosen."""

    ROUND_ROBIN = 0
    """The member behind the one that was picked last, in the order in which they joined."""
    STICKY = 1
    """The member that was picked last, as long as it can be; then the one behind it."""
    HASH = 2
    """The same member for the same number, say `hash(topic)`: when a member goes, only its numbers
    go to others.
    """
    NUMBER = 3
    """The member with this number, counted in the order in which they joined and around."""


class Version(_Named):
    """A version of the protocol; its value is the protocol level byte of CONNECT."""

    V31 = 3
    """MQTT 3.1."""
    V311 = 4
    """MQTT 3.1.1."""
    V5 = 5
    """MQTT 5.0."""


class PacketType(_Named):
    """The type of a packet: the upper half of its first byte."""

    CONNECT = 1
    CONNACK = 2
    PUBLISH = 3
    PUBACK = 4
    PUBREC = 5
    PUBREL = 6
    PUBCOMP = 7
    SUBSCRIBE = 8
    SUBACK = 9
    UNSUBSCRIBE = 10
    UNSUBACK = 11
    PINGREQ = 12
    PINGRESP = 13
    DISCONNECT = 14
    AUTH = 15


class RetainHandling(_Named):
    """When a subscription gets the messages that were kept before it (5.0)."""

    SEND_ALWAYS = 0
    """At every SUBSCRIBE."""
    SEND_IF_NEW = 1
    """Only if the subscription did not exist before."""
    DO_NOT_SEND = 2
    """Never."""


class Sender(_Named):
    """The side of a connection that sent a packet. Its value means nothing to the protocol."""

    CLIENT = 1
    """The side that sent CONNECT."""
    SERVER = 2
    """The side that sent CONNACK."""


class ReasonCode(_Named):
    """The result that an acknowledgement, DISCONNECT or AUTH carries: 0x80 and above is a failure.

    In 3.1 and 3.1.1 the same field is the return code of CONNACK, or of one filter in SUBACK; the
    names of those begin with V3. One number has one member, so that `V3_IDENTIFIER_REJECTED` is the
    same as `GRANTED_QOS_2`: which of them is meant depends on the packet and the version.
    """

    SUCCESS = 0x00
    NORMAL_DISCONNECTION = 0x00
    GRANTED_QOS_0 = 0x00
    GRANTED_QOS_1 = 0x01
    GRANTED_QOS_2 = 0x02
    DISCONNECT_WITH_WILL_MESSAGE = 0x04
    NO_MATCHING_SUBSCRIBERS = 0x10
    NO_SUBSCRIPTION_EXISTED = 0x11
    CONTINUE_AUTHENTICATION = 0x18
    RE_AUTHENTICATE = 0x19
    UNSPECIFIED_ERROR = 0x80
    MALFORMED_PACKET = 0x81
    PROTOCOL_ERROR = 0x82
    IMPLEMENTATION_SPECIFIC_ERROR = 0x83
    UNSUPPORTED_PROTOCOL_VERSION = 0x84
    CLIENT_IDENTIFIER_NOT_VALID = 0x85
    BAD_USER_NAME_OR_PASSWORD = 0x86
    NOT_AUTHORIZED = 0x87
    SERVER_UNAVAILABLE = 0x88
    SERVER_BUSY = 0x89
    BANNED = 0x8A
    SERVER_SHUTTING_DOWN = 0x8B
    BAD_AUTHENTICATION_METHOD = 0x8C
    KEEP_ALIVE_TIMEOUT = 0x8D
    SESSION_TAKEN_OVER = 0x8E
    TOPIC_FILTER_INVALID = 0x8F
    TOPIC_NAME_INVALID = 0x90
    PACKET_IDENTIFIER_IN_USE = 0x91
    PACKET_IDENTIFIER_NOT_FOUND = 0x92
    RECEIVE_MAXIMUM_EXCEEDED = 0x93
    TOPIC_ALIAS_INVALID = 0x94
    PACKET_TOO_LARGE = 0x95
    MESSAGE_RATE_TOO_HIGH = 0x96
    QUOTA_EXCEEDED = 0x97
    ADMINISTRATIVE_ACTION = 0x98
    PAYLOAD_FORMAT_INVALID = 0x99
    RETAIN_NOT_SUPPORTED = 0x9A
    QOS_NOT_SUPPORTED = 0x9B
    USE_ANOTHER_SERVER = 0x9C
    SERVER_MOVED = 0x9D
    SHARED_SUBSCRIPTIONS_NOT_SUPPORTED = 0x9E
    CONNECTION_RATE_EXCEEDED = 0x9F
    MAXIMUM_CONNECT_TIME = 0xA0
    SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED = 0xA1
    WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED = 0xA2
    V3_ACCEPTED = 0x00
    V3_UNACCEPTABLE_PROTOCOL_VERSION = 0x01
    V3_IDENTIFIER_REJECTED = 0x02
    V3_SERVER_UNAVAILABLE = 0x03
    V3_BAD_USER_NAME_OR_PASSWORD = 0x04
    V3_NOT_AUTHORIZED = 0x05
    V3_FAILURE = 0x80


class AckMode(_Named):
    """Who acknowledges the messages of the peer."""

    AUTO = 0
    """The session, when it hands out the event."""
    MANUAL = 1
    """The caller, by the `ack` of the event."""


class WhenFull(_Named):
    """What to do with a message that cannot be sent now."""

    QUEUE = 0
    """It waits, if there is room in the queue."""
    REJECT = 1
    """It is turned away with WouldBlock."""
    DROP_OLDEST_QOS0 = 2
    """It waits; if there is no room, the oldest messages of QoS 0 that wait are dropped for it."""


class SessionLost(_Named):
    """What becomes of open messages when the server has lost the session."""

    DROP = 0
    """Each is dropped, with an event."""
    PUBLISH_AGAIN = 1
    """Those whose PUBREC has not come are published again as new: they may arrive twice."""


class SessionStart(_Named):
    """What became of the session of before."""

    NEW = 0
    """There was none, or none was asked for."""
    RESUMED = 1
    """Both sides have it: open messages go on."""
    LOST = 2
    """The server does not have it."""


class DropReason(_Named):
    """Why a message is gone."""

    SESSION_LOST = 1
    """The server lost the session; whether the message was delivered is not known."""
    EXPIRED = 2
    """Its Message Expiry Interval ran out while it waited."""
    QUEUE_FULL = 3
    """A newer message needed its room, or the state that a server goes on with has none."""
    TOO_LARGE = 4
    """It is larger than the peer takes, which was not known when it was queued."""
    NOT_SUPPORTED = 5
    """The peer does not take messages like it, which was not known when it was queued."""


class CloseCause(_Named):
    """Why a connection has ended."""

    EOF = 1
    """The transport came to its end without a word."""
    LOCAL = 2
    """The caller said DISCONNECT, or refused the CONNECT."""
    DISCONNECT = 3
    """The peer said DISCONNECT."""
    REFUSED = 4
    """The server refused the CONNECT."""
    MALFORMED = 5
    """The peer sent what is no legal packet."""
    VIOLATION = 6
    """The peer sent a legal packet that breaks the protocol here."""
    TIMEOUT = 7
    """The peer has been silent for too long."""
    TAKEN_OVER = 8
    """Another connection took over the session."""
    FENCED = 9
    """Another owner took over the session."""


class Timer(_Named):
    """What a session waits for, up to a deadline."""

    CONNECT = 1
    """The packet that begins a connection: CONNECT, or CONNACK."""
    PING = 2
    """It is time for PINGREQ."""
    PING_RESPONSE = 3
    """PINGRESP is to come."""
    KEEP_ALIVE = 4
    """Anything is to come from the client: one and a half times the keep alive."""


class Durability(_Named):
    """How a session tells a store its changes."""

    OFF = 0
    """Nothing is told: the session lives as long as its process."""
    REPORT = 1
    """Changes are told, and nothing waits for them to be safe."""
    GATE = 2
    """Changes are told, and what depends on them is sent when they are safe."""


class PersistKind(_Named):
    """What changes in a store."""

    PUT = 1
    """The key has this value from now on."""
    DELETE = 2
    """The key is gone. It may not have been there."""
    CLEAR = 3
    """All keys of the session are gone."""
    MARK = 4
    """Nothing changes, but an acknowledgement waits for this number."""


class Authentication(_Named):
    """Who may connect to a broker."""

    ALLOW_ALL = 0
    """Everybody. An authentication method is refused: there is none."""
    ASK = 1
    """The caller says, for each: `Authenticate`."""


class Authorization(_Named):
    """Who may publish and subscribe to what, if there are no rules for it.

    Nobody but the caller publishes to topics that begin with `$`, whatever is said here.
    """

    ALLOW_ALL = 0
    """Everybody everything."""
    ASK = 2
    """The caller says, for each message and each filter: `Authorize`."""


class SlowConsumer(_Named):
    """What becomes of a client that takes less than it gets, when its queue is full."""

    DROP = 0
    """The oldest messages of QoS 0 that wait are dropped for a new one, or the new one is."""
    DISCONNECT = 1
    """Its connection ends: Quota exceeded."""
