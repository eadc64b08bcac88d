"""Illegal values in the fields of each packet, properties and strings apart."""

from __future__ import annotations

from book import Book, illegal, legal, tag
from packets import (
    Packet,
    Will,
    ack,
    auth,
    codes,
    connack,
    connect,
    disconnect,
    publish,
    subscribe,
    unsubscribe,
)
from tables import (
    ACKS,
    CONNACK_CODES_OLD,
    FILTERS,
    OLD_VERSIONS,
    REASON_PACKETS,
    REASONS,
    SUBACK_CODES,
    V5,
    V31,
    V311,
    VERSIONS,
)
from wire import Frame, Part, Prop, string

# The first bad character of each invalid filter is # in these, + in the other invalid ones.
MULTI_LEVEL = ("sport/tennis#", "sport/tennis/#/ranking", "#/", "##", "$share/g/a#")
MORE_MULTI = ("a#", "#a", "a/#b", "a/b#/c", "/#/", "+/#/+", "a/#/b/#", "\u00e9#", "a//#/")
MORE_SINGLE = ("a+", "+a", "a/+b", "a/b+/c", "+/a+", "/+/+b/", "\u00e9+", "a/++", "+b/#")
BAD_SHARES = (
    "$share/\u00e9",
    "$share//",
    "$share///a",
    "$share/+",
    "$share/#/a",
    "$share/g#/a",
    "$share/a+b/c",
    "$share/+g/a",
    "$share/g\u00e9/",
)
SHARES_WITH_BAD_INNER = (
    ("$share/g/+a", "filter_single_level", 9),
    ("$share/g/a/b+", "filter_single_level", 12),
    ("$share/g/#/a", "filter_multi_level", 9),
    ("$share/g//a#/b", "filter_multi_level", 11),
    ("$share/\u00e9/a#", "filter_multi_level", 11),
)


def bad(
    book: Book, name: str, packet: Packet, kind: str, label: str, plus: int = 0, told: str = ""
) -> None:
    file = illegal(packet.version)
    offset = packet.offset(label) + plus
    full = f"{tag(packet.version)}-{name}"
    book.bad(file, full, packet, kind, offset, version=told or None)


def _renamed(version: str, name: str, level: int) -> Packet:
    packet = connect(version)
    frame = packet.frame.with_part("protocol_name", string(name))
    return packet.with_frame(frame.with_part("level", bytes([level])))


def protocols(book: Book) -> None:
    wrong = ("", "M", "MQT", "MQTTT", "mqtt", "MQTt", "MQTT ", "MQIsd", "MQIsdpp", "MQISDP", "HTTP")
    for version in VERSIONS:
        book.section(illegal(version), "CONNECT: protocol name and level")
        level = {V31: 3, V311: 4, V5: 5}[version]
        for index, name in enumerate(wrong):
            packet = _renamed(version, name, level)
            bad(book, f"connect-protocol-name-{index}", packet, "protocol_name", "protocol_name")
        # The protocol name is a string like any other, and its form comes before its content.
        for label, content, at in (
            ("utf8", b"MQ\xffT", 2),
            ("utf8-end", b"MQTT\xc3", 4),
            ("nul", b"MQTT\x00", 4),
        ):
            packet = connect(version)
            frame = packet.frame.with_part("protocol_name", string(content))
            packet, kind = packet.with_frame(frame), label.partition("-")[0]
            bad(book, f"connect-protocol-name-{label}", packet, kind, "protocol_name", 2 + at)
        for told in VERSIONS:
            packet = _renamed(version, "MQTX", level)
            label = f"connect-told-{tag(told)}-protocol-name"
            bad(book, label, packet, "protocol_name", "protocol_name", told=told)
        ends = connect(version)
        frame = Frame(0x10, (Part("protocol_name", string("MQTX")),))
        packet = ends.with_frame(frame)
        bad(book, "connect-protocol-name-then-end", packet, "protocol_name", "protocol_name")
    for level in (0, 1, 2, 3, 6, 7, 0x7F, 0x80, 0x83, 0x84, 0x85, 0xFF):
        packet = _renamed(V5, "MQTT", level)
        bad(book, f"connect-level-{level}", packet, "protocol_level", "level")
        packet = _renamed(V311, "MQTT", level)
        bad(book, f"connect-level-{level}", packet, "protocol_level", "level")
    for level in (0, 1, 2, 4, 5, 6, 0x83, 0xFF):
        packet = _renamed(V31, "MQIsdp", level)
        bad(book, f"connect-level-{level}", packet, "protocol_level", "level")
    for told in VERSIONS:
        packet = _renamed(V5, "MQTT", 6)
        bad(book, f"connect-told-{tag(told)}-level-6", packet, "protocol_level", "level", told=told)


