"""Vectors that depend on an option of the decoder, and input that is not finished yet."""

from __future__ import annotations

from itertools import product

from book import Book, short, tag
from packets import (
    Packet,
    Will,
    ack,
    auth,
    basic,
    codes,
    connack,
    connect,
    disconnect,
    in_section,
    names_in,
    prefix,
    publish,
    subscribe,
    unsubscribe,
)
from strings import FIELDS, ILL_FORMED
from tables import (
    MAX_VARINT,
    OLD_VERSIONS,
    PACKETS,
    PROPERTIES,
    REASONS,
    SECTIONS,
    V5,
    V31,
    V311,
    VERSIONS,
)
from wire import Frame, Prop, long_varint

SENDERS = "sender.txt"
STRICT = "strictness.txt"
LIMITS = "limits.txt"
INCOMPLETE = "incomplete.txt"

USER = Prop("user_property", ("k", "v"))
FORMAT = Prop("payload_format_indicator", 1)
NO_FORMAT = Prop("payload_format_indicator", 0)

# label, character: one from each end of the ranges the switch is about
CONTROLS = (
    ("u0001", "\u0001"),
    ("u0009", "\t"),
    ("u001f", "\u001f"),
    ("u007f", "\u007f"),
    ("u0080", "\u0080"),
    ("u009f", "\u009f"),
    ("ufdd0", "\ufdd0"),
    ("ufdef", "\ufdef"),
    ("ufffe", "\ufffe"),
    ("uffff", "\uffff"),
    ("u1fffe", "\U0001fffe"),
    ("ufffff", "\U000fffff"),
    ("u10fffe", "\U0010fffe"),
    ("u10ffff", "\U0010ffff"),
)
NOT_CONTROLS = (
    ("u0020", " "),
    ("u007e", "~"),
    ("u00a0", "\u00a0"),
    ("ufdcf", "\ufdcf"),
    ("ufdf0", "\ufdf0"),
    ("ufffd", "\ufffd"),
    ("u1fffd", "\U0001fffd"),
    ("u10fffd", "\U0010fffd"),
    ("bom", "\ufeff"),
)


def senders(book: Book) -> None:
    book.section(SENDERS, "Rules that depend on who sent the packet (option sender=client|server).")
    for version in VERSIONS:
        v = tag(version)
        book.section(SENDERS, f"Direction of each packet type, {v}")
        for name, side in product(names_in(version), ("client", "server")):
            facts = PACKETS[name]
            allowed = facts.sender_v5 if version == V5 else facts.sender_old
            packet = auth(0x18, form="full") if name == "auth" else basic(name, version)
            label, option = f"{v}-{name}-from-{side}", f"sender={side}"
            if allowed in ("both", side):
                book.ok(SENDERS, label, packet, options=option)
            else:
                book.bad(SENDERS, label, packet, "packet_direction", 0, options=option)
        for told in VERSIONS:
            label = f"{v}-connect-told-{tag(told)}-from-server"
            packet, option = connect(version), "sender=server"
            book.bad(SENDERS, label, packet, "packet_direction", 0, version=told, options=option)

    book.section(SENDERS, "Reason codes by sender")
    for name, table in REASONS.items():
        for (code, allowed), side in product(sorted(table.items()), ("client", "server")):
            direction = PACKETS[name].sender_v5
            if direction not in ("both", side):
                continue
            packet, again = _with_reason(name, code)
            label, option = f"v5-{name}-reason-{code:02x}-from-{side}", f"sender={side}"
            if allowed in ("both", side):
                book.ok(SENDERS, label, packet, options=option, again=again)
            else:
                at = packet.offset("reason")
                book.bad(SENDERS, label, packet, "reason_code_sender", at, options=option)

    book.section(SENDERS, "Properties by sender")
    subscription = Prop("subscription_identifier", 1)
    expiry = Prop("session_expiry_interval", 0)
    for label, packet, kind, part, wrong in (
        (
            "publish-subscription-identifier",
            in_section("publish", [subscription]),
            "subscription_id_from_client",
            "p0",
            "client",
        ),
        (
            "publish-subscription-identifier-second",
            publish(V5, "a", qos=2, props=[USER, subscription]),
            "subscription_id_from_client",
            "p1",
            "client",
        ),
        (
            "disconnect-session-expiry",
            in_section("disconnect", [expiry]),
            "session_expiry_from_server",
            "p0",
            "server",
        ),
        (
            "disconnect-session-expiry-second",
            disconnect(V5, 0x81, props=[USER, expiry]),
            "session_expiry_from_server",
            "p1",
            "server",
        ),
    ):
        for side in ("client", "server"):
            option = f"sender={side}"
            if side == wrong:
                at = packet.offset(part)
                book.bad(SENDERS, f"v5-{label}-from-{side}", packet, kind, at, options=option)
            else:
                book.ok(SENDERS, f"v5-{label}-from-{side}", packet, options=option)


