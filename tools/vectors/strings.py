"""UTF-8 in strings: every class of ill-formed content, U+0000, and what must be let through."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from book import Book, illegal, legal, short, tag
from packets import Packet, Will, connect, in_section, prefix, publish, subscribe, unsubscribe
from tables import PROPERTIES, V5, V31, VERSIONS
from wire import Prop, Text

# label, bytes, index of the first byte that is in no well-formed character
ILL_FORMED: tuple[tuple[str, bytes, int], ...] = (
    ("lone-80", b"\x80", 0),
    ("lone-bf", b"\xbf", 0),
    ("lone-after-character", b"\xc3\xa9\xa9", 2),
    ("overlong-2-c0-80", b"\xc0\x80", 0),
    ("overlong-2-c0-af", b"\xc0\xaf", 0),
    ("overlong-2-c1-bf", b"\xc1\xbf", 0),
    ("overlong-3-min", b"\xe0\x80\x80", 0),
    ("overlong-3-max", b"\xe0\x9f\xbf", 0),
    ("overlong-4-min", b"\xf0\x80\x80\x80", 0),
    ("overlong-4-max", b"\xf0\x8f\xbf\xbf", 0),
    ("surrogate-d800", b"\xed\xa0\x80", 0),
    ("surrogate-dbff", b"\xed\xaf\xbf", 0),
    ("surrogate-dc00", b"\xed\xb0\x80", 0),
    ("surrogate-dfff", b"\xed\xbf\xbf", 0),
    ("surrogate-pair", b"\xed\xa0\xbd\xed\xb8\x80", 0),
    ("above-110000", b"\xf4\x90\x80\x80", 0),
    ("above-f5", b"\xf5\x80\x80\x80", 0),
    ("above-f7", b"\xf7\xbf\xbf\xbf", 0),
    ("five-bytes", b"\xf8\x88\x80\x80\x80", 0),
    ("six-bytes", b"\xfc\x84\x80\x80\x80\x80", 0),
    ("byte-fe", b"\xfe", 0),
    ("byte-ff", b"\xff", 0),
    ("cut-2", b"\xc3", 0),
    ("cut-3-one", b"\xe2", 0),
    ("cut-3-two", b"\xe2\x82", 0),
    ("cut-4-one", b"\xf0", 0),
    ("cut-4-two", b"\xf0\x9f", 0),
    ("cut-4-three", b"\xf0\x9f\x98", 0),
    ("cut-before-lead", b"\xe2\x82\xc3\xa9", 0),
    ("cut-after-character", b"\xe4\xb8\xad\xe4\xb8", 3),
)

# label, text: characters at the borders of the ranges, and those a decoder must keep
WELL_FORMED: tuple[tuple[str, str], ...] = (
    ("u0001", "\u0001"),
    ("u001f", "\u001f"),
    ("u0020", " "),
    ("u007e", "~"),
    ("u007f", "\u007f"),
    ("u0080", "\u0080"),
    ("u009f", "\u009f"),
    ("u07ff", "\u07ff"),
    ("u0800", "\u0800"),
    ("ud7ff", "\ud7ff"),
    ("ue000", "\ue000"),
    ("ufdd0", "\ufdd0"),
    ("ufffd", "\ufffd"),
    ("ufffe", "\ufffe"),
    ("uffff", "\uffff"),
    ("u10000", "\U00010000"),
    ("u1ffff", "\U0001ffff"),
    ("u10ffff", "\U0010ffff"),
    ("bom", "\ufeff"),
    ("bom-start", "\ufeffa"),
    ("bom-middle", "a\ufeffb"),
    ("bom-end", "a\ufeff"),
    ("bom-twice", "\ufeff\ufeff"),
    ("non-ascii-start", "\u00e9a"),
    ("non-ascii-end", "a\u00e9"),
    ("composed", "caf\u00e9"),
    ("decomposed", "cafe\u0301"),
    ("quote-backslash", 'a"b\\c'),
    ("tab-newline", "a\tb\nc"),
)


@dataclass(frozen=True)
class StringField:
    """A string field: how to build a packet around it, and the part that holds it."""

    name: str
    label: str
    build: Callable[[str, Text], Packet]


FIELDS = (
    StringField("publish-topic", "topic", lambda v, s: publish(v, s, payload=b"x")),
    StringField("connect-client", "client_id", lambda v, s: connect(v, s, user_name="u")),
    StringField("connect-will-topic", "will.topic", lambda v, s: connect(v, will=Will(topic=s))),
    StringField("connect-user", "user_name", lambda v, s: connect(v, user_name=s, password=b"p")),
    StringField("subscribe-filter", "filter1", lambda v, s: subscribe(v, [("a", 1), (s, 1)])),
    StringField("unsubscribe-filter", "filter1", lambda v, s: unsubscribe(v, ["a", s])),
)
TOPIC = FIELDS[0]


def well_formed(book: Book) -> None:
    for version in VERSIONS:
        file, v = legal(version), tag(version)
        book.section(file, "Strings: characters that must be let through")
        for label, content in WELL_FORMED:
            book.ok(file, f"{v}-{TOPIC.name}-{label}", TOPIC.build(version, content))
        for field in FIELDS[1:]:
            for label in ("u0001", "ufffe", "u10ffff", "bom-start", "non-ascii-end"):
                content = dict(WELL_FORMED)[label]
                book.ok(file, f"{v}-{field.name}-{label}", field.build(version, content))


def _bad_bytes(
    book: Book, version: str, field: StringField, label: str, content: bytes, at: int, kind: str
) -> None:
    packet = field.build(version, content)
    name = f"{tag(version)}-{field.name}-{label}"
    book.bad(illegal(version), name, packet, kind, packet.offset(field.label) + 2 + at)


def ill_formed(book: Book) -> None:
    for version in VERSIONS:
        file = illegal(version)
        book.section(file, "Strings: ill-formed UTF-8, U+0000")
        for label, data, at in ILL_FORMED:
            _bad_bytes(book, version, TOPIC, f"utf8-{label}", data, at, "utf8")
            content = b"ab" + data + b"cd"
            _bad_bytes(book, version, TOPIC, f"utf8-{label}-inside", content, 2 + at, "utf8")
            content = b"\xc3\xa9/" + data
            _bad_bytes(book, version, TOPIC, f"utf8-{label}-end", content, 3 + at, "utf8")
        for field in FIELDS:
            _nul(book, version, field)
        for field in FIELDS[1:]:
            for label in ("lone-80", "overlong-2-c0-80", "surrogate-d800", "above-110000", "cut-2"):
                data, at = next((data, at) for name, data, at in ILL_FORMED if name == label)
                _bad_bytes(book, version, field, f"utf8-{label}", data, at, "utf8")
            _bad_bytes(book, version, field, "utf8-late", b"\xf0\x9f\x98\x80a\xff", 5, "utf8")


def _nul(book: Book, version: str, field: StringField) -> None:
    for label, content in (
        ("only", b"\x00"),
        ("start", b"\x00ab"),
        ("middle", b"a\x00b"),
        ("end", b"ab\x00"),
        ("after-non-ascii", b"\xe4\xb8\xad\x00"),
    ):
        at = content.index(0)
        _bad_bytes(book, version, field, f"nul-{label}", content, at, "nul")


def positions(book: Book) -> None:
    """One bad byte at every position, for decoders that look at several bytes at once."""
    file = illegal(V5)
    book.section(file, "Topic names: U+0000 and wildcards at every position")
    for mark, kind in (("\u0000", "nul"), ("+", "topic_wildcard"), ("#", "topic_wildcard")):
        for size in (*range(1, 10), 15, 16, 17, 24, 25, 33):
            for at in range(size):
                packet = publish(V5, "a" * at + mark + "b" * (size - at - 1), payload=b"x")
                name = f"v5-publish-topic-{ord(mark):02x}-at-{at}-of-{size}"
                book.bad(file, name, packet, kind, packet.offset("topic") + 2 + at)
    file = legal(V5)
    book.section(file, "Topic names: the neighbours of U+0000 and wildcards, at every position")
    near = "\u0001\u0003\u000b\u001b\u0022$*,\u007f\u00a3\u00ab\u0100\u2b23\u232b\U0001f300"
    for size in (1, 3, 4, 5, 7, 8, 9, 16, 17):
        for shift in range(0, len(near), 3):
            chars = (near[(shift + index) % len(near)] for index in range(size))
            name = f"v5-publish-topic-near-{size}-{shift}"
            book.ok(file, name, publish(V5, "".join(chars)))


def straddling(book: Book) -> None:
    """Characters made of the end of one field and the start of the next one.

    All that follows the fixed header is well-formed text here, but the string field by itself is
    not: a decoder that checks more than one field at once has to look at the borders.
    """
    for version in VERSIONS:
        file, v = illegal(version), tag(version)
        book.section(file, "Strings: ill-formed alone, a character together with the next field")
        book.section(legal(version), "Strings: lengths whose bytes look like parts of characters")
        for number in (0xA941, 0xA9A9, 0x80C2):
            packet = publish(version, b"a\xc3", qos=1, packet_id=number)
            name = f"{v}-straddle-topic-end-id-{number:04x}"
            book.bad(file, name, packet, "utf8", packet.offset("topic") + 3)
        if version != V5:
            packet = publish(version, b"ab\xe2\x82", payload=b"\xac")
            name = f"{v}-straddle-topic-end-payload"
            book.bad(file, name, packet, "utf8", packet.offset("topic") + 4)
        packet = unsubscribe(version, [b"a\xc3", "f" * 0xA961])
        name = f"{v}-straddle-filter-end-length"
        book.bad(file, name, packet, "utf8", packet.offset("filter0") + 3)
        packet = connect(version, b"c\xf0", user_name=b"\x80" + b"u" * 0x9F97)
        name = f"{v}-straddle-client-end-length-start"
        book.bad(file, name, packet, "utf8", packet.offset("client_id") + 3)
        for field in FIELDS:
            for start in (b"\xa9", b"\x82\xac", b"\x9f\x98\x80"):
                # The low byte of the length is the first byte of the character.
                size = {1: 0xC3, 2: 0xE2, 3: 0xF0}[len(start)]
                if version == V31 and field.name == "connect-client":
                    continue
                packet = field.build(version, start + b"a" * (size - len(start)))
                name = f"{v}-straddle-{field.name}-length-{size:02x}"
                book.bad(file, name, packet, "utf8", packet.offset(field.label) + 2)
            if version == V31 and field.name == "connect-client":
                continue
            packet = field.build(version, b"\xac" + b"a" * 0xE281)
            name = f"{v}-straddle-{field.name}-length-e282"
            book.bad(file, name, packet, "utf8", packet.offset(field.label) + 2)
            for size in (0xC2, 0xC3, 0xE2, 0xF0, 0x80C2, 0xC3A9, 0xE282, 0xFFFE):
                packet = field.build(version, "\u00e9" + "a" * (size - 2))
                name = f"{v}-straddle-{field.name}-legal-{size:04x}"
                book.ok(legal(version), name, packet)
    file = illegal(V5)
    for section in ("publish", "connect", "puback"):
        at = f"{prefix(section)}p0.value"
        packet = in_section(section, [Prop("user_property", (b"k\xc3", b"v" * 0xA961))])
        name = f"v5-straddle-{section}-user-property-name-end"
        book.bad(file, name, packet, "utf8", packet.offset(at) + 3)
        packet = in_section(section, [Prop("user_property", ("k", b"\xa9" + b"v" * 0xC2))])
        name = f"v5-straddle-{section}-user-property-value-start"
        book.bad(file, name, packet, "utf8", packet.offset(at) + 5)
    packet = subscribe(V5, [(b"a\xc3", 1)], props=[Prop("user_property", ("k", "v"))])
    name = "v5-straddle-subscribe-filter-end"
    book.bad(file, name, packet, "utf8", packet.offset("filter0") + 3)


def in_properties(book: Book) -> None:
    """Strings inside properties; both halves of a pair count as strings."""
    file = illegal(V5)
    book.section(file, "Strings in properties: ill-formed UTF-8, U+0000")
    for name, facts in PROPERTIES.items():
        if facts.kind not in ("string", "pair"):
            continue
        for section in facts.sections:
            for kind, content, at in (
                ("utf8", b"ab\xed\xa0\x80", 2),
                ("utf8", b"a\xc3", 1),
                ("nul", b"ab\x00c", 2),
            ):
                label = f"v5-{section}-{short(name)}-{kind}-{at}"
                if facts.kind == "string":
                    prop = Prop(name, content)
                    _bad_property(book, label, section, prop, kind, 2 + at)
                else:
                    first = Prop(name, (content, "v"))
                    _bad_property(book, f"{label}-name", section, first, kind, 2 + at)
                    second = Prop(name, ("key", content))
                    _bad_property(book, f"{label}-value", section, second, kind, 7 + at)


def _bad_property(book: Book, name: str, section: str, prop: Prop, kind: str, at: int) -> None:
    packet = in_section(section, [prop])
    offset = packet.offset(f"{prefix(section)}p0.value") + at
    book.bad(illegal(V5), name, packet, kind, offset)


def legal_in_properties(book: Book) -> None:
    file = legal(V5)
    book.section(file, "Strings in properties: the mark U+FEFF, characters at the borders")
    for name, facts in PROPERTIES.items():
        section = facts.sections[0]
        for label in ("bom-start", "u0001", "u10ffff"):
            content = dict(WELL_FORMED)[label]
            if facts.kind == "string":
                prop = Prop(name, content)
            elif facts.kind == "pair":
                prop = Prop(name, (content, content))
            else:
                continue
            packet = in_section(section, [prop])
            book.ok(file, f"v5-{section}-{short(name)}-{label}", packet)


def write(book: Book) -> None:
    well_formed(book)
    legal_in_properties(book)
    ill_formed(book)
    positions(book)
    straddling(book)
    in_properties(book)