def connect_flags(book: Book) -> None:
    for version in VERSIONS:
        book.section(illegal(version), "CONNECT: flags byte")
        new = version == V5
        full = connect(version, will=Will(1, True), user_name="u", password=b"p")
        least = connect(version)
        will = connect(version, will=Will())
        for label, packet, flags, kind in (
            ("reserved-03", least, 0x03, "connect_flags_reserved"),
            ("reserved-01", least, 0x01, "connect_flags_reserved"),
            ("reserved-07", will, 0x07, "connect_flags_reserved"),
            ("reserved-ef", full, 0xEF, "connect_flags_reserved"),
            ("will-qos-3-1e", will, 0x1E, "will_qos"),
            ("will-qos-3-1c", will, 0x1C, "will_qos"),
            ("will-qos-3-3e", will, 0x3E, "will_qos"),
            ("will-qos-3-fe", full, 0xFE, "will_qos"),
            ("qos-without-will-0a", least, 0x0A, "will_qos_without_will"),
            ("qos-without-will-12", least, 0x12, "will_qos_without_will"),
            ("qos-without-will-1a", least, 0x1A, "will_qos_without_will"),
            ("qos-without-will-08", least, 0x08, "will_qos_without_will"),
            ("retain-without-will-22", least, 0x22, "will_retain_without_will"),
            ("retain-without-will-20", least, 0x20, "will_retain_without_will"),
        ):
            changed = packet.with_frame(packet.frame.with_part("flags", bytes([flags])))
            bad(book, f"connect-flags-{label}", changed, kind, "flags")
            if label in ("reserved-03", "will-qos-3-1e"):
                told = V311 if new else V5
                bad(
                    book, f"connect-told-{tag(told)}-flags-{label}", changed, kind, "flags", 0, told
                )
        if new:
            continue
        kind = "password_without_user_name"
        for clean in (False, True):
            plain = connect(version, clean_start=clean, password=b"p")
            bad(book, f"connect-password-alone-{int(clean)}", plain, kind, "flags")
        with_will = connect(version, will=Will(2, True), password=b"")
        bad(book, "connect-password-alone-will", with_will, kind, "flags")


def client_ids(book: Book) -> None:
    for version in OLD_VERSIONS:
        book.section(illegal(version), "CONNECT: client identifier")
        extra = {"user": "u", "none": None}
        for label, user in extra.items():
            packet = connect(version, "", clean_start=False, user_name=user)
            bad(book, f"connect-client-empty-{label}", packet, "client_id_empty", "client_id")
            will = connect(version, "", clean_start=False, will=Will(), user_name=user)
            label = f"connect-client-empty-will-{label}"
            bad(book, label, will, "client_id_empty", "client_id")
    clean = connect(V31, "", clean_start=True)
    bad(book, "connect-client-empty-clean", clean, "client_id_empty", "client_id")
    for label, client in (
        ("24", "a" * 24),
        ("24-two-byte", "\u00e9" * 24),
        ("24-four-byte", "\U0001f600" * 24),
        ("25", "0123456789abcdefghijklmno"),
        ("longest", "a" * 65_535),
    ):
        packet = connect(V31, client)
        bad(book, f"connect-client-{label}", packet, "client_id_too_long", "client_id")


