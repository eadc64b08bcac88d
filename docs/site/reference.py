"""The reference of the Python package: from its stubs and sources, by mkdocstrings."""

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

Write = Callable[[str, str], None]


@dataclass(frozen=True)
class Part:
    """One page of the reference."""

    title: str
    path: str
    says: str
    names: tuple[str, ...]


PARTS = (
    Part(
        "Codec",
        "reference/codec.md",
        "Bytes to packets and back.",
        (
            "decode",
            "encode",
            "encode_into",
            "encode_segments",
            "inspect",
            "Decoder",
            "Packet",
            "Limits",
            "Strictness",
        ),
    ),
    Part(
        "Packets",
        "reference/packets.md",
        "A class for each packet, and what is in some of them.",
        (
            "Connect",
            "Will",
            "ConnAck",
            "Publish",
            "PubAck",
            "PubRec",
            "PubRel",
            "PubComp",
            "Subscribe",
            "Subscription",
            "SubAck",
            "Unsubscribe",
            "UnsubAck",
            "PingReq",
            "PingResp",
            "Disconnect",
            "Auth",
        ),
    ),
    Part(
        "Topics",
        "reference/topics.md",
        "Names, filters, and indexes over them.",
        (
            "TopicName",
            "TopicFilter",
            "matches",
            "SubscriptionTrie",
            "ShareGroup",
            "Overlaps",
            "MergedDelivery",
            "RetainedIndex",
            "Router",
            "Route",
            "to_amqp",
            "from_amqp",
            "to_kafka",
            "from_kafka",
        ),
    ),
    Part(
        "Sessions",
        "reference/sessions.md",
        "Both sides of MQTT without the network.",
        (
            "ClientSession",
            "ClientConfig",
            "ServerSession",
            "ServerConfig",
            "QueueLimits",
            "Stats",
            "Traffic",
            "Spread",
        ),
    ),
    Part(
        "Events",
        "reference/events.md",
        "What sessions report.",
        (
            "ClientEvent",
            "ServerEvent",
            "Connected",
            "Message",
            "Published",
            "Dropped",
            "Writable",
            "Subscribed",
            "Unsubscribed",
            "Fenced",
            "Closed",
        ),
    ),
    Part(
        "Persistence",
        "reference/persistence.md",
        "What a store keeps of a session, and gives back.",
        ("PersistConfig", "PersistOp", "SessionState"),
    ),
    Part(
        "Broker",
        "reference/broker.md",
        "A broker without I/O.",
        (
            "Broker",
            "BrokerConfig",
            "BrokerLimits",
            "Acl",
            "BrokerEvent",
            "Authenticate",
            "BrokerAuth",
            "Authorize",
            "BrokerConnected",
            "BrokerMessage",
            "BrokerClosed",
            "BrokerStats",
        ),
    ),
    Part(
        "Enumerations",
        "reference/enums.md",
        "All of them are `IntEnum`s.",
        (
            "QoS",
            "Version",
            "PacketType",
            "ReasonCode",
            "RetainHandling",
            "Sender",
            "AckMode",
            "WhenFull",
            "SessionLost",
            "SessionStart",
            "DropReason",
            "CloseCause",
            "Timer",
            "Durability",
            "PersistKind",
            "ShareStrategy",
            "Authentication",
            "Authorization",
            "SlowConsumer",
        ),
    ),
    Part(
        "Errors",
        "reference/errors.md",
        "All but `TypeError` and `ValueError` are `mqtt_core.Error`.",
        (
            "Error",
            "ProtocolError",
            "RemoteProtocolError",
            "MalformedPacketError",
            "LocalProtocolError",
            "LimitError",
            "WouldBlock",
            "TopicError",
            "PersistenceError",
            "AclError",
        ),
    ),
)

MODULES = {
    "mqtt_core.aio": ("reference/aio.md", "Client"),
    "mqtt_core.testing": ("reference/testing.md", ""),
}
"""Other modules, as far as they are there: a page for all their names, and which comes first."""


def public_names(file: Path) -> list[str]:
    """What `__all__` of a module says."""
    for node in ast.parse(file.read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return [str(name) for name in ast.literal_eval(node.value)]
    return []


def module_file(name: str, repository: Path) -> Path | None:
    base = repository / "mqtt-py/python" / name.replace(".", "/")
    for file in (base / "__init__.py", base.with_suffix(".py")):
        if file.is_file():
            return file
    return None


def write(write_page: Write, repository: Path) -> list[tuple[str, str]]:
    """Writes the pages, and gives their titles and paths.

    Raises ValueError if a public name of the package is on none of them.
    """
    package = module_file("mqtt_core", repository)
    assert package is not None
    names = set(public_names(package))
    shown = {name for part in PARTS for name in part.names}
    if names != shown:
        raise ValueError(f"the reference and __all__ differ: {sorted(names ^ shown)}")

    rows = []
    pages = []
    for part in PARTS:
        blocks = [f"# {part.title}\n\n{part.says}\n"]
        blocks += [f"::: mqtt_core.{name}\n" for name in part.names]
        write_page(part.path, "\n".join(blocks))
        pages.append((part.title, part.path))
        rows.append(row(part.title, part.path, part.says, "mqtt_core", part.names))
    for module, (path, first) in MODULES.items():
        file = module_file(module, repository)
        if file is None:
            continue
        found = sorted(public_names(file), key=lambda name: (name != first, name))
        says = (ast.get_docstring(ast.parse(file.read_text("utf-8"))) or "").split("\n")[0]
        blocks = [f"# {module}\n\n{says}\n", *(f"::: {module}.{name}\n" for name in found)]
        write_page(path, "\n".join(blocks))
        pages.append((module, path))
        rows.append(row(f"`{module}`", path, says, module, found))
    head = (
        "# Python reference\n\nFrom the stubs of the package: what type checkers see."
        "\n\n| page | | names |\n|---|---|---|\n"
    )
    write_page("reference/index.md", head + "".join(rows))
    return pages


def row(title: str, path: str, says: str, module: str, names: Iterable[str]) -> str:
    file = path.removeprefix("reference/")
    links = ", ".join(f"[`{name}`]({file}#{module}.{name})" for name in names)
    return f"| [{title}]({file}) | {says} | {links} |\n"


def plugin(repository: Path) -> dict[str, object]:
    """Settings of mkdocstrings."""
    return {
        "handlers": {
            "python": {
                "paths": [str(repository / "mqtt-py/python")],
                "options": {
                    "allow_inspection": False,
                    "docstring_style": None,
                    "extensions": [str(Path(__file__).parent / "stubs.py")],
                    "filters": ["!^_"],
                    "heading_level": 2,
                    "inherited_members": False,
                    "line_length": 90,
                    "members_order": "source",
                    "merge_init_into_class": True,
                    "separate_signature": True,
                    "show_bases": True,
                    "show_root_heading": True,
                    "show_root_full_path": False,
                    "show_signature_annotations": True,
                    "show_source": False,
                    "show_symbol_type_heading": True,
                    "show_symbol_type_toc": True,
                    "signature_crossrefs": True,
                },
            }
        }
    }
