"""Legal packets of the three versions, apart from properties and strings (see their modules)."""

from __future__ import annotations

from itertools import product

from book import Book, legal, tag
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
from tables import (
    ACKS,
    CONNACK_CODES_OLD,
    FILTERS,
    OLD_VERSIONS,
    REASONS,
    SUBACK_CODES,
    V5,
    V31,
    V311,
    VERSIONS,
)
from wire import long_varint

LONGEST = 65_535
PACKET_IDS = (1, 255, 256, 65_534, 65_535)


def connects(book: Book) -> None:
    for version in VERSIONS:
        file, v = legal(version), tag(version)
        book.section(file, "CONNECT: every legal flags byte")
        _connect_flags(book, version)

        book.section(file, "CONNECT: the version told to the decoder does not matter")
        for told in VERSIONS:
            name = f"{v}-connect-told-{tag(told)}"
            book.ok(file, name, connect(version), version=told)

        book.section(file, "CONNECT: keep alive")
        for seconds in (0, 1, 255, 256, LONGEST):
            name = f"{v}-connect-keep-alive-{seconds}"
            book.ok(file, name, connect(version, keep_alive=seconds))

        book.section(file, "CONNECT: client identifier")
        clients: dict[str, str] = {
            "1": "a",
            "22": "a" * 22,
            "23": "0123456789abcdefghijABC",
            "23-two-byte": "\u00e9" * 23,
            "23-four-byte": "\U0001f600" * 23,
            "space": "a b",
            "wildcards": "+/#",
        }
        if version != V31:
            clients |= {"24": "a" * 24, "longest": "a" * LONGEST}
        for label, client in clients.items():
            book.ok(file, f"{v}-connect-client-{label}", connect(version, client))
        if version != V31:
            name = f"{v}-connect-client-empty-clean"
            book.ok(file, name, connect(version, "", clean_start=True))
        if version == V5:
            name = f"{v}-connect-client-empty-resume"
            book.ok(file, name, connect(version, "", clean_start=False))

        book.section(file, "CONNECT: contents of the optional fields")
        wills = {
            "payload-empty": Will(payload=b""),
            "payload-binary": Will(payload=bytes(range(256))),
            "payload-longest": Will(payload=b"\xff" * LONGEST),
            "topic-longest": Will(topic="w" * LONGEST),
            "topic-slash": Will(topic="/"),
            "topic-dollar": Will(topic="$SYS/w"),
            "topic-non-ascii": Will(topic="caf\u00e9/\U0001f600"),
        }
        for label, will in wills.items():
            book.ok(file, f"{v}-connect-will-{label}", connect(version, will=will))
        users = {"empty": "", "longest": "u" * LONGEST, "non-ascii": "\u00fc\u4e2d"}
        for label, user in users.items():
            book.ok(file, f"{v}-connect-user-{label}", connect(version, user_name=user))
        passwords = {
            "empty": b"",
            "longest": b"\x00" * LONGEST,
            "not-utf8": b"\xff\xfe\x00\x80",
        }
        for label, password in passwords.items():
            packet = connect(version, user_name="u", password=password)
            book.ok(file, f"{v}-connect-password-{label}", packet)
        full = connect(
            version,
            "client",
            clean_start=False,
            will=Will(2, True, "a/b", b"gone"),
            user_name="user",
            password=b"secret",
        )
        book.ok(file, f"{v}-connect-everything", full)


def _connect_flags(book: Book, version: str) -> None:
    wills = [None, *(Will(qos, retain) for qos, retain in product((0, 1, 2), (False, True)))]
    for will, user, password, clean in product(wills, (False, True), (False, True), (False, True)):
        if password and not user and version != V5:
            continue
        packet = connect(
            version,
            clean_start=clean,
            will=will,
            user_name="u" if user else None,
            password=b"p" if password else None,
        )
        flags = packet.frame.part("flags").data.hex()
        book.ok(legal(version), f"{tag(version)}-connect-flags-{flags}", packet)


def connacks(book: Book) -> None:
    for version in VERSIONS:
        file, v = legal(version), tag(version)
        book.section(file, "CONNACK")
        for code in sorted(REASONS["connack"]) if version == V5 else CONNACK_CODES_OLD:
            book.ok(file, f"{v}-connack-reason-{code:02x}", connack(version, code))
        if version != V31:
            packet = connack(version, session_present=True)
            book.ok(file, f"{v}-connack-session-present", packet)