def topics(book: Book) -> None:
    for version in VERSIONS:
        book.section(illegal(version), "Topic names: empty, wildcards, too many levels")
        for qos in (0, 1, 2):
            empty = publish(version, "", qos=qos, payload=b"x")
            bad(book, f"publish-topic-empty-qos{qos}", empty, "topic_empty", "topic")
        no_will = connect(version, will=Will(topic="", payload=b"x"))
        bad(book, "connect-will-topic-empty", no_will, "topic_empty", "will.topic")
        for index, topic in enumerate(
            ("#", "+", "a/#", "a/+/b", "a#", "b+", "+/a", "a/#/+", "\u00e9/+", "$SYS/#", "a+b#")
        ):
            at = 2 + min(topic.encode().find(mark) % 99 for mark in (b"#", b"+"))
            packet = publish(version, topic, qos=1, payload=b"x")
            bad(book, f"publish-topic-wildcard-{index}", packet, "topic_wildcard", "topic", at)
            packet = connect(version, will=Will(topic=topic))
            label = f"connect-will-topic-wildcard-{index}"
            bad(book, label, packet, "topic_wildcard", "will.topic", at)
        for label, topic in (("201", "/" * 200), ("65401", "/" * 65_400), ("a", "a/" * 200)):
            packet = publish(version, topic)
            bad(book, f"publish-topic-levels-{label}", packet, "topic_levels", "topic")
            packet = connect(version, will=Will(topic=topic))
            bad(book, f"connect-will-topic-levels-{label}", packet, "topic_levels", "will.topic")
    file = illegal(V5)
    book.section(file, "PUBLISH 5.0: topic alias and topic, response topic with too many levels")
    props = [Prop("message_expiry_interval", 1)]
    empty = publish(V5, "", props=props)
    bad(book, "publish-topic-empty-other-property", empty, "topic_empty", "topic")
    zero = publish(V5, "", props=[Prop("topic_alias", 0)])
    bad(book, "publish-topic-empty-alias-zero", zero, "topic_alias_zero", "p0")
    deep = Prop("response_topic", "/" * 200)
    packet = publish(V5, "t", props=[deep])
    bad(book, "publish-response-topic-levels", packet, "topic_levels", "p0.value")
    packet = connect(V5, will=Will(props=(deep,)))
    bad(book, "will-response-topic-levels", packet, "topic_levels", "will.p0.value")

    file = legal(V5)
    book.section(file, "PUBLISH 5.0: empty topic with a topic alias")
    for qos in (0, 1, 2):
        alias = publish(V5, "", qos=qos, props=[Prop("topic_alias", 1)], payload=b"x")
        book.ok(file, f"v5-publish-alias-only-qos{qos}", alias)
    late = publish(V5, "", props=[Prop("user_property", ("k", "v")), Prop("topic_alias", 65_535)])
    book.ok(file, "v5-publish-alias-only-second", late)


def packet_ids(book: Book) -> None:
    for version in VERSIONS:
        book.section(illegal(version), "Packet identifier 0")
        packets = [
            ("publish-qos1", publish(version, qos=1, packet_id=0, payload=b"x")),
            ("publish-qos2", publish(version, "a/b/c", qos=2, packet_id=0, dup=True)),
            ("subscribe", subscribe(version, packet_id=0)),
            ("suback", codes("suback", version, packet_id=0)),
            ("unsubscribe", unsubscribe(version, packet_id=0)),
            ("unsuback", codes("unsuback", version, packet_id=0)),
        ]
        packets += [(name, ack(name, version, 0)) for name in ACKS]
        if version == V5:
            packets += [(f"{name}-full", ack(name, V5, 0, form="full")) for name in ACKS]
        for name, packet in packets:
            bad(book, f"{name}-packet-id-0", packet, "packet_id_zero", "packet_id")


def _filter_fault(name: str) -> tuple[str, int]:
    """Kind and offset, counted from the content, for an invalid row that is no share."""
    if name in MULTI_LEVEL + MORE_MULTI:
        kind, mark = "filter_multi_level", "#"
    else:
        kind, mark = "filter_single_level", "+"
    levels = name.split("/")
    at = 0
    for index, level in enumerate(levels):
        last = index == len(levels) - 1
        if mark in level and (level != mark or (mark == "#" and not last)):
            return kind, at + len(level[: level.index(mark)].encode())
        at += len(level.encode()) + 1
    raise AssertionError(name)


