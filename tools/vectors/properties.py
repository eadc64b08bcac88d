"""Properties of 5.0: each one in every place where it is legal and in every other place."""

from __future__ import annotations

from book import Book, illegal, legal, short
from packets import Packet, in_section, prefix
from tables import MAX_VARINT, PROPERTIES, SECTIONS, V5
from wire import Prop, PropertyValue, long_varint, varint

LEGAL = legal(V5)
ILLEGAL = illegal(V5)
METHOD = Prop("authentication_method", "m")

SAMPLES: dict[str, PropertyValue] = {
    "payload_format_indicator": 1,
    "message_expiry_interval": 60,
    "content_type": "text/plain",
    "response_topic": "r/1",
    "correlation_data": b"\x00\xff",
    "subscription_identifier": 7,
    "session_expiry_interval": 3600,
    "assigned_client_identifier": "id-1",
    "server_keep_alive": 30,
    "authentication_method": "m",
    "authentication_data": b"\x01\x80",
    "request_problem_information": False,
    "will_delay_interval": 5,
    "request_response_information": True,
    "response_information": "resp/",
    "server_reference": "host:1883",
    "reason_string": "why",
    "receive_maximum": 20,
    "topic_alias_maximum": 10,
    "topic_alias": 3,
    "maximum_qos": 1,
    "retain_available": False,
    "user_property": ("k", "v"),
    "maximum_packet_size": 65_536,
    "wildcard_subscription_available": False,
    "subscription_identifier_available": False,
    "shared_subscription_available": False,
}
NOT_EMPTY = ("response_topic", "assigned_client_identifier")
NOT_ZERO = (
    "receive_maximum",
    "topic_alias",
    "maximum_packet_size",
    "subscription_identifier",
)
LONGEST = 65_535


def sample(name: str) -> Prop:
    return Prop(name, SAMPLES[name])


def beside(name: str, props: list[Prop]) -> list[Prop]:
    """Authentication data in CONNECT and CONNACK needs a method before or after it."""
    return [METHOD, *props] if name == "authentication_data" else props


def boundaries(name: str) -> list[tuple[str, PropertyValue]]:
    """The values at the ends of the range, and those that change the form of the value."""
    kind = PROPERTIES[name].kind
    least = 1 if name in NOT_ZERO else 0
    if kind in ("byte", "bool"):
        return [("0", 0), ("1", 1)]
    if kind == "u16":
        return [(str(n), n) for n in (least, 255, 256, LONGEST)]
    if kind == "u32":
        return [(str(n), n) for n in (least, 65_536, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF)]
    if kind == "varint":
        edges = (127, 128, 16_383, 16_384, 2_097_151, 2_097_152, MAX_VARINT)
        return [(str(n), n) for n in (least, *edges)]
    if kind == "binary":
        return [("empty", b""), ("zero", b"\x00"), ("longest", b"\xee" * LONGEST)]
    if kind == "pair":
        long_name, long_value = ("k" * LONGEST, ""), ("", "v" * LONGEST)
        return [("empty", ("", "")), ("long-name", long_name), ("long-value", long_value)]
    texts: list[tuple[str, PropertyValue]] = [("one", "a"), ("longest", "s" * LONGEST)]
    return texts if name in NOT_EMPTY else [("empty", ""), *texts]


def legal_pairs(book: Book) -> None:
    book.section(LEGAL, "Properties: each one in every packet where it is legal")
    for name, facts in PROPERTIES.items():
        for section in facts.sections:
            packet = in_section(section, beside(name, [sample(name)]))
            book.ok(LEGAL, f"v5-{section}-{short(name)}", packet)

    book.section(LEGAL, "Properties: boundary values")
    for name, facts in PROPERTIES.items():
        for section in facts.sections:
            # The longest strings once per property, the other values in each packet.
            for label, value in boundaries(name):
                if label.startswith("long") and section != facts.sections[0]:
                    continue
                packet = in_section(section, beside(name, [Prop(name, value)]))
                book.ok(LEGAL, f"v5-{section}-{short(name)}-{label}", packet)