def publishes(book: Book) -> None:
    for version in VERSIONS:
        file, v = legal(version), tag(version)
        book.section(file, "PUBLISH: every legal flags nibble")
        for qos, dup, retain in product((0, 1, 2), (False, True), (False, True)):
            if dup and not qos:
                continue
            packet = publish(version, dup=dup, qos=qos, retain=retain, payload=b"hello")
            book.ok(file, f"{v}-publish-flags-{packet.frame.first & 15:x}", packet)

        book.section(file, "PUBLISH: packet identifiers, payloads")
        for qos, number in product((1, 2), PACKET_IDS):
            packet = publish(version, qos=qos, packet_id=number, payload=b"x")
            book.ok(file, f"{v}-publish-qos{qos}-id-{number}", packet)
        for qos in (0, 1, 2):
            name = f"{v}-publish-qos{qos}-payload-empty"
            book.ok(file, name, publish(version, qos=qos))
        every = bytes(range(256))
        book.ok(file, f"{v}-publish-payload-all-bytes", publish(version, payload=every))
        book.ok(file, f"{v}-publish-topic-one", publish(version, "a"))
        book.ok(file, f"{v}-publish-topic-longest", publish(version, "t" * LONGEST))
        deep = publish(version, "/" * 199)
        book.ok(file, f"{v}-publish-topic-200-levels", deep)

        book.section(file, "PUBLISH: remaining lengths at the borders of the length field")
        fixed = len(publish(version).frame.body)
        for size in (127, 128, 16_383, 16_384, 2_097_151, 2_097_152):
            packet = publish(version, payload=b"x" * (size - fixed))
            book.ok(file, f"{v}-publish-remaining-{size}", packet)


def acks(book: Book) -> None:
    for version, name in product(VERSIONS, ACKS):
        file, v = legal(version), tag(version)
        book.section(file, name.upper())
        for number in PACKET_IDS:
            book.ok(file, f"{v}-{name}-id-{number}", ack(name, version, number))
        if version != V5:
            continue
        shortest = ack(name, V5)
        for code in sorted(REASONS[name]):
            brief = ack(name, V5, reason=code, form="reason")
            full = ack(name, V5, reason=code, form="full")
            again = None if code else shortest.frame
            book.ok(file, f"{v}-{name}-reason-{code:02x}", brief, again=again)
            again = brief.frame if code else shortest.frame
            book.ok(file, f"{v}-{name}-reason-{code:02x}-no-properties", full, again=again)


def subscribes(book: Book) -> None:
    for version in VERSIONS:
        file, v = legal(version), tag(version)
        book.section(file, "SUBSCRIBE")
        for number in PACKET_IDS:
            book.ok(file, f"{v}-subscribe-id-{number}", subscribe(version, packet_id=number))
        for qos in (0, 1, 2):
            book.ok(file, f"{v}-subscribe-qos{qos}", subscribe(version, [("a/b", qos)]))
        several = [("a", 0), ("b/+", 1), ("c/#", 2), ("a", 1)]
        book.ok(file, f"{v}-subscribe-several", subscribe(version, several))
        book.ok(file, f"{v}-subscribe-longest", subscribe(version, [("f" * LONGEST, 1)]))
        deep = subscribe(version, [("+/" * 199 + "#", 1)])
        book.ok(file, f"{v}-subscribe-200-levels", deep)
        many = subscribe(version, [("f", 0)] * 512)
        book.ok(file, f"{v}-subscribe-512-filters", many)
        if version == V5:
            book.section(file, "SUBSCRIBE: every legal options byte, No Local beside $share")
            for handling, options in product((0, 1, 2), range(16)):
                byte = handling << 4 | options
                if byte & 3 == 3:
                    continue
                packet = subscribe(V5, [("a/b", byte)])
                book.ok(file, f"{v}-subscribe-options-{byte:02x}", packet)
            for index, name in enumerate(("$share", "$shared/g/a", "$SHARE/g/a", "a/$share/g/b")):
                packet = subscribe(V5, [(name, 0x04)])
                book.ok(file, f"{v}-subscribe-no-local-not-shared-{index}", packet)
            shared = subscribe(V5, [("$share/g/a", 0x2A)])
            book.ok(file, f"{v}-subscribe-shared-options", shared)


def filters(book: Book) -> None:
    for version in VERSIONS:
        file, v = legal(version), tag(version)
        book.section(file, "Topic filters: the valid rows of the table")
        for index, (name, old, new) in enumerate(FILTERS):
            if new if version == V5 else old:
                packet = subscribe(version, [(name, 1)])
                book.ok(file, f"{v}-subscribe-filter-{index:02}", packet)
                book.ok(file, f"{v}-unsubscribe-filter-{index:02}", unsubscribe(version, [name]))


