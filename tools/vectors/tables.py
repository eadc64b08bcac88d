"""The facts the vectors are made from: properties, reason codes, packets, error kinds.

Nothing here is taken from an implementation. The rows restate the tables of MQTT 5.0 and 3.1.1
and the error kinds of the codec, so that a vector and the code under test meet in the standard
and not in a shared source file.
"""

from __future__ import annotations

from dataclasses import dataclass

V31, V311, V5 = "3.1", "3.1.1", "5"
VERSIONS = (V31, V311, V5)
OLD_VERSIONS = (V31, V311)
LEVELS = {V31: 3, V311: 4, V5: 5}
PROTOCOL_NAMES = {V31: "MQIsdp", V311: "MQTT", V5: "MQTT"}
MAX_VARINT = 268_435_455


@dataclass(frozen=True)
class PacketFacts:
    """One row of the packet table; the directions name the side that may send the packet."""

    number: int
    flags: int
    sender_old: str
    sender_v5: str


# PUBLISH has no fixed flags; its 0 stands for QoS 0 without DUP and RETAIN.
PACKETS = {
    "connect": PacketFacts(1, 0, "client", "client"),
    "connack": PacketFacts(2, 0, "server", "server"),
    "publish": PacketFacts(3, 0, "both", "both"),
    "puback": PacketFacts(4, 0, "both", "both"),
    "pubrec": PacketFacts(5, 0, "both", "both"),
    "pubrel": PacketFacts(6, 2, "both", "both"),
    "pubcomp": PacketFacts(7, 0, "both", "both"),
    "subscribe": PacketFacts(8, 2, "client", "client"),
    "suback": PacketFacts(9, 0, "server", "server"),
    "unsubscribe": PacketFacts(10, 2, "client", "client"),
    "unsuback": PacketFacts(11, 0, "server", "server"),
    "pingreq": PacketFacts(12, 0, "client", "client"),
    "pingresp": PacketFacts(13, 0, "server", "server"),
    "disconnect": PacketFacts(14, 0, "client", "both"),
    "auth": PacketFacts(15, 0, "none", "both"),
}
ACKS = ("puback", "pubrec", "pubrel", "pubcomp")

# Every place that holds a property list; "will" is the list inside the CONNECT payload.
SECTIONS = (
    "connect",
    "will",
    "connack",
    "publish",
    *ACKS,
    "subscribe",
    "suback",
    "unsubscribe",
    "unsuback",
    "disconnect",
    "auth",
)


@dataclass(frozen=True)
class PropertyFacts:
    """One property: identifier, wire type, the sections that may hold it or repeat it."""

    number: int
    kind: str
    sections: tuple[str, ...]
    repeats: tuple[str, ...] = ()


def _property(number: int, kind: str, sections: str, repeats: str = "") -> PropertyFacts:
    return PropertyFacts(number, kind, tuple(sections.split()), tuple(repeats.split()))


_ALL = " ".join(SECTIONS)
_REASON_STRING = "connack puback pubrec pubrel pubcomp suback unsuback disconnect auth"
PROPERTIES = {
    "payload_format_indicator": _property(0x01, "byte", "publish will"),
    "message_expiry_interval": _property(0x02, "u32", "publish will"),
    "content_type": _property(0x03, "string", "publish will"),
    "response_topic": _property(0x08, "string", "publish will"),
    "correlation_data": _property(0x09, "binary", "publish will"),
    "subscription_identifier": _property(0x0B, "varint", "publish subscribe", "publish"),
    "session_expiry_interval": _property(0x11, "u32", "connect connack disconnect"),
    "assigned_client_identifier": _property(0x12, "string", "connack"),
    "server_keep_alive": _property(0x13, "u16", "connack"),
    "authentication_method": _property(0x15, "string", "connect connack auth"),
    "authentication_data": _property(0x16, "binary", "connect connack auth"),
    "request_problem_information": _property(0x17, "bool", "connect"),
    "will_delay_interval": _property(0x18, "u32", "will"),
    "request_response_information": _property(0x19, "bool", "connect"),
    "response_information": _property(0x1A, "string", "connack"),
    "server_reference": _property(0x1C, "string", "connack disconnect"),
    "reason_string": _property(0x1F, "string", _REASON_STRING),
    "receive_maximum": _property(0x21, "u16", "connect connack"),
    "topic_alias_maximum": _property(0x22, "u16", "connect connack"),
    "topic_alias": _property(0x23, "u16", "publish"),
    "maximum_qos": _property(0x24, "byte", "connack"),
    "retain_available": _property(0x25, "bool", "connack"),
    "user_property": _property(0x26, "pair", _ALL, _ALL),
    "maximum_packet_size": _property(0x27, "u32", "connect connack"),
    "wildcard_subscription_available": _property(0x28, "bool", "connack"),
    "subscription_identifier_available": _property(0x29, "bool", "connack"),
    "shared_subscription_available": _property(0x2A, "bool", "connack"),
}

