"""Packets from their fields: the frame and the description of what a decoder must find in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tables import ACKS, LEVELS, PACKETS, PROPERTIES, PROTOCOL_NAMES, V5
from wire import Frame, Part, Prop, Text, property_parts, raw, string, u16

Json = None | bool | int | str | list["Json"] | dict[str, "Json"]


def quote(text: str) -> str:
    """A JSON string in ASCII: backslash and quote escaped, all but 20 to 7E as UTF-16 units."""
    out: list[str] = []
    for char in text:
        if char in '"\\':
            out.append("\\" + char)
        elif " " <= char <= "~":
            out.append(char)
        else:
            units = char.encode("utf-16-be")
            out += [f"\\u{units[i : i + 2].hex()}" for i in range(0, len(units), 2)]
    return '"' + "".join(out) + '"'


def json(value: Json) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, list):
        return "[" + ",".join(json(item) for item in value) + "]"
    return "{" + ",".join(f"{quote(key)}:{json(item)}" for key, item in value.items()) + "}"


def text(value: Text) -> str:
    """For the description; ill-formed content only occurs where no description is used."""
    return raw(value).decode("utf-8", errors="replace")


def describe_properties(props: Sequence[Prop]) -> Json:
    rows: list[Json] = []
    for prop in props:
        value = prop.value
        if isinstance(value, tuple):
            rows.append([prop.name, text(value[0]), text(value[1])])
        elif isinstance(value, bytes) and PROPERTIES[prop.name].kind == "binary":
            rows.append([prop.name, value.hex()])
        elif isinstance(value, str | bytes):
            rows.append([prop.name, text(value)])
        elif PROPERTIES[prop.name].kind == "bool":
            rows.append([prop.name, bool(value)])
        else:
            rows.append([prop.name, int(value)])
    return rows


@dataclass(frozen=True)
class Packet:
    """A packet of one version, its bytes and its meaning."""

    name: str
    version: str
    frame: Frame
    fields: dict[str, Json]

    @property
    def description(self) -> str:
        return json({"type": self.name, **self.fields})

    def with_frame(self, frame: Frame) -> Packet:
        return replace(self, frame=frame)

    def offset(self, label: str) -> int:
        return self.frame.offset(label)


def first_byte(name: str) -> int:
    return PACKETS[name].number << 4 | PACKETS[name].flags


def _packet(name: str, version: str, parts: Sequence[Part], fields: dict[str, Json]) -> Packet:
    return Packet(name, version, Frame(first_byte(name), tuple(parts)), fields)


@dataclass(frozen=True)
class Will:
    """The will of a CONNECT."""

    qos: int = 0
    retain: bool = False
    topic: Text = "w"
    payload: bytes = b""
    props: tuple[Prop, ...] = ()
    props_length: bytes | None = None


def connect(
    version: str,
    client_id: Text = "c",
    *,
    clean_start: bool = True,
    keep_alive: int = 60,
    will: Will | None = None,
    user_name: Text | None = None,
    password: bytes | None = None,
    props: Sequence[Prop] = (),
    props_length: bytes | None = None,
    flags: int | None = None,
) -> Packet:
    """`flags` replaces the byte that follows from the other fields."""
    bits = 0x02 if clean_start else 0
    if will is not None:
        bits |= 0x04 | will.qos << 3 | (0x20 if will.retain else 0)
    bits |= (0x40 if password is not None else 0) | (0x80 if user_name is not None else 0)
    parts = [
        Part("protocol_name", string(PROTOCOL_NAMES[version])),
        Part("level", bytes([LEVELS[version]])),
        Part("flags", bytes([bits if flags is None else flags])),
        Part("keep_alive", u16(keep_alive)),
    ]
    if version == V5:
        parts += property_parts(props, length=props_length)
    parts.append(Part("client_id", string(client_id)))
    if will is not None:
        if version == V5:
            parts += property_parts(will.props, "will.", will.props_length)
        parts.append(Part("will.topic", string(will.topic)))
        parts.append(Part("will.payload", string(will.payload)))
    if user_name is not None:
        parts.append(Part("user_name", string(user_name)))
    if password is not None:
        parts.append(Part("password", string(password)))
    described: Json = None
    if will is not None:
        described = {
            "qos": will.qos,
            "retain": will.retain,
            "topic": text(will.topic),
            "payload": will.payload.hex(),
            "properties": describe_properties(will.props),
        }
    fields: dict[str, Json] = {
        "version": version,
        "clean_start": clean_start,
        "keep_alive": keep_alive,
        "client_id": text(client_id),
        "will": described,
        "user_name": None if user_name is None else text(user_name),
        "password": None if password is None else password.hex(),
        "properties": describe_properties(props),
    }
    return _packet("connect", version, parts, fields)


def connack(
    version: str,
    reason: int = 0,
    *,
    session_present: bool = False,
    flags: int | None = None,
    props: Sequence[Prop] = (),
    props_length: bytes | None = None,
) -> Packet:
    bits = int(session_present) if flags is None else flags
    parts = [Part("flags", bytes([bits])), Part("reason", bytes([reason]))]
    if version == V5:
        parts += property_parts(props, length=props_length)
    fields: dict[str, Json] = {
        "session_present": session_present,
        "reason": reason,
        "properties": describe_properties(props),
    }
    return _packet("connack", version, parts, fields)


def publish(
    version: str,
    topic: Text = "a/b",
    *,
    dup: bool = False,
    qos: int = 0,
    retain: bool = False,
    packet_id: int = 10,
    props: Sequence[Prop] = (),
    props_length: bytes | None = None,
    payload: bytes = b"",
) -> Packet:
    """The packet identifier counts for QoS 1 and 2 alone."""
    parts = [Part("topic", string(topic))]
    if qos:
        parts.append(Part("packet_id", u16(packet_id)))
    if version == V5:
        parts += property_parts(props, length=props_length)
    parts.append(Part("payload", payload))
    fields: dict[str, Json] = {
        "dup": dup,
        "qos": qos,
        "retain": retain,
        "topic": text(topic),
        "packet_id": packet_id if qos else None,
        "properties": describe_properties(props),
        "payload": payload.hex(),
    }
    first = first_byte("publish") | int(dup) << 3 | qos << 1 | int(retain)
    return Packet("publish", version, Frame(first, tuple(parts)), fields)


def ack(
    name: str,
    version: str,
    packet_id: int = 10,
    reason: int = 0,
    *,
    props: Sequence[Prop] = (),
    props_length: bytes | None = None,
    form: str = "shortest",
) -> Packet:
    """PUBACK, PUBREC, PUBREL and PUBCOMP; `form` is `shortest`, `reason` or `full`."""
    assert name in ACKS
    parts = [Part("packet_id", u16(packet_id))]
    fields: dict[str, Json] = {
        "packet_id": packet_id,
        "reason": reason,
        "properties": describe_properties(props),
    }
    if version == V5:
        parts += _reason_and_properties(reason, props, props_length, form)
    return _packet(name, version, parts, fields)


def _reason_and_properties(
    reason: int, props: Sequence[Prop], props_length: bytes | None, form: str
) -> tuple[Part, ...]:
    code = Part("reason", bytes([reason]))
    if props or props_length is not None or form == "full":
        return (code, *property_parts(props, length=props_length))
    return (code,) if reason or form == "reason" else ()


def subscribe(
    version: str,
    filters: Sequence[tuple[Text, int]] = (("f", 0),),
    *,
    packet_id: int = 10,
    props: Sequence[Prop] = (),
    props_length: bytes | None = None,
) -> Packet:
    """`filters` pairs each filter with its options byte."""
    parts = [Part("packet_id", u16(packet_id))]
    if version == V5:
        parts += property_parts(props, length=props_length)
    rows: list[Json] = []
    for index, (name, options) in enumerate(filters):
        parts.append(Part(f"filter{index}", string(name)))
        parts.append(Part(f"options{index}", bytes([options])))
        rows.append(
            {
                "filter": text(name),
                "qos": options & 3,
                "no_local": bool(options & 4),
                "retain_as_published": bool(options & 8),
                "retain_handling": options >> 4 & 3,
            }
        )
    fields: dict[str, Json] = {
        "packet_id": packet_id,
        "properties": describe_properties(props),
        "filters": rows,
    }
    return _packet("subscribe", version, parts, fields)


def unsubscribe(
    version: str,
    filters: Sequence[Text] = ("f",),
    *,
    packet_id: int = 10,
    props: Sequence[Prop] = (),
    props_length: bytes | None = None,
) -> Packet:
    parts = [Part("packet_id", u16(packet_id))]
    if version == V5:
        parts += property_parts(props, length=props_length)
    parts += [Part(f"filter{index}", string(name)) for index, name in enumerate(filters)]
    fields: dict[str, Json] = {
        "packet_id": packet_id,
        "properties": describe_properties(props),
        "filters": [text(name) for name in filters],
    }
    return _packet("unsubscribe", version, parts, fields)


def codes(
    name: str,
    version: str,
    reasons: Sequence[int] = (0,),
    *,
    packet_id: int = 10,
    props: Sequence[Prop] = (),
    props_length: bytes | None = None,
) -> Packet:
    """SUBACK and UNSUBACK; the UNSUBACK of 3.x has no codes."""
    parts = [Part("packet_id", u16(packet_id))]
    if version == V5:
        parts += property_parts(props, length=props_length)
    listed = reasons if version == V5 or name == "suback" else ()
    parts += [Part(f"reason{index}", bytes([code])) for index, code in enumerate(listed)]
    fields: dict[str, Json] = {
        "packet_id": packet_id,
        "properties": describe_properties(props),
        "reasons": list(listed),
    }
    return _packet(name, version, parts, fields)


def ping(name: str, version: str) -> Packet:
    return _packet(name, version, (), {})


def disconnect(
    version: str,
    reason: int = 0,
    *,
    props: Sequence[Prop] = (),
    props_length: bytes | None = None,
    form: str = "shortest",
) -> Packet:
    parts: tuple[Part, ...] = ()
    if version == V5:
        parts = _reason_and_properties(reason, props, props_length, form)
    fields: dict[str, Json] = {"reason": reason, "properties": describe_properties(props)}
    return _packet("disconnect", version, parts, fields)


def auth(
    reason: int = 0,
    *,
    props: Sequence[Prop] = (),
    props_length: bytes | None = None,
    form: str = "shortest",
) -> Packet:
    """A body of one byte is not covered by the standard, so a reason brings a property length."""
    form = "full" if reason else form
    parts = _reason_and_properties(reason, props, props_length, form)
    fields: dict[str, Json] = {"reason": reason, "properties": describe_properties(props)}
    return _packet("auth", V5, parts, fields)


def in_section(section: str, props: Sequence[Prop], length: bytes | None = None) -> Packet:
    """A small 5.0 packet with these properties in the named section, the rest of it legal.

    The parts are labelled with `prefix(section)` before `property_length`, `p0` and so on.
    """
    listed = tuple(props)
    if section == "connect":
        return connect(V5, props=listed, props_length=length)
    if section == "will":
        will = Will(payload=b"x", props=listed, props_length=length)
        return connect(V5, will=will)
    if section == "connack":
        return connack(V5, props=listed, props_length=length)
    if section == "publish":
        return publish(V5, "t", props=listed, props_length=length, payload=b"x")
    if section in ACKS:
        return ack(section, V5, props=listed, props_length=length, form="full")
    if section == "subscribe":
        return subscribe(V5, props=listed, props_length=length)
    if section == "unsubscribe":
        return unsubscribe(V5, props=listed, props_length=length)
    if section in ("suback", "unsuback"):
        return codes(section, V5, props=listed, props_length=length)
    if section == "disconnect":
        return disconnect(V5, props=listed, props_length=length, form="full")
    return auth(0x18, props=listed, props_length=length)


def prefix(section: str) -> str:
    return "will." if section == "will" else ""


def basic(name: str, version: str) -> Packet:
    """A small legal packet of each type, every mandatory field present."""
    if name == "connect":
        return connect(version)
    if name == "connack":
        return connack(version)
    if name == "publish":
        return publish(version, payload=b"x")
    if name in ACKS:
        return ack(name, version)
    if name == "subscribe":
        return subscribe(version)
    if name == "unsubscribe":
        return unsubscribe(version)
    if name in ("suback", "unsuback"):
        return codes(name, version)
    if name == "disconnect":
        return disconnect(version)
    return auth() if name == "auth" else ping(name, version)


def names_in(version: str) -> tuple[str, ...]:
    """The packet types of a version."""
    return tuple(name for name in PACKETS if version == V5 or name != "auth")