def subacks(book: Book) -> None:
    for version in VERSIONS:
        file, v = legal(version), tag(version)
        book.section(file, "SUBACK")
        allowed = sorted(REASONS["suback"]) if version == V5 else SUBACK_CODES[version]
        for number in PACKET_IDS:
            packet = codes("suback", version, packet_id=number)
            book.ok(file, f"{v}-suback-id-{number}", packet)
        for code in allowed:
            book.ok(file, f"{v}-suback-reason-{code:02x}", codes("suback", version, [code]))
        book.ok(file, f"{v}-suback-all-reasons", codes("suback", version, list(allowed)))
        book.ok(file, f"{v}-suback-512-reasons", codes("suback", version, [1] * 512))


def unsubscribes(book: Book) -> None:
    for version in VERSIONS:
        file, v = legal(version), tag(version)
        book.section(file, "UNSUBSCRIBE")
        for number in PACKET_IDS:
            book.ok(file, f"{v}-unsubscribe-id-{number}", unsubscribe(version, packet_id=number))
        several = unsubscribe(version, ["a", "b/+", "c/#", "a"])
        book.ok(file, f"{v}-unsubscribe-several", several)
        book.ok(file, f"{v}-unsubscribe-longest", unsubscribe(version, ["f" * LONGEST]))
        book.ok(file, f"{v}-unsubscribe-512-filters", unsubscribe(version, ["f"] * 512))
        book.ok(file, f"{v}-unsubscribe-200-levels", unsubscribe(version, ["/" * 199]))

        book.section(file, "UNSUBACK")
        for number in PACKET_IDS:
            packet = codes("unsuback", version, packet_id=number)
            book.ok(file, f"{v}-unsuback-id-{number}", packet)
        if version == V5:
            allowed = sorted(REASONS["unsuback"])
            for code in allowed:
                book.ok(file, f"{v}-unsuback-reason-{code:02x}", codes("unsuback", V5, [code]))
            book.ok(file, f"{v}-unsuback-all-reasons", codes("unsuback", V5, allowed))
            book.ok(file, f"{v}-unsuback-512-reasons", codes("unsuback", V5, [0x11] * 512))


def endings(book: Book) -> None:
    for version in VERSIONS:
        file, v = legal(version), tag(version)
        book.section(file, "PINGREQ, PINGRESP, DISCONNECT, AUTH")
        for name in ("pingreq", "pingresp", "disconnect"):
            book.ok(file, f"{v}-{name}", basic(name, version))
    file, v = legal(V5), tag(V5)
    for code in sorted(REASONS["disconnect"]):
        brief = disconnect(V5, code, form="reason")
        full = disconnect(V5, code, form="full")
        name = f"{v}-disconnect-reason-{code:02x}"
        book.ok(file, name, brief, again=None if code else disconnect(V5).frame)
        shortest = brief.frame if code else disconnect(V5).frame
        book.ok(file, f"{name}-no-properties", full, again=shortest)
    book.ok(file, f"{v}-auth", auth())
    for code in sorted(REASONS["auth"]):
        packet = auth(code, form="full")
        again = None if code else auth().frame
        book.ok(file, f"{v}-auth-reason-{code:02x}", packet, again=again)


def long_lengths(book: Book) -> None:
    """3.x has no rule against a remaining length in more bytes than needed."""
    for version in OLD_VERSIONS:
        file, v = legal(version), tag(version)
        book.section(file, "Remaining length in more bytes than needed, legal in 3.x")
        for name in names_in(version):
            packet = basic(name, version)
            size = len(packet.frame.body)
            for width in (2, 3, 4):
                longer = packet.with_frame(packet.frame.with_length(long_varint(size, width)))
                label = f"{v}-{name}-length-in-{width}"
                book.ok(file, label, longer, again=packet.frame)
        _table_rows(book, version)


def _table_rows(book: Book, version: str) -> None:
    """The rows 80 00 and FF 80 00 of the table of examples."""
    file, v = legal(version), tag(version)
    ping = basic("pingresp", version)
    book.ok(
        file,
        f"{v}-length-80-00",
        ping.with_frame(ping.frame.with_length(b"\x80\x00")),
        again=ping.frame,
    )
    short_of = 127 - len(publish(version).frame.body)
    packet: Packet = publish(version, payload=b"x" * short_of)
    book.ok(
        file,
        f"{v}-length-ff-80-00",
        packet.with_frame(packet.frame.with_length(b"\xff\x80\x00")),
        again=packet.frame,
    )


def write(book: Book) -> None:
    headings = {V31: "3.1", V311: "3.1.1", V5: "5.0"}
    for version in VERSIONS:
        book.section(legal(version), f"Legal packets of MQTT {headings[version]}; see README.md.")
    connects(book)
    connacks(book)
    publishes(book)
    acks(book)
    subscribes(book)
    filters(book)
    subacks(book)
    unsubscribes(book)
    endings(book)
    long_lengths(book)