def _with_reason(name: str, code: int) -> tuple[Packet, Frame | None]:
    """A packet with this code written out, and what encoding gives if that is shorter."""
    if name == "connack":
        return connack(V5, code), None
    if name in ("suback", "unsuback"):
        packet = codes(name, V5, [code])
        return packet, None
    if name == "disconnect":
        return disconnect(V5, code, form="reason"), None if code else disconnect(V5).frame
    if name == "auth":
        return auth(code, form="full"), None if code else auth().frame
    packet = ack(name, V5, reason=code, form="reason")
    return packet, None if code else ack(name, V5).frame


def strictness(book: Book) -> None:
    book.section(STRICT, "Switches of strictness, each one off unless the options name it.")
    _long_forms(book)
    _dup(book)
    _connects(book)
    _payload_format(book)
    _controls(book)


def _long_forms(book: Book) -> None:
    book.section(STRICT, "allow_non_minimal_varints: longer forms than needed in 5.0")
    option = "allow_non_minimal_varints"
    for name in names_in(V5):
        packet = basic(name, V5)
        for width in (2, 3, 4):
            length = long_varint(len(packet.frame.body), width)
            longer = packet.with_frame(packet.frame.with_length(length))
            label = f"v5-{name}-lenient-length-in-{width}"
            book.ok(STRICT, label, longer, options=option, again=packet.frame)
    for section in SECTIONS:
        packet = in_section(section, [USER])
        for width in (2, 4):
            longer = in_section(section, [USER], long_varint(7, width))
            label = f"v5-{section}-lenient-property-length-in-{width}"
            book.ok(STRICT, label, longer, options=option, again=packet.frame)
    for section in ("publish", "subscribe"):
        packet = in_section(section, [Prop("subscription_identifier", 5)])
        raw = Prop("subscription_identifier", 5, long_varint(5, 3))
        label = f"v5-{section}-lenient-subscription-identifier"
        book.ok(STRICT, label, in_section(section, [raw]), options=option, again=packet.frame)
    ping = basic("pingreq", V5)
    longer = ping.with_frame(ping.frame.with_length(b"\xff\xff\xff\xff"))
    label = "v5-pingreq-lenient-length-too-long"
    book.bad(STRICT, label, longer, "varint_too_long", 4, options=option)
    long_list = in_section("puback", [], b"\x80\x80\x80\x80\x01")
    at = long_list.offset("property_length") + 3
    label = "v5-puback-lenient-property-length-too-long"
    book.bad(STRICT, label, long_list, "varint_too_long", at, options=option)


def _dup(book: Book) -> None:
    book.section(STRICT, "allow_dup_qos0: such a PUBLISH is taken but never written")
    option = "allow_dup_qos0"
    for version, retain in product(VERSIONS, (False, True)):
        packet = publish(version, dup=True, retain=retain, payload=b"x")
        label = f"{tag(version)}-publish-lenient-dup-retain-{int(retain)}"
        book.ok(STRICT, label, packet, options=option, again="refused")
    for version in VERSIONS:
        packet = publish(version, qos=1)
        frame = Frame(0x3E, packet.frame.parts)
        label = f"{tag(version)}-publish-lenient-dup-qos3"
        book.bad(STRICT, label, packet.with_frame(frame), "publish_qos", 0, options=option)


def _connects(book: Book) -> None:
    book.section(STRICT, "allow_long_client_id: more than 23 characters in 3.1")
    option = "allow_long_client_id"
    for label, client in (
        ("24", "a" * 24),
        ("24-four-byte", "\U0001f600" * 24),
        ("longest", "a" * 65_535),
    ):
        packet = connect(V31, client)
        name = f"v31-connect-lenient-client-{label}"
        book.ok(STRICT, name, packet, options=option, again="refused")
    for clean in (False, True):
        packet = connect(V31, "", clean_start=clean)
        name = f"v31-connect-lenient-client-empty-{int(clean)}"
        at = packet.offset("client_id")
        book.bad(STRICT, name, packet, "client_id_empty", at, options=option)
    book.section(STRICT, "allow_password_without_user_name: in 3.1 and 3.1.1")
    option = "allow_password_without_user_name"
    for version, will in product(OLD_VERSIONS, (None, Will(1, True))):
        packet = connect(version, will=will, password=b"p")
        name = f"{tag(version)}-connect-lenient-password-alone-{int(will is not None)}"
        book.ok(STRICT, name, packet, options=option, again="refused")
    packet = connect(V5, password=b"p")
    book.ok(STRICT, "v5-connect-lenient-password-alone", packet, options=option)