# Code and, for each packet that may carry it, the side that may send it there. A DISCONNECT with
# 0x8C is listed by the standard without a sender, and one with 0x9B is the server's by one table
# and the client's by another section: both are taken from either side.
_REASON_ROWS = (
    (0x00, "connack=server puback=both pubrec=both pubrel=both pubcomp=both"),
    (0x00, "unsuback=server auth=server disconnect=both suback=server"),
    (0x01, "suback=server"),
    (0x02, "suback=server"),
    (0x04, "disconnect=client"),
    (0x10, "puback=server pubrec=server"),
    (0x11, "unsuback=server"),
    (0x18, "auth=both"),
    (0x19, "auth=client"),
    (0x80, "connack=server puback=both pubrec=both suback=server unsuback=server disconnect=both"),
    (0x81, "connack=server disconnect=both"),
    (0x82, "connack=server disconnect=both"),
    (0x83, "connack=server puback=both pubrec=both suback=server unsuback=server disconnect=both"),
    (0x84, "connack=server"),
    (0x85, "connack=server"),
    (0x86, "connack=server"),
    (0x87, "connack=server puback=both pubrec=both suback=server unsuback=server"),
    (0x87, "disconnect=server"),
    (0x88, "connack=server"),
    (0x89, "connack=server disconnect=server"),
    (0x8A, "connack=server"),
    (0x8B, "disconnect=server"),
    (0x8C, "connack=server disconnect=both"),
    (0x8D, "disconnect=server"),
    (0x8E, "disconnect=server"),
    (0x8F, "suback=server unsuback=server disconnect=server"),
    (0x90, "connack=server puback=both pubrec=both disconnect=both"),
    (0x91, "puback=both pubrec=both suback=server unsuback=server"),
    (0x92, "pubrel=both pubcomp=both"),
    (0x93, "disconnect=both"),
    (0x94, "disconnect=both"),
    (0x95, "connack=server disconnect=both"),
    (0x96, "disconnect=both"),
    (0x97, "connack=server puback=both pubrec=both suback=server disconnect=both"),
    (0x98, "disconnect=both"),
    (0x99, "connack=server puback=both pubrec=both disconnect=both"),
    (0x9A, "connack=server disconnect=server"),
    (0x9B, "connack=server disconnect=both"),
    (0x9C, "connack=server disconnect=server"),
    (0x9D, "connack=server disconnect=server"),
    (0x9E, "suback=server disconnect=server"),
    (0x9F, "connack=server disconnect=server"),
    (0xA0, "disconnect=server"),
    (0xA1, "suback=server disconnect=server"),
    (0xA2, "suback=server disconnect=server"),
)


def _reasons() -> dict[str, dict[int, str]]:
    table: dict[str, dict[int, str]] = {}
    for code, cells in _REASON_ROWS:
        for cell in cells.split():
            packet, sender = cell.split("=")
            table.setdefault(packet, {})[code] = sender
    return table