def legal_lists(book: Book) -> None:
    book.section(LEGAL, "Properties: whole lists, order, repeats")
    for section in SECTIONS:
        names = [name for name, facts in PROPERTIES.items() if section in facts.sections]
        forward = [sample(name) for name in names]
        backward = forward[::-1]
        if len(forward) > 1:
            book.ok(LEGAL, f"v5-{section}-all-properties", in_section(section, forward))
            book.ok(LEGAL, f"v5-{section}-all-backwards", in_section(section, backward))
        pairs = [("k", "1"), ("k", "2"), ("a", "1"), ("k", "1"), ("", "")]
        users = [Prop("user_property", pair) for pair in pairs]
        book.ok(LEGAL, f"v5-{section}-user-property-repeats", in_section(section, users))
        many = [sample("user_property")] * 64
        book.ok(LEGAL, f"v5-{section}-user-property-64", in_section(section, many))

    repeats = [Prop("subscription_identifier", value) for value in (7, 128, 7, MAX_VARINT, 1)]
    book.ok(LEGAL, "v5-publish-subscription-ids", in_section("publish", repeats))
    mixed = [repeats[0], repeats[1], sample("payload_format_indicator")]
    book.ok(LEGAL, "v5-publish-subscription-ids-then-format", in_section("publish", mixed))
    data = Prop("authentication_data", b"d")
    for section in ("connect", "connack"):
        label = f"v5-{section}-authentication-data-first"
        book.ok(LEGAL, label, in_section(section, [data, METHOD]))
    book.ok(LEGAL, "v5-auth-authentication-data-alone", in_section("auth", [data]))

    book.section(LEGAL, "Properties: property lengths at the borders of their form")
    for section in ("connect", "will", "publish", "puback", "disconnect"):
        for size in (127, 128, 16_383, 16_384):
            filler = Prop("user_property", ("", "u" * (size - 5)))
            label = f"v5-{section}-property-length-{size}"
            book.ok(LEGAL, label, in_section(section, [filler]))


def bad(
    book: Book, name: str, packet: Packet, kind: str, label: str, plus: int = 0, **more: str
) -> None:
    book.bad(ILLEGAL, name, packet, kind, packet.offset(label) + plus, **more)


def not_allowed(book: Book) -> None:
    book.section(ILLEGAL, "Properties: each one in every packet where it is not legal")
    for name, facts in PROPERTIES.items():
        for section in SECTIONS:
            if section not in facts.sections:
                packet = in_section(section, [sample(name)])
                at = f"{prefix(section)}p0"
                label = f"v5-{section}-{short(name)}-not-allowed"
                bad(book, label, packet, "property_not_allowed", at)
    book.section(ILLEGAL, "Properties: not legal, after one that is")
    for section in SECTIONS:
        name = "will_delay_interval" if section != "will" else "receive_maximum"
        packet = in_section(section, [sample("user_property"), sample(name)])
        at = f"{prefix(section)}p1"
        label = f"v5-{section}-second-not-allowed"
        bad(book, label, packet, "property_not_allowed", at)


def unknown(book: Book) -> None:
    book.section(ILLEGAL, "Properties: identifiers that are not defined")
    defined = {facts.number for facts in PROPERTIES.values()}
    for number in range(128):
        if number not in defined:
            prop = Prop("user_property", 0, b"\x00", bytes([number]))
            packet = in_section("publish", [prop])
            bad(book, f"v5-publish-property-{number:02x}", packet, "property_unknown", "p0")
    for section in SECTIONS:
        first, second = sample("user_property"), Prop("user_property", 0, b"\x00", b"\x7f")
        packet = in_section(section, [first, second])
        at = f"{prefix(section)}p1"
        bad(book, f"v5-{section}-property-unknown", packet, "property_unknown", at)
    for name in ("payload_format_indicator", "user_property", "topic_alias"):
        for width in (2, 3, 4):
            prop = Prop(name, SAMPLES[name], None, long_varint(PROPERTIES[name].number, width))
            packet = in_section("publish", [prop])
            label = f"v5-publish-{short(name)}-identifier-in-{width}"
            bad(book, label, packet, "property_unknown", "p0")
    two_bytes = Prop("user_property", 0, b"\x00", varint(0x80))
    packet = in_section("publish", [two_bytes])
    bad(book, "v5-publish-property-80-01", packet, "property_unknown", "p0")