def _share_fault(name: str) -> str:
    """Kind for an invalid share whose inner filter is not the fault."""
    share = name.removeprefix("$share/").split("/")[0]
    return "share_name" if share else "share_name_empty"


def filters(book: Book) -> None:
    for version in VERSIONS:
        new = version == V5
        book.section(illegal(version), "Topic filters: the invalid rows of the table, and others")
        for index, (name, old_valid, new_valid) in enumerate(FILTERS):
            if new_valid if new else old_valid:
                continue
            if new and name.startswith("$share/") and name != "$share/g/a#":
                _bad_filter(book, version, f"{index:02}", name, _share_fault(name), -2)
            else:
                _bad_filter(book, version, f"{index:02}", name, *_filter_fault(name))
        for label, names in (("multi", MORE_MULTI), ("single", MORE_SINGLE)):
            for index, name in enumerate(names):
                _bad_filter(book, version, f"{label}-{index}", name, *_filter_fault(name))
        _bad_filter(book, version, "empty", "", "filter_empty", -2)
        for label, name in (("201", "/" * 200), ("65401", "/" * 65_400), ("plus", "+/" * 200)):
            _bad_filter(book, version, f"levels-{label}", name, "topic_levels", -2)
        none = subscribe(version, [])
        book.bad(
            illegal(version),
            f"{tag(version)}-subscribe-no-filters",
            none,
            "subscriptions_empty",
            none.frame.end,
        )
        none = unsubscribe(version, [])
        book.bad(
            illegal(version),
            f"{tag(version)}-unsubscribe-no-filters",
            none,
            "subscriptions_empty",
            none.frame.end,
        )
        many = subscribe(version, [("f", 0)] * 513)
        bad(book, "subscribe-513-filters", many, "filter_count", "filter512")
        many = unsubscribe(version, ["f"] * 513)
        bad(book, "unsubscribe-513-filters", many, "filter_count", "filter512")

    for index, name in enumerate(BAD_SHARES):
        _bad_filter(book, V5, f"share-{index}", name, _share_fault(name), -2)
    for index, (name, kind, at) in enumerate(SHARES_WITH_BAD_INNER):
        _bad_filter(book, V5, f"share-inner-{index}", name, kind, at)


def _bad_filter(book: Book, version: str, label: str, name: str, kind: str, at: int) -> None:
    """`at` counts from the content of the filter; -2 is its length field."""
    packet = subscribe(version, [(name, 1)])
    bad(book, f"subscribe-filter-{label}", packet, kind, "filter0", at + 2)
    packet = unsubscribe(version, ["ok/+", name])
    bad(book, f"unsubscribe-filter-{label}", packet, kind, "filter1", at + 2)


def options(book: Book) -> None:
    for version in VERSIONS:
        book.section(illegal(version), "SUBSCRIBE: options byte")
        reserved: tuple[int, ...] = (0x40, 0x80, 0xC0, 0x41, 0x82)
        if version != V5:
            reserved += (0x04, 0x08, 0x10, 0x20, 0xFC, 0x06)
        for byte in reserved:
            kind = "subscription_options_reserved"
            _bad_options(book, version, byte, kind)
        _bad_options(book, version, 0x03, "subscription_qos")
        if version == V5:
            for byte in (0x07, 0x0B, 0x13, 0x2F):
                _bad_options(book, version, byte, "subscription_qos")
            for byte in (0x30, 0x31, 0x3E):
                _bad_options(book, version, byte, "retain_handling")
    for byte in (0x04, 0x05, 0x0C, 0x26):
        for index, name in enumerate(("$share/g/a", "$share/g/#", "$share/g//")):
            packet = subscribe(V5, [(name, byte)])
            label = f"subscribe-no-local-on-share-{byte:02x}-{index}"
            bad(book, label, packet, "no_local_on_share", "options0")
    packet = subscribe(V5, [("a", 0x04), ("$share/g/a", 0x04)])
    bad(book, "subscribe-no-local-on-share-second", packet, "no_local_on_share", "options1")