# REASONS[packet][code] = "client", "server" or "both"
REASONS = _reasons()
REASON_PACKETS = ("connack", *ACKS, "suback", "unsuback", "disconnect", "auth")
CONNACK_CODES_OLD = (0, 1, 2, 3, 4, 5)
SUBACK_CODES = {V31: (0, 1, 2), V311: (0, 1, 2, 0x80)}

# The MQTT 5.0 reason code that answers an error of this kind; None where the kind is of 3.x only.
KIND_CODES: dict[str, int | None] = {
    "expected_connect": 0x82,
    "packet_type_reserved": 0x81,
    "fixed_header_flags": 0x81,
    "publish_qos": 0x81,
    "dup_without_qos": 0x81,
    "packet_direction": 0x82,
    "packet_too_large": 0x95,
    "varint_too_long": 0x81,
    "varint_not_minimal": 0x81,
    "truncated": 0x81,
    "trailing_bytes": 0x81,
    "utf8": 0x81,
    "nul": 0x81,
    "control_character": 0x81,
    "protocol_name": 0x84,
    "protocol_level": 0x84,
    "connect_flags_reserved": 0x81,
    "will_qos": 0x81,
    "will_qos_without_will": 0x81,
    "will_retain_without_will": 0x81,
    "password_without_user_name": None,
    "client_id_empty": None,
    "client_id_too_long": None,
    "packet_id_zero": 0x82,
    "topic_empty": 0x82,
    "topic_wildcard": 0x90,
    "topic_levels": 0x90,
    "response_topic_empty": 0x82,
    "response_topic_wildcard": 0x82,
    "filter_empty": 0x82,
    "filter_multi_level": 0x82,
    "filter_single_level": 0x82,
    "share_name_empty": 0x82,
    "share_name": 0x82,
    "filter_count": 0x97,
    "subscriptions_empty": 0x82,
    "subscription_options_reserved": 0x81,
    "subscription_qos": 0x82,
    "retain_handling": 0x82,
    "no_local_on_share": 0x82,
    "reason_codes_empty": 0x82,
    "reason_code": 0x82,
    "reason_code_sender": 0x82,
    "connack_flags": 0x81,
    "session_present_on_refusal": 0x82,
    "property_length": 0x81,
    "property_unknown": 0x81,
    "property_not_allowed": 0x81,
    "property_duplicate": 0x82,
    "property_truncated": 0x81,
    "property_value": 0x82,
    "topic_alias_zero": 0x94,
    "authentication_data_alone": 0x82,
    "subscription_id_from_client": 0x82,
    "session_expiry_from_server": 0x82,
    "user_property_count": 0x97,
    "payload_not_utf8": 0x99,
}
# A topic filter with too many levels is answered by the code for filters.
TOPIC_LEVELS_FILTER_CODE = 0x8F

# filter, valid in 3.1 and 3.1.1, valid in 5.0
FILTERS = (
    ("#", True, True),
    ("+", True, True),
    ("/", True, True),
    ("//", True, True),
    ("sport/#", True, True),
    ("sport/tennis#", False, False),
    ("sport/tennis/#/ranking", False, False),
    ("#/", False, False),
    ("##", False, False),
    ("/#", True, True),
    ("+/tennis/#", True, True),
    ("sport+", False, False),
    ("+sport", False, False),
    ("sport/+/player1", True, True),
    ("+/+", True, True),
    ("++", False, False),
    ("+#", False, False),
    ("$SYS/#", True, True),
    ("$+/x", False, False),
    ("Accounts payable", True, True),
    ("$share/g/a/b", True, True),
    ("$share/g/#", True, True),
    ("$share/g//finance", True, True),
    ("$share/g/", True, False),
    ("$share/g", True, False),
    ("$share//a", True, False),
    ("$share/", True, False),
    ("$share/g+/a", False, False),
    ("$share/+/a", True, False),
    ("$share/#", True, False),
    ("$share/g/a#", False, False),
    ("$share", True, True),
    ("$shared/g/a", True, True),
)