def duplicates(book: Book) -> None:
    book.section(ILLEGAL, "Properties: given twice though only once is legal")
    for name, facts in PROPERTIES.items():
        for section in facts.sections:
            if section in facts.repeats:
                continue
            at = prefix(section)
            props = beside(name, [sample(name), sample(name)])
            packet = in_section(section, props)
            label = f"v5-{section}-{short(name)}-twice"
            bad(book, label, packet, "property_duplicate", f"{at}p{len(props) - 1}")
            first, second = beside(name, [sample(name)]), sample(name)
            props = [*first, sample("user_property"), second]
            packet = in_section(section, props)
            label = f"{label}-apart"
            bad(book, label, packet, "property_duplicate", f"{at}p{len(props) - 1}")


def cut_values(book: Book) -> None:
    book.section(ILLEGAL, "Properties: the value runs past the property list")
    for name, facts in PROPERTIES.items():
        whole = sample(name).value_bytes
        if facts.kind == "varint":
            whole = varint(128)
        for section in facts.sections:
            at = prefix(section)
            cuts = {"last-byte-missing": whole[:-1]}
            if len(whole) > 1:
                cuts["value-missing"] = b""
            if facts.kind in ("string", "binary", "pair"):
                cuts["half-a-length"] = whole[:1]
            if facts.kind == "pair":
                cuts["second-missing"] = whole[:3]
                cuts["second-half-a-length"] = whole[:4]
            for label, value in cuts.items():
                props = beside(name, [Prop(name, 0, value)])
                packet = in_section(section, props)
                label = f"v5-{section}-{short(name)}-{label}"
                bad(book, label, packet, "property_truncated", f"{at}p{len(props) - 1}")
    second = [sample("user_property"), Prop("user_property", 0, b"\x00\xff\x61")]
    for section in SECTIONS:
        packet = in_section(section, second)
        label = f"v5-{section}-second-cut"
        bad(book, label, packet, "property_truncated", f"{prefix(section)}p1")


def lengths(book: Book) -> None:
    book.section(ILLEGAL, "Property length: past the packet, cut off, in too many bytes")
    for section in SECTIONS:
        at = f"{prefix(section)}property_length"
        packet = in_section(section, [sample("user_property")])
        rest = packet.frame.end - packet.offset(at) - 1
        for label, length in (
            ("one-past", varint(rest + 1)),
            ("far-past", varint(MAX_VARINT)),
        ):
            longer = packet.with_frame(packet.frame.with_part(at, length))
            if label == "far-past" or rest < 127:
                bad(book, f"v5-{section}-properties-{label}", longer, "property_length", at)
        none = in_section(section, [])
        empty = none.with_frame(none.frame.cut(at).plus(b"\x01", at))
        bad(book, f"v5-{section}-properties-missing", empty, "property_length", at)

        for label, length in (("80", b"\x80"), ("80-80-80", b"\x80\x80\x80")):
            open_end = none.with_frame(none.frame.cut(at).plus(length, at))
            bad(book, f"v5-{section}-property-length-{label}", open_end, "truncated", at)
        for label, length in (("ff-ff-ff-ff", b"\xff" * 4), ("five", b"\x80\x80\x80\x80\x01")):
            long = in_section(section, [], length)
            label = f"v5-{section}-property-length-{label}"
            bad(book, label, long, "varint_too_long", at, 3)
        for width in (2, 3, 4):
            long = in_section(section, [], long_varint(0, width))
            label = f"v5-{section}-property-length-0-in-{width}"
            bad(book, label, long, "varint_not_minimal", at)
        size = len(sample("user_property").value_bytes) + 1
        long = in_section(section, [sample("user_property")], long_varint(size, 2))
        label = f"v5-{section}-property-length-{size}-in-2"
        bad(book, label, long, "varint_not_minimal", at)

    swallow = in_section("publish", [sample("user_property")], varint(8))
    bad(book, "v5-publish-properties-swallow-payload", swallow, "property_unknown", "payload")
    leak = in_section("publish", [sample("message_expiry_interval")], varint(4))
    bad(book, "v5-publish-properties-leak-into-payload", leak, "property_truncated", "p0")


