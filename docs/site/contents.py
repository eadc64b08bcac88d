"""The pages of the site, in the order of its navigation, and where each of them comes from."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """One page. Without a source it is generated."""

    title: str
    path: str
    """Where it is on the site."""
    source: str | None = None
    """Where it is in the repository."""
    hide: tuple[str, ...] = ()
    """What of the frame is left away, so that there is room for two columns of code."""


@dataclass(frozen=True)
class Section:
    """Pages under one title."""

    title: str
    items: "tuple[Page | Section, ...]"


NAVIGATION: tuple[Page | Section, ...] = (
    Section(
        "Home",
        (
            Page("mqtt-core", "index.md", "docs/site/index.md", hide=("navigation",)),
            Page("The project", "project.md", "README.md"),
            Page("Contributing", "contributing.md", "CONTRIBUTING.md"),
            Page("Changes", "changelog.md", "CHANGELOG.md"),
        ),
    ),
    Section(
        "Python",
        (
            Page("The package", "python/index.md", "mqtt-py/README.md"),
            Page("Tutorial", "python/tutorial.md", "mqtt-py/docs/tutorial.md"),
            Section(
                "Coming from",
                (
                    Page(
                        "paho-mqtt",
                        "python/from-paho.md",
                        "mqtt-py/docs/from-paho.md",
                        hide=("navigation",),
                    ),
                    Page(
                        "aiomqtt",
                        "python/from-aiomqtt.md",
                        "mqtt-py/docs/from-aiomqtt.md",
                        hide=("navigation",),
                    ),
                ),
            ),
            Section(
                "With asyncio",
                (
                    Page("Client", "python/aio.md", "mqtt-py/docs/aio.md"),
                    Page("Broker", "python/serve.md", "mqtt-py/docs/serve.md"),
                ),
            ),
            Section(
                "Without I/O",
                (
                    Page("Codec", "python/codec.md", "mqtt-py/docs/codec.md"),
                    Page("Topics", "python/topics.md", "mqtt-py/docs/topics.md"),
                    Page("Client sessions", "python/sessions.md", "mqtt-py/docs/sessions.md"),
                    Page(
                        "Server sessions",
                        "python/server-sessions.md",
                        "mqtt-py/docs/server-sessions.md",
                    ),
                    Page("Broker", "python/broker.md", "mqtt-py/docs/broker.md"),
                ),
            ),
            Page("The command mqc", "python/mqc.md", "mqtt-py/docs/mqc.md"),
        ),
    ),
    Section("Python reference", (Page("Overview", "reference/index.md"),)),
    Section(
        "Rust",
        (
            Page("In Rust", "rust/index.md", "docs/rust.md"),
            Page("How it works inside", "rust/design.md", "mqtt-core/DESIGN.md"),
            Page("Client on tokio", "rust/client.md", "mqtt-core/examples/client/README.md"),
            Page("Fuzzing", "rust/fuzzing.md", "fuzz/README.md"),
        ),
    ),
    Section(
        "C and C++",
        (
            Page("In C", "c/index.md", "mqtt-ffi/docs/README.md"),
            Page("Packets, names, the broker", "c/api.md", "mqtt-ffi/docs/api.md"),
            Page("Topics and indexes", "c/api-indexes.md", "mqtt-ffi/docs/api-indexes.md"),
            Page("Sessions", "c/api-sessions.md", "mqtt-ffi/docs/api-sessions.md"),
            Page("Speed", "c/speed.md", "mqtt-ffi/docs/speed.md"),
            Page("Sizes", "c/sizes.md", "mqtt-ffi/docs/sizes.md"),
            Page("Fuzzing", "c/fuzzing.md", "mqtt-ffi/fuzz/README.md"),
        ),
    ),
    Section(
        "Guides",
        (
            Page("All pages of the project", "guides/index.md", "docs/README.md"),
            Page("Server", "guides/server.md", "docs/server.md"),
            Page("Broker", "guides/broker.md", "docs/broker.md"),
            Page("Durability", "guides/durability.md", "docs/durability.md"),
            Page("Packets", "guides/packets.md", "docs/packets.md"),
            Page("Strictness and limits", "guides/limits.md", "docs/limits.md"),
            Section(
                "Patterns",
                (
                    Page("Fleet", "guides/fleet.md", "docs/patterns/fleet.md"),
                    Page("Metadata", "guides/metadata.md", "docs/patterns/metadata.md"),
                    Page(
                        "Request and response",
                        "guides/request-response.md",
                        "docs/patterns/request_response.md",
                    ),
                    Page("Workers", "guides/workers.md", "docs/patterns/workers.md"),
                    Page("Routing", "guides/routing.md", "docs/patterns/routing.md"),
                    Page("Connector", "guides/connector.md", "docs/patterns/connector.md"),
                    Page("AMQP bridge", "guides/amqp-bridge.md", "docs/patterns/amqp-bridge.md"),
                ),
            ),
        ),
    ),
    Section(
        "Performance",
        (
            Page("In short", "performance/index.md", "docs/site/performance.md"),
            Page("Rust", "performance/rust.md", "docs/performance.md"),
            Page("Python", "performance/python.md", "mqtt-py/docs/speed.md"),
            Page("Python clients", "performance/python-e2e.md", "mqtt-py/docs/e2e.md"),
            Page("How Rust is measured", "performance/benches.md", "benches/README.md"),
        ),
    ),
    Section(
        "Conformance",
        (
            Page("Statements and tests", "conformance/index.md"),
            Page("MQTT 5.0", "conformance/v5.md", hide=("navigation",)),
            Page("MQTT 3.1.1", "conformance/v311.md", hide=("navigation",)),
            Page("Why to believe it", "conformance/proof.md", "docs/proof.md"),
            Page(
                "Tables of the standards", "conformance/tables.md", "mqtt-core/tests/spec/README.md"
            ),
            Page(
                "State machines", "conformance/states.md", "mqtt-core/tests/spec/state-machines.md"
            ),
            Page(
                "Strings and topics",
                "conformance/topics.md",
                "mqtt-core/tests/spec/utf8-and-topics.md",
            ),
            Page("Vectors", "conformance/vectors.md", "mqtt-core/tests/vectors/README.md"),
            Page(
                "Topic vectors", "conformance/topic-vectors.md", "mqtt-core/tests/topics/README.md"
            ),
        ),
    ),
)


def all_pages(items: tuple[Page | Section, ...] = NAVIGATION) -> Iterator[Page]:
    """All of them, in their order."""
    for item in items:
        if isinstance(item, Page):
            yield item
        else:
            yield from all_pages(item.items)