def _payload_format(book: Book) -> None:
    book.section(STRICT, "check_payload_format: a payload marked as text is well-formed")
    option = "check_payload_format"
    for label, data, at in ILL_FORMED:
        packet = publish(V5, "t", props=[FORMAT], payload=b"\xc3\xa9" + data)
        name = f"v5-publish-payload-{label}"
        offset = packet.offset("payload") + 2 + at
        book.bad(STRICT, name, packet, "payload_not_utf8", offset, options=option)
        book.ok(STRICT, f"{name}-not-checked", packet)
        if not label.startswith(("lone", "cut")):
            continue
        packet = connect(V5, will=Will(payload=b"ab" + data, props=(FORMAT,)))
        name = f"v5-connect-will-payload-{label}"
        offset = packet.offset("will.payload") + 4 + at
        book.bad(STRICT, name, packet, "payload_not_utf8", offset, options=option)
        book.ok(STRICT, f"{name}-not-checked", packet)
    texts = {"empty": b"", "nul": b"\x00", "text": "a\u00e9\u4e2d\U0001f600".encode()}
    for label, data in texts.items():
        packet = publish(V5, "t", props=[FORMAT], payload=data)
        book.ok(STRICT, f"v5-publish-payload-text-{label}", packet, options=option)
        packet = connect(V5, will=Will(payload=data, props=(FORMAT,)))
        book.ok(STRICT, f"v5-connect-will-payload-text-{label}", packet, options=option)
    for label, props in (("absent", ()), ("zero", (NO_FORMAT,))):
        packet = publish(V5, "t", props=props, payload=b"\xff")
        book.ok(STRICT, f"v5-publish-payload-format-{label}", packet, options=option)
        packet = connect(V5, will=Will(payload=b"\xff", props=props))
        book.ok(STRICT, f"v5-connect-will-payload-format-{label}", packet, options=option)
    for version in OLD_VERSIONS:
        packet = publish(version, payload=b"\xff")
        book.ok(STRICT, f"{tag(version)}-publish-payload-unmarked", packet, options=option)


def _controls(book: Book) -> None:
    book.section(STRICT, "reject_control_characters: in every string field")
    option = "reject_control_characters"
    kind = "control_character"
    for version, (label, char) in product(VERSIONS, CONTROLS):
        packet = publish(version, f"\u00e9/{char}b")
        at = packet.offset("topic") + 5
        name = f"{tag(version)}-publish-topic-rejected-{label}"
        book.bad(STRICT, name, packet, kind, at, options=option)
    for version, (label, char) in product(VERSIONS, NOT_CONTROLS):
        name = f"{tag(version)}-publish-topic-not-rejected-{label}"
        book.ok(STRICT, name, publish(version, f"a{char}b"), options=option)
    for version, field in product(VERSIONS, FIELDS):
        for label, content, at in (("first", "\u0001a", 0), ("last", "ab\U0001ffff", 2)):
            packet = field.build(version, content)
            name = f"{tag(version)}-{field.name}-rejected-{label}"
            offset = packet.offset(field.label) + 2 + at
            book.bad(STRICT, name, packet, kind, offset, options=option)
    for name, facts in PROPERTIES.items():
        section = facts.sections[0]
        value_at = f"{prefix(section)}p0.value"
        label = f"v5-{section}-{short(name)}-rejected"
        if facts.kind == "string":
            packet = in_section(section, [Prop(name, "ab\u007f")])
            at = packet.offset(value_at) + 4
            book.bad(STRICT, label, packet, kind, at, options=option)
        elif facts.kind == "pair":
            packet = in_section(section, [Prop(name, ("a\u0085", "v"))])
            at = packet.offset(value_at) + 3
            book.bad(STRICT, f"{label}-name", packet, kind, at, options=option)
            packet = in_section(section, [Prop(name, ("k", "\ufffe"))])
            at = packet.offset(value_at) + 5
            book.bad(STRICT, f"{label}-value", packet, kind, at, options=option)
    binary = publish(V5, props=[Prop("correlation_data", b"\x01")], payload=b"\x01\x7f")
    book.ok(STRICT, "v5-publish-binary-not-rejected", binary, options=option)
    user = connect(V311, user_name="u", password=b"\x01\x00")
    book.ok(STRICT, "v311-connect-password-not-rejected", user, options=option)


