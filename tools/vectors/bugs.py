"""Inputs that other MQTT codecs got wrong, written out byte by byte.

These lines do not go through the packet builder, which makes them a check of the builder too.
"""

from __future__ import annotations

from book import Book, Vector

FILE = "known-bugs.txt"


def _publish(props: str, payload: str = "", dup: str = "false", topic: str = "a") -> str:
    return (
        f'ok {{"type":"publish","dup":{dup},"qos":0,"retain":false,"topic":"{topic}",'
        f'"packet_id":null,"properties":[{props}],"payload":"{payload}"}}'
    )


_IDS_THEN_FORMAT = (
    '["subscription_identifier",1],["subscription_identifier",2],["payload_format_indicator",1]'
)
_FORMAT = '["payload_format_indicator",1]'

# name, version, options, hex, expectation
ROWS: tuple[tuple[str, str, str, str, str], ...] = (
    ("nul-in-topic", "5", "-", "30 06 0003 610062 00", "error nul 5 disconnect:0x81"),
    ("plus-in-topic", "5", "-", "30 06 0003 612f2b 00", "error topic_wildcard 6 disconnect:0x90"),
    ("packet-id-0", "5", "-", "32 06 0001 61 0000 00", "error packet_id_zero 5 disconnect:0x82"),
    ("dup-with-qos-0", "5", "-", "38 04 0001 61 00", "error dup_without_qos 0 disconnect:0x81"),
    (
        "property-length-not-minimal",
        "5",
        "-",
        "30 05 0001 61 8000",
        "error varint_not_minimal 5 disconnect:0x81",
    ),
    (
        "remaining-length-not-minimal",
        "5",
        "-",
        "30 8400 0001 61 00",
        "error varint_not_minimal 1 disconnect:0x81",
    ),
    (
        "subscription-ids-then-format",
        "5",
        "-",
        "30 0b 0001 61 06 0b01 0b02 0101 78",
        _publish(_IDS_THEN_FORMAT, "78"),
    ),
    (
        "format-twice",
        "5",
        "-",
        "30 08 0001 61 04 0101 0101",
        "error property_duplicate 8 disconnect:0x82",
    ),
    (
        "property-overruns-list",
        "5",
        "-",
        "30 07 0001 61 03 02 0000",
        "error property_truncated 6 disconnect:0x81",
    ),
    (
        "property-overruns-list-into-payload",
        "5",
        "-",
        "30 09 0001 61 03 02 0000 0001",
        "error property_truncated 6 disconnect:0x81",
    ),
    (
        "property-of-other-packet",
        "5",
        "-",
        "30 07 0001 61 03 21 0014",
        "error property_not_allowed 6 disconnect:0x81",
    ),
    ("format-2", "5", "-", "30 06 0001 61 02 0102", "error property_value 6 disconnect:0x82"),
    (
        "format-1-payload-not-utf8",
        "5",
        "-",
        "30 07 0001 61 02 0101 ff",
        _publish(_FORMAT, "ff"),
    ),
    (
        "format-1-payload-not-utf8-checked",
        "5",
        "check_payload_format",
        "30 07 0001 61 02 0101 ff",
        "error payload_not_utf8 8 disconnect:0x99",
    ),
    (
        "subscription-id-0",
        "5",
        "-",
        "30 06 0001 61 02 0b00",
        "error property_value 6 disconnect:0x82",
    ),
    (
        "topic-alias-0",
        "5",
        "-",
        "30 07 0001 61 03 23 0000",
        "error topic_alias_zero 6 disconnect:0x94",
    ),
    ("topic-empty-no-alias", "5", "-", "30 03 0000 00", "error topic_empty 2 disconnect:0x82"),
    (
        "response-topic-wildcard",
        "5",
        "-",
        "30 08 0001 61 04 08 0001 23",
        "error response_topic_wildcard 9 disconnect:0x82",
    ),
    (
        "subscribe-flags-0",
        "5",
        "-",
        "80 07 0001 00 0001 61 00",
        "error fixed_header_flags 0 disconnect:0x81",
    ),
    (
        "filter-multi-level-inside",
        "5",
        "-",
        "82 0b 0001 00 0005 612f232f62 00",
        "error filter_multi_level 9 disconnect:0x82",
    ),
    (
        "options-reserved-bit",
        "5",
        "-",
        "82 07 0001 00 0001 61 40",
        "error subscription_options_reserved 8 disconnect:0x81",
    ),
    (
        "options-retain-handling-3",
        "5",
        "-",
        "82 07 0001 00 0001 61 30",
        "error retain_handling 8 disconnect:0x82",
    ),
    (
        "no-local-on-share",
        "5",
        "-",
        "82 10 0001 00 000a 2473686172652f672f61 04",
        "error no_local_on_share 17 disconnect:0x82",
    ),
    (
        "disconnect-without-body",
        "5",
        "-",
        "e0 00",
        'ok {"type":"disconnect","reason":0,"properties":[]}',
    ),
    (
        "puback-trailing-byte",
        "5",
        "-",
        "40 05 0001 00 00 ff",
        "error trailing_bytes 6 disconnect:0x81",
    ),
    ("pingreq-with-body", "5", "-", "c0 01 00", "error trailing_bytes 2 disconnect:0x81"),
    ("pingresp-with-body", "3.1.1", "-", "d0 02 0000", "error trailing_bytes 2 close"),
    (
        "suback-of-3-1-1-to-a-5-0-client",
        "5",
        "-",
        "90 03 0001 00",
        "error reason_codes_empty 5 disconnect:0x82",
    ),
    (
        "unsuback-of-3-1-1-to-a-5-0-client",
        "5",
        "-",
        "b0 02 0001",
        "error truncated 4 disconnect:0x81",
    ),
    (
        "connack-of-3-1-1-to-a-5-0-client",
        "5",
        "-",
        "20 02 0000",
        "error truncated 4 disconnect:0x81",
    ),
    (
        "connack-of-5-0-to-a-3-1-1-client",
        "3.1.1",
        "-",
        "20 03 0000 00",
        "error trailing_bytes 4 close",
    ),
    (
        "puback-of-5-0-to-a-3-1-1-client",
        "3.1.1",
        "-",
        "40 03 0001 10",
        "error trailing_bytes 4 close",
    ),
    (
        "disconnect-of-5-0-to-a-3-1-1-server",
        "3.1.1",
        "-",
        "e0 01 04",
        "error trailing_bytes 2 close",
    ),
    ("first-packet-is-a-huge-publish", "-", "-", "30 ffffff7f", "error expected_connect 0 close"),
    ("fifth-length-byte", "5", "-", "30 ffffffffff7f", "error varint_too_long 4 disconnect:0x81"),
    (
        "publish-without-room-for-the-topic-length",
        "5",
        "-",
        "30 01 00",
        "error truncated 2 disconnect:0x81",
    ),
    (
        "publish-qos-1-without-packet-id",
        "3.1.1",
        "-",
        "32 03 0001 61",
        "error truncated 5 close",
    ),
    (
        "publish-packet-id-cut",
        "5",
        "-",
        "34 04 0001 61 00",
        "error truncated 5 disconnect:0x81",
    ),
    (
        "unsubscribe-filter-length-past-end",
        "3.1.1",
        "-",
        "a2 05 0001 ffff 61",
        "error truncated 4 close",
    ),
    (
        "connect-user-name-flag-without-field",
        "-",
        "-",
        "10 0d 0004 4d515454 04 82 003c 0001 63",
        "error truncated 15 close",
    ),
    (
        "connect-password-flag-without-field",
        "-",
        "-",
        "10 0e 0004 4d515454 05 42 003c 00 0001 63",
        "error truncated 16 connack:0x81",
    ),
    (
        "connect-will-flag-without-fields",
        "-",
        "-",
        "10 0e 0004 4d515454 05 06 003c 00 0001 63",
        "error truncated 16 connack:0x81",
    ),
    (
        "connect-property-length-past-end",
        "-",
        "-",
        "10 0e 0004 4d515454 05 02 003c 7f 0001 63",
        "error property_length 12 connack:0x81",
    ),
    (
        "connect-property-length-open",
        "-",
        "-",
        "10 0b 0004 4d515454 05 02 003c ff",
        "error truncated 12 connack:0x81",
    ),
    (
        "deep-topic",
        "3.1.1",
        "-",
        "30 fafe03 ff78 2f*65400",
        "error topic_levels 4 close",
    ),
    (
        "bom-survives",
        "5",
        "-",
        "30 07 0004 efbbbf61 00",
        _publish("", topic="\\ufeffa"),
    ),
    (
        "share-alone-is-an-ordinary-filter",
        "5",
        "-",
        "82 0c 0001 00 0006 247368617265 04",
        'ok {"type":"subscribe","packet_id":1,"properties":[],"filters":[{"filter":"$share",'
        '"qos":0,"no_local":true,"retain_as_published":false,"retain_handling":0}]}',
    ),
)


def write(book: Book) -> None:
    book.section(FILE, "Inputs that other codecs accepted, refused wrongly or choked on.")
    for name, *cells in ROWS:
        book.add(FILE, Vector(f"known-{name}", *cells))