def _bad_options(book: Book, version: str, byte: int, kind: str) -> None:
    packet = subscribe(version, [("a/b", byte)])
    bad(book, f"subscribe-options-{byte:02x}", packet, kind, "options0")
    packet = subscribe(version, [("a/b", 1), ("c", byte), ("d", 0)])
    bad(book, f"subscribe-options-{byte:02x}-second", packet, kind, "options1")


def _wrong_codes(allowed: dict[int, str] | tuple[int, ...]) -> list[int]:
    """The neighbours of every allowed code, the codes of other packets, the ends of the range."""
    near = {code + step for code in allowed for step in (-1, 1)}
    others = {code for table in REASONS.values() for code in table}
    ends = {0x03, 0x05, 0x06, 0x0F, 0x12, 0x17, 0x1A, 0x40, 0x7F, 0xA3, 0xC0, 0xFE, 0xFF}
    return sorted(code for code in near | others | ends if 0 <= code < 256 and code not in allowed)


def reasons(book: Book) -> None:
    book.section(illegal(V5), "Reason codes that are not in the table of the packet")
    for name in REASON_PACKETS:
        for code in _wrong_codes(REASONS[name]):
            if name == "connack":
                packet, label = connack(V5, code), "reason"
            elif name in ACKS:
                packet, label = ack(name, V5, reason=code), "reason"
            elif name == "disconnect":
                packet, label = disconnect(V5, code), "reason"
            elif name == "auth":
                packet, label = auth(code), "reason"
            else:
                packet, label = codes(name, V5, [0, code]), "reason1"
            bad(book, f"{name}-reason-{code:02x}", packet, "reason_code", label)
        props = [Prop("reason_string", "why")]
        if name in ACKS:
            longer = ack(name, V5, reason=3, props=props)
            bad(book, f"{name}-reason-03-with-properties", longer, "reason_code", "reason")
        elif name == "disconnect":
            longer = disconnect(V5, 3, props=props)
            bad(book, f"{name}-reason-03-with-properties", longer, "reason_code", "reason")
    for version in OLD_VERSIONS:
        book.section(illegal(version), "Return codes that are reserved")
        for code in (6, 7, 0x10, 0x7F, 0x80, 0x81, 0xFF):
            assert code not in CONNACK_CODES_OLD
            bad(book, f"connack-code-{code:02x}", connack(version, code), "reason_code", "reason")
        for code in (3, 4, 0x7F, 0x81, 0x8F, 0xFF) + ((0x80,) if version == V31 else ()):
            assert code not in SUBACK_CODES[version]
            packet = codes("suback", version, [code])
            bad(book, f"suback-code-{code:02x}", packet, "reason_code", "reason0")
            packet = codes("suback", version, [0, 1, 2, code, 0])
            bad(book, f"suback-code-{code:02x}-fourth", packet, "reason_code", "reason3")
    for version in VERSIONS:
        book.section(illegal(version), "SUBACK and UNSUBACK with too many codes and without")
        for name in ("suback", "unsuback") if version == V5 else ("suback",):
            many = codes(name, version, [0] * 513)
            bad(book, f"{name}-513-reasons", many, "filter_count", "reason512")
            empty = codes(name, version, [])
            label = f"{tag(version)}-{name}-no-codes"
            book.bad(illegal(version), label, empty, "reason_codes_empty", empty.frame.end)


def connack_flags(book: Book) -> None:
    for version in VERSIONS:
        book.section(illegal(version), "CONNACK: flags byte")
        flags = (0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0x03, 0xFE, 0xFF)
        for byte in flags + ((0x01,) if version == V31 else ()):
            packet = connack(version, flags=byte)
            bad(book, f"connack-flags-{byte:02x}", packet, "connack_flags", "flags")
        if version == V31:
            continue
        refusals = (0x80, 0x84, 0x85, 0x87, 0x9F) if version == V5 else (1, 2, 3, 4, 5)
        for code in refusals:
            packet = connack(version, code, session_present=True)
            label = f"connack-session-present-{code:02x}"
            bad(book, label, packet, "session_present_on_refusal", "flags")


def write(book: Book) -> None:
    protocols(book)
    connect_flags(book)
    client_ids(book)
    topics(book)
    packet_ids(book)
    filters(book)
    options(book)
    reasons(book)
    connack_flags(book)