def limits(book: Book) -> None:
    book.section(LIMITS, "Limits given by option.")
    _packet_sizes(book)
    _list_limits(book)
    _level_limits(book)


def _packet_sizes(book: Book) -> None:
    book.section(LIMITS, "max_packet_size counts the whole packet, fixed header included")
    for version in VERSIONS:
        v = tag(version)
        packets = [(name, basic(name, version)) for name in names_in(version)]
        packets += [(f"publish-{n}", publish(version, payload=b"x" * n)) for n in (120, 300)]
        for name, packet in packets:
            size = packet.frame.end
            for label, limit in (("exact", size), ("one-over", size - 1)):
                option = f"max_packet_size={limit}"
                label = f"{v}-{name}-size-{label}"
                if limit == size:
                    book.ok(LIMITS, label, packet, options=option)
                else:
                    book.bad(LIMITS, label, packet, "packet_too_large", 1, options=option)
        option = "max_packet_size=100"
        for label, header, needed in (
            ("100", b"\x30\x62", 98),
            ("101", b"\x30\x63", 0),
            ("most", b"\x30\xff\xff\xff\x7f", 0),
        ):
            answer = "disconnect:0x95" if version == V5 else "close"
            expectation = f"incomplete {needed}"
            if not needed:
                expectation = f"error packet_too_large 1 {answer}"
            book.raw(LIMITS, f"{v}-header-of-{label}", version, header, expectation, option)
    option = "max_packet_size=100"
    answer = "error packet_too_large 1 close"
    book.raw(LIMITS, "unknown-connect-header-of-101", "-", b"\x10\x63", answer, option)
    book.raw(LIMITS, "unknown-connect-header-of-100", "-", b"\x10\x62", "incomplete 98", option)


def _list_limits(book: Book) -> None:
    book.section(LIMITS, "max_user_properties counts in each property list by itself")
    for section in SECTIONS:
        for limit in (1, 3):
            option = f"max_user_properties={limit}"
            packet = in_section(section, [USER] * limit)
            book.ok(LIMITS, f"v5-{section}-user-properties-{limit}", packet, options=option)
            packet = in_section(section, [USER] * (limit + 1))
            at = packet.offset(f"{prefix(section)}p{limit}")
            name = f"v5-{section}-user-properties-over-{limit}"
            book.bad(LIMITS, name, packet, "user_property_count", at, options=option)
        packet = in_section(section, [USER] * 65)
        option = "max_user_properties=65"
        book.ok(LIMITS, f"v5-{section}-user-properties-65", packet, options=option)
    both = connect(V5, will=Will(props=(USER, USER)), props=[USER, USER])
    option = "max_user_properties=2"
    book.ok(LIMITS, "v5-connect-and-will-user-properties", both, options=option)
    others = publish(V5, "t", props=[FORMAT, USER, Prop("content_type", "c")])
    option = "max_user_properties=1"
    book.ok(LIMITS, "v5-publish-user-properties-among-others", others, options=option)
    none = publish(V5, "t", props=[FORMAT])
    book.ok(LIMITS, "v5-publish-user-properties-none", none, options="max_user_properties=0")
    one = publish(V5, "t", props=[FORMAT, USER])
    at = one.offset("p1")
    name, option = "v5-publish-user-properties-over-0", "max_user_properties=0"
    book.bad(LIMITS, name, one, "user_property_count", at, options=option)

    book.section(LIMITS, "max_filters in SUBSCRIBE and UNSUBSCRIBE")
    for version, limit in product(VERSIONS, (1, 2, 7)):
        v, option = tag(version), f"max_filters={limit}"
        names = [f"f/{index}" for index in range(limit + 1)]
        pairs = [(name, 1) for name in names]
        packet = subscribe(version, pairs[:limit])
        book.ok(LIMITS, f"{v}-subscribe-filters-{limit}", packet, options=option)
        packet = subscribe(version, pairs)
        name, at = f"{v}-subscribe-filters-over-{limit}", packet.offset(f"filter{limit}")
        book.bad(LIMITS, name, packet, "filter_count", at, options=option)
        packet = unsubscribe(version, names[:limit])
        book.ok(LIMITS, f"{v}-unsubscribe-filters-{limit}", packet, options=option)
        packet = unsubscribe(version, names)
        name, at = f"{v}-unsubscribe-filters-over-{limit}", packet.offset(f"filter{limit}")
        book.bad(LIMITS, name, packet, "filter_count", at, options=option)
    for version in VERSIONS:
        packet = subscribe(version, [("f", 0)] * 513)
        name = f"{tag(version)}-subscribe-filters-513"
        book.ok(LIMITS, name, packet, options="max_filters=513")
    for version in VERSIONS:
        v = tag(version)
        for name in ("suback", "unsuback") if version == V5 else ("suback",):
            book.section(LIMITS, f"max_filters in the codes of {name.upper()}, {v}")
            for limit in (1, 2, 7):
                option = f"max_filters={limit}"
                packet = codes(name, version, [0] * limit)
                book.ok(LIMITS, f"{v}-{name}-codes-{limit}", packet, options=option)
                packet = codes(name, version, [0] * (limit + 1))
                label, at = f"{v}-{name}-codes-over-{limit}", packet.offset(f"reason{limit}")
                book.bad(LIMITS, label, packet, "filter_count", at, options=option)
            packet = codes(name, version, [0] * 600)
            book.ok(LIMITS, f"{v}-{name}-codes-600", packet, options="max_filters=600")
            # The codes in front of the one too many are judged first.
            packet = codes(name, version, [0, 0x7F, 0])
            label, at = f"{v}-{name}-codes-over-2-order", packet.offset("reason1")
            book.bad(LIMITS, label, packet, "reason_code", at, options="max_filters=2")