def identifiers(book: Book) -> None:
    book.section(ILLEGAL, "Subscription identifier: forms of the variable byte integer")
    for section in ("publish", "subscribe"):
        for label, value in (("ff-ff-ff-ff", b"\xff" * 4), ("five", b"\x80\x80\x80\x80\x01")):
            packet = in_section(section, [Prop("subscription_identifier", 0, value)])
            name = f"v5-{section}-subscription-identifier-{label}"
            bad(book, name, packet, "varint_too_long", "p0.value", 3)
        for number, width in ((1, 2), (127, 2), (1, 3), (128, 3), (1, 4), (16_384, 4)):
            value = long_varint(number, width)
            packet = in_section(section, [Prop("subscription_identifier", 0, value)])
            name = f"v5-{section}-subscription-identifier-{number}-in-{width}"
            bad(book, name, packet, "varint_not_minimal", "p0.value")


def values(book: Book) -> None:
    book.section(ILLEGAL, "Properties: values that are not allowed")
    for name, facts in PROPERTIES.items():
        numbers: tuple[int, ...] = (0,) if name in NOT_ZERO else ()
        if facts.kind in ("byte", "bool"):
            numbers = (2, 3, 0x7F, 0x80, 0xFF)
        kind = "topic_alias_zero" if name == "topic_alias" else "property_value"
        for section in facts.sections:
            at = prefix(section)
            for number in numbers:
                packet = in_section(section, [Prop(name, number)])
                bad(book, f"v5-{section}-{short(name)}-{number}", packet, kind, f"{at}p0")
                props = [sample("user_property"), Prop(name, number)]
                packet = in_section(section, props)
                label = f"v5-{section}-{short(name)}-{number}-second"
                bad(book, label, packet, kind, f"{at}p1")

    book.section(ILLEGAL, "Response topic: empty, wildcards")
    for section in ("publish", "will"):
        at = prefix(section)
        packet = in_section(section, [Prop("response_topic", "")])
        label = f"v5-{section}-response-topic-empty"
        bad(book, label, packet, "response_topic_empty", f"{at}p0")
        for index, topic in enumerate(("#", "+", "a/#", "a/+/b", "a#b/+", "\u00e9+", "$share/+/a")):
            wild = min(topic.encode().find(mark) % 99 for mark in (b"#", b"+"))
            packet = in_section(section, [Prop("response_topic", topic)])
            label = f"v5-{section}-response-topic-wildcard-{index}"
            bad(book, label, packet, "response_topic_wildcard", f"{at}p0.value", 2 + wild)

    book.section(ILLEGAL, "Authentication data without a method")
    data = sample("authentication_data")
    for section in ("connect", "connack"):
        packet = in_section(section, [data])
        label = f"v5-{section}-authentication-data-alone"
        bad(book, label, packet, "authentication_data_alone", "p0")
        user = sample("user_property")
        packet = in_section(section, [user, data, user])
        bad(book, f"{label}-among-others", packet, "authentication_data_alone", "p1")


def counts(book: Book) -> None:
    book.section(ILLEGAL, "User properties: one more than the default limit of 64")
    for section in SECTIONS:
        packet = in_section(section, [sample("user_property")] * 65)
        at = f"{prefix(section)}p64"
        bad(book, f"v5-{section}-user-property-65", packet, "user_property_count", at)


def write(book: Book) -> None:
    legal_pairs(book)
    legal_lists(book)
    not_allowed(book)
    unknown(book)
    duplicates(book)
    cut_values(book)
    lengths(book)
    identifiers(book)
    values(book)
    counts(book)
