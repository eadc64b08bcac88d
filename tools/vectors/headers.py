"""Illegal fixed headers, and packets that end too early or too late."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

from book import Book, illegal, legal, tag
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
    names_in,
    publish,
    subscribe,
    unsubscribe,
)
from tables import ACKS, OLD_VERSIONS, PACKETS, V5, V31, VERSIONS
from wire import Frame, Prop, long_varint

UNKNOWN_FILE = "illegal-unknown.txt"
TOO_LONG = (("ff-ff-ff-ff", b"\xff" * 4), ("five", b"\x80\x80\x80\x80\x01"))
# The flags of PUBREL, SUBSCRIBE and UNSUBSCRIBE, and those with DUP in 3.1.
REQUEST, REQUEST_AGAIN = 0b0010, 0b1010
USER = Prop("user_property", ("k", "v"))


def first_bytes(book: Book) -> None:
    for version in VERSIONS:
        file, v = illegal(version), tag(version)
        book.section(file, "Fixed header: packet types that do not exist")
        reserved = (0x00, 0x01, 0x0F) if version == V5 else (0x00, 0x01, 0x0F, 0xF0)
        for first in reserved:
            frame = Frame(first)
            name = f"{v}-type-reserved-{first:02x}"
            book.bad(file, name, frame, "packet_type_reserved", 0, version=version)

        book.section(file, "Fixed header: flags that differ from the table")
        for name in names_in(version):
            facts = PACKETS[name]
            if name == "publish":
                continue
            # Each wrong nibble for 5.0, one wrong bit at a time for the older versions.
            wrong = range(16) if version == V5 else (facts.flags ^ 1 << bit for bit in range(4))
            for flags in wrong:
                if flags == facts.flags:
                    continue
                packet = basic(name, version)
                frame = replace(packet.frame, first=facts.number << 4 | flags)
                label = f"{v}-{name}-header-flags-{flags:x}"
                if version == V31 and flags == REQUEST_AGAIN and facts.flags == REQUEST:
                    continue
                book.bad(file, label, packet.with_frame(frame), "fixed_header_flags", 0)

        book.section(file, "Fixed header: QoS and DUP of PUBLISH")
        for flags in (0x6, 0x7, 0xE, 0xF):
            packet = publish(version, qos=1, payload=b"x")
            packet = packet.with_frame(replace(packet.frame, first=0x30 | flags))
            book.bad(file, f"{v}-publish-flags-{flags:x}", packet, "publish_qos", 0)
        for flags in (0x8, 0x9):
            packet = publish(version, payload=b"x")
            packet = packet.with_frame(replace(packet.frame, first=0x30 | flags))
            book.bad(file, f"{v}-publish-flags-{flags:x}", packet, "dup_without_qos", 0)


def requests_again(book: Book) -> None:
    book.section(legal(V31), "Requests with DUP, which is not kept")
    for name in names_in(V31):
        if PACKETS[name].flags == REQUEST:
            packet = basic(name, V31)
            again = replace(packet.frame, first=PACKETS[name].number << 4 | REQUEST_AGAIN)
            label = f"v31-{name}-again"
            book.ok(legal(V31), label, packet.with_frame(again), again=packet.frame)


def remaining_lengths(book: Book) -> None:
    for version in VERSIONS:
        file, v = illegal(version), tag(version)
        book.section(file, "Remaining length: more than four bytes")
        for name, (label, length) in product(names_in(version), TOO_LONG):
            packet = basic(name, version)
            packet = packet.with_frame(packet.frame.with_length(length))
            label = f"{v}-{name}-length-{label}"
            book.bad(file, label, packet, "varint_too_long", 4, version=version)
    file, v = illegal(V5), tag(V5)
    book.section(file, "Remaining length: more bytes than needed")
    for name in names_in(V5):
        packet = basic(name, V5)
        for width in (2, 3, 4):
            length = long_varint(len(packet.frame.body), width)
            longer = packet.with_frame(packet.frame.with_length(length))
            label = f"{v}-{name}-length-in-{width}"
            book.bad(file, label, longer, "varint_not_minimal", 1)
    for told in VERSIONS:
        packet = connect(V5)
        length = long_varint(len(packet.frame.body), 2)
        longer = packet.with_frame(packet.frame.with_length(length))
        label = f"{v}-connect-told-{tag(told)}-length-in-2"
        book.bad(file, label, longer, "varint_not_minimal", 1, version=told)
    size = 127 - len(publish(V5).frame.body)
    packet = publish(V5, payload=b"x" * size)
    longer = packet.with_frame(packet.frame.with_length(b"\xff\x80\x00"))
    book.bad(file, f"{v}-length-ff-80-00", longer, "varint_not_minimal", 1)


def unknown_version(book: Book) -> None:
    """Before CONNECT no version is known, so every fault ends in a plain close."""
    file = UNKNOWN_FILE
    book.section(file, "Illegal input while the version is unknown: only CONNECT may come.")
    for version in (V5, "3.1.1"):
        for name in names_in(version):
            if name == "connect":
                continue
            packet = basic(name, version)
            label = f"unknown-{tag(version)}-{name}"
            expectation = "error expected_connect 0 close"
            book.raw(file, label, "-", packet.frame.data, expectation)
    for first in (0x21, 0x36, 0x38, 0x80, 0xF1):
        expectation = "error expected_connect 0 close"
        book.raw(file, f"unknown-first-{first:02x}", "-", bytes([first, 0]), expectation)
    for flags in (1, 2, 4, 8, 15):
        frame = replace(connect("3.1.1").frame, first=0x10 | flags)
        label = f"unknown-connect-header-flags-{flags:x}"
        book.bad(file, label, frame, "fixed_header_flags", 0, version="-")
    for label, length in TOO_LONG:
        frame = Frame(0x10, (), length)
        name = f"unknown-connect-length-{label}"
        book.bad(file, name, frame, "varint_too_long", 4, version="-")


def full_packets(version: str) -> list[tuple[str, Packet]]:
    """Packets with every optional field, for cutting; in 5.0 with a property in every list."""
    props = (USER,) if version == V5 else ()
    new = version == V5
    will = Will(1, False, "w/t", b"pay", props)
    listed = [
        ("connect", connect(version, "cl", will=will, user_name="us", password=b"pw", props=props)),
        ("connect-plain", connect(version, "cl", user_name="us")),
        ("connack", connack(version, props=props)),
        ("publish", publish(version, "a/b", props=props)),
        ("publish-qos1", publish(version, "a/b", qos=1, props=props)),
        ("publish-qos2", publish(version, "a/b", qos=2, props=props)),
        ("subscribe", subscribe(version, [("a/b", 1), ("c", 2)], props=props)),
        ("suback", codes("suback", version, [0], props=props)),
        ("unsubscribe", unsubscribe(version, ["a/b", "cc"], props=props)),
        ("unsuback", codes("unsuback", version, [0], props=props)),
    ]
    listed += [(name, ack(name, version, props=props)) for name in ACKS]
    if new:
        listed.append(("disconnect", disconnect(V5, 0x80, props=props)))
        listed.append(("auth", auth(0x18, props=props)))
    return listed


def _may_end_before(packet: Packet, label: str) -> str:
    """What ending the packet at this part gives: `legal`, another kind than truncated, or ``."""
    new = packet.version == V5
    if label == "payload":
        return "legal"
    if packet.name in ACKS and new and label in ("reason", "property_length"):
        return "legal"
    if packet.name == "disconnect" and label in ("reason", "property_length"):
        return "legal"
    if packet.name == "auth" and label == "reason":
        return "legal"
    if packet.name in ("subscribe", "unsubscribe"):
        if label == "filter0":
            return "subscriptions_empty"
        if label == "filter1":
            return "legal"
    if packet.name in ("suback", "unsuback") and label == "reason0":
        return "reason_codes_empty"
    return ""


def truncations(book: Book) -> None:
    """Each field of each packet missing or cut, the remaining length being that of what is left.

    A cut inside a property list makes the property length run past the packet.
    """
    for version in VERSIONS:
        file, v = illegal(version), tag(version)
        book.section(file, "Packets that end inside or before a field")
        for name, packet in full_packets(version):
            for part in packet.frame.parts:
                _cut_part(book, file, f"{v}-{name}", packet, part.label)


def _cut_part(book: Book, file: str, name: str, packet: Packet, part: str) -> None:
    frame = packet.frame
    spoken = part.replace(".", "-").replace("_", "-")
    in_list = part.split(".")[-1] == "value" or part.removeprefix("will.").startswith("p0")
    size = len(frame.part(part).data)
    for keep in range(size):
        cut = frame.cut(part, keep)
        label = f"{name}-ends-{spoken}-{keep}"
        if in_list:
            at = "will.property_length" if part.startswith("will.") else "property_length"
            book.bad(file, label, packet.with_frame(cut), "property_length", cut.offset(at))
            continue
        ending = _may_end_before(packet, part) if keep == 0 else ""
        if ending == "legal":
            continue
        kind = ending or "truncated"
        offset = cut.offset(part) if keep else cut.end
        book.bad(file, label, packet.with_frame(cut), kind, offset)


def too_short(book: Book) -> None:
    for version in VERSIONS:
        file, v = illegal(version), tag(version)
        book.section(file, "Packets without any body, AUTH of one byte")
        for name in names_in(version):
            if name in ("pingreq", "pingresp", "disconnect", "auth"):
                continue
            packet = basic(name, version)
            packet = packet.with_frame(Frame(packet.frame.first))
            book.bad(file, f"{v}-{name}-without-body", packet, "truncated", 2)
    for code in (0x00, 0x18, 0x19):
        one = Frame(0xF0).plus(bytes([code]))
        name = f"v5-auth-one-byte-{code:02x}"
        book.bad(illegal(V5), name, one, "truncated", 3, version=V5)


def trailing(book: Book) -> None:
    for version in VERSIONS:
        file, v = illegal(version), tag(version)
        book.section(file, "Bytes after the last field of a packet of fixed layout")
        packets = [
            *full_packets(version),
            ("connect-least", connect(version)),
            ("pingreq", basic("pingreq", version)),
            ("pingresp", basic("pingresp", version)),
        ]
        if version == V5:
            packets += [(f"{n}-full", ack(n, V5, form="full")) for n in ACKS]
            packets.append(("disconnect-full", disconnect(V5, form="full")))
            packets.append(("auth-full", auth(form="full")))
        else:
            packets.append(("disconnect", disconnect(version)))
        for name, packet in packets:
            codes_follow = packet.name == "suback" or (packet.name == "unsuback" and version == V5)
            if codes_follow or packet.name in ("publish", "subscribe", "unsubscribe"):
                continue
            for extra in (b"\x00", b"\xff", b"\x00\x01\x61", b"\xc0\x00"):
                longer = packet.with_frame(packet.frame.plus(extra))
                label = f"{v}-{name}-trailing-{extra.hex()}"
                book.bad(file, label, longer, "trailing_bytes", packet.frame.end)


def string_lengths(book: Book) -> None:
    """A length prefix that promises more than the packet has."""
    for version in VERSIONS:
        file, v = illegal(version), tag(version)
        book.section(file, "Strings and binary data longer than the rest of the packet")
        for name, packet in full_packets(version):
            for part in packet.frame.parts:
                strings = ("protocol_name", "client_id", "topic", "user_name", "password", "filter")
                plain = part.label.removeprefix("will.").rstrip("01")
                if plain not in strings and part.label != "will.payload":
                    continue
                at = packet.offset(part.label)
                rest = packet.frame.end - at - 2
                spoken = part.label.replace(".", "-").replace("_", "-")
                for length in (rest + 1, 0xFFFF):
                    data = length.to_bytes(2, "big") + part.data[2:]
                    frame = packet.frame.with_part(part.label, data)
                    label = f"{v}-{name}-{spoken}-claims-{length}"
                    book.bad(file, label, packet.with_frame(frame), "truncated", at)


def wire_order(book: Book) -> None:
    """Two faults in one packet: the one in the field that comes first counts."""
    for version in (*OLD_VERSIONS, V5):
        file, v = illegal(version), tag(version)
        book.section(file, "Two faults, the first on the wire counts")
        two = publish(version, b"a\xff", qos=1, packet_id=0)
        at = two.offset("topic") + 3
        book.bad(file, f"{v}-order-utf8-then-id", two, "utf8", at)
        two = subscribe(version, [("a+", 0)], packet_id=0)
        at = two.offset("packet_id")
        book.bad(file, f"{v}-order-id-then-filter", two, "packet_id_zero", at)
        two = subscribe(version, [("a", 3), ("b#", 0)])
        at = two.offset("options0")
        book.bad(file, f"{v}-order-options-then-filter", two, "subscription_qos", at)
        two = connect(version, b"\xff", flags=0x03)
        at = two.offset("flags")
        book.bad(file, f"{v}-order-flags-then-client", two, "connect_flags_reserved", at)
        two = connect(version, b"a\x00", will=Will(topic=""))
        at = two.offset("client_id") + 3
        book.bad(file, f"{v}-order-client-then-will", two, "nul", at)
        if version != V31:
            two = connack(version, 0xEE, flags=0x80)
            book.bad(file, f"{v}-order-connack-flags-then-code", two, "connack_flags", 2)
        _string_before_topic(book, version)
    late = ack("puback", V5, 0, 0xFF, form="full")
    book.bad(illegal(V5), "v5-order-id-then-reason", late, "packet_id_zero", 2)
    late = ack("puback", V5, 1, 0xFF, props=[Prop("topic_alias", 1)])
    book.bad(illegal(V5), "v5-order-reason-then-property", late, "reason_code", 4)


def _string_before_topic(book: Book, version: str) -> None:
    """The form of a string is judged before the rules for topics, wherever the bad byte is."""
    file, v = illegal(version), tag(version)
    for label, tail, kind in (("nul", b"\x00", "nul"), ("utf8", b"\xff", "utf8")):
        for index, start in enumerate(
            (b"+a", b"a#/b", b"a/#/", b"$share/", b"$share/g+/", b"/" * 300)
        ):
            two = subscribe(version, [(start + tail, 0)])
            at = two.offset("filter0") + 2 + len(start)
            book.bad(file, f"{v}-order-{label}-before-filter-{index}", two, kind, at)
            two = unsubscribe(version, [start + tail])
            name = f"{v}-order-{label}-before-unsubscribe-filter-{index}"
            book.bad(file, name, two, kind, two.offset("filter0") + 2 + len(start))
            if start == b"$share/":
                continue
            two = publish(version, start + tail)
            at = two.offset("topic") + 2 + len(start)
            book.bad(file, f"{v}-order-{label}-before-topic-{index}", two, kind, at)
            two = connect(version, will=Will(topic=start + tail))
            at = two.offset("will.topic") + 2 + len(start)
            book.bad(file, f"{v}-order-{label}-before-will-topic-{index}", two, kind, at)
            if version == V5:
                two = publish(V5, "t", props=[Prop("response_topic", start + tail)])
                at = two.offset("p0.value") + 2 + len(start)
                book.bad(file, f"{v}-order-{label}-before-response-topic-{index}", two, kind, at)


def write(book: Book) -> None:
    headings = {V31: "3.1", "3.1.1": "3.1.1", V5: "5.0"}
    for version in VERSIONS:
        book.section(illegal(version), f"Illegal packets of MQTT {headings[version]}.")
    first_bytes(book)
    requests_again(book)
    remaining_lengths(book)
    unknown_version(book)
    truncations(book)
    too_short(book)
    trailing(book)
    string_lengths(book)
    wire_order(book)