def _level_limits(book: Book) -> None:
    book.section(LIMITS, "max_topic_levels in names and filters; empty levels count")
    for version, (label, topic, levels) in product(
        VERSIONS, (("plain", "a/b/c", 3), ("empty", "//", 3), ("ends", "/a/", 3), ("one", "a", 1))
    ):
        v, exact = tag(version), f"max_topic_levels={levels}"
        less = f"max_topic_levels={levels - 1}"
        for name, part, packet in (
            ("publish", "topic", publish(version, topic)),
            ("will", "will.topic", connect(version, will=Will(topic=topic))),
            ("subscribe", "filter0", subscribe(version, [(topic, 0)])),
            ("unsubscribe", "filter0", unsubscribe(version, [topic])),
        ):
            book.ok(LIMITS, f"{v}-{name}-levels-{label}", packet, options=exact)
            if levels > 1:
                at, full = packet.offset(part), f"{v}-{name}-levels-{label}-over"
                book.bad(LIMITS, full, packet, "topic_levels", at, options=less)
    # Levels of every length, and characters next to the slash, for decoders that count by words.
    for count in range(1, 34):
        for label, topic in (("slashes", "/" * count), ("mixed", "/.0a" * count)):
            packet = publish(V5, topic)
            name, levels = f"v5-publish-levels-{label}-{count}", topic.count("/") + 1
            book.ok(LIMITS, name, packet, options=f"max_topic_levels={levels}")
            over = f"max_topic_levels={levels - 1}"
            at = packet.offset("topic")
            book.bad(LIMITS, f"{name}-over", packet, "topic_levels", at, options=over)
    for version in VERSIONS:
        v = tag(version)
        packet = subscribe(version, [("a", 0), ("a/+/#", 1)])
        book.ok(LIMITS, f"{v}-subscribe-levels-second", packet, options="max_topic_levels=3")
        at, name = packet.offset("filter1"), f"{v}-subscribe-levels-second-over"
        book.bad(LIMITS, name, packet, "topic_levels", at, options="max_topic_levels=2")
        deep = publish(version, "/" * 65_534)
        name, option = f"{v}-publish-levels-65535", "max_topic_levels=65535"
        book.ok(LIMITS, name, deep, options=option)
    for section in ("publish", "will"):
        packet = in_section(section, [Prop("response_topic", "a/b/c")])
        name = f"v5-{section}-response-topic-levels-3"
        book.ok(LIMITS, name, packet, options="max_topic_levels=3")
        at = packet.offset(f"{prefix(section)}p0.value")
        option = "max_topic_levels=2"
        book.bad(LIMITS, f"{name}-over", packet, "topic_levels", at, options=option)


def incomplete(book: Book) -> None:
    book.section(INCOMPLETE, "Unfinished input, and errors that are known before the end.")
    versions = ("-", *VERSIONS)
    for version in versions:
        v = "unknown" if version == "-" else tag(version)
        first = 0x10 if version == "-" else 0x30
        head = bytes([first])
        book.section(INCOMPLETE, f"The header comes in pieces, {v}")
        book.raw(INCOMPLETE, f"{v}-empty", version, b"", "incomplete 2")
        for label, data, needed in (
            ("type", b"", 1),
            ("length-80", b"\x80", 1),
            ("length-80-80", b"\x80\x80", 1),
            ("length-ff-ff-ff", b"\xff\xff\xff", 1),
            ("length-7f", b"\x7f", 127),
            ("length-80-01", b"\x80\x01", 128),
            ("length-ff-7f", b"\xff\x7f", 16_383),
            ("length-80-80-01", b"\x80\x80\x01", 16_384),
            ("length-ff-ff-7f", b"\xff\xff\x7f", 2_097_151),
            ("length-80-80-80-01", b"\x80\x80\x80\x01", 2_097_152),
            ("length-ff-ff-ff-7f", b"\xff\xff\xff\x7f", MAX_VARINT),
            ("length-most-and-body", b"\xff\xff\xff\x7f\x00\x01a", MAX_VARINT - 3),
        ):
            name, expectation = f"{v}-starts-{label}", f"incomplete {needed}"
            book.raw(INCOMPLETE, name, version, head + data, expectation)
        for label, data in (("ff", b"\xff" * 4), ("80", b"\x80" * 4)):
            answer = "disconnect:0x81" if version == V5 else "close"
            expectation = f"error varint_too_long 4 {answer}"
            name = f"{v}-starts-length-too-long-{label}"
            book.raw(INCOMPLETE, name, version, head + data, expectation)
    for version in VERSIONS:
        v = tag(version)
        book.section(INCOMPLETE, f"Each packet without its last byte, and one byte alone, {v}")
        for name in names_in(version):
            packet = basic(name, version)
            told = "-" if name == "connect" else version
            data = packet.frame.data
            book.raw(INCOMPLETE, f"{v}-{name}-type-alone", told, data[:1], "incomplete 1")
            book.raw(INCOMPLETE, f"{v}-{name}-last-missing", told, data[:-1], "incomplete 1")
            if len(data) > 3:
                rest = f"incomplete {len(data) - 2}"
                book.raw(INCOMPLETE, f"{v}-{name}-header-alone", told, data[:2], rest)
        book.section(INCOMPLETE, f"A bad first byte is an error at once, {v}")
        malformed = "disconnect:0x81" if version == V5 else "close"
        for label, first, kind in (
            ("type-0", 0x00, "packet_type_reserved"),
            ("publish-qos-3", 0x36, "publish_qos"),
            ("publish-dup-qos-0", 0x38, "dup_without_qos"),
            ("subscribe-flags", 0x80, "fixed_header_flags"),
            ("pingreq-flags", 0xC1, "fixed_header_flags"),
        ):
            expectation = f"error {kind} 0 {malformed}"
            name = f"{v}-first-byte-{label}"
            book.raw(INCOMPLETE, name, version, bytes([first]), expectation)
    for version in (V31, V311):
        expectation = "error packet_type_reserved 0 close"
        name = f"{tag(version)}-first-byte-type-15"
        book.raw(INCOMPLETE, name, version, b"\xf0", expectation)
    for label, first in (("connack", 0x20), ("publish", 0x30), ("pingreq", 0xC0), ("auth", 0xF0)):
        expectation = "error expected_connect 0 close"
        book.raw(INCOMPLETE, f"unknown-first-byte-{label}", "-", bytes([first]), expectation)
    expectation = "error fixed_header_flags 0 close"
    book.raw(INCOMPLETE, "unknown-first-byte-connect-flags", "-", b"\x11", expectation)
    expectation = "error packet_direction 0 disconnect:0x82"
    option = "sender=client"
    book.raw(INCOMPLETE, "v5-first-byte-direction", V5, b"\x20", expectation, option)
    expectation = "error packet_direction 0 close"
    book.raw(INCOMPLETE, "v311-first-byte-direction", V311, b"\x20", expectation, option)


def write(book: Book) -> None:
    senders(book)
    strictness(book)
    limits(book)
    incomplete(book)
