"""What AMQP and Kafka call a topic, and back."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mqtt_core import TopicError, TopicFilter, TopicName, from_amqp, from_kafka, to_amqp, to_kafka

TEXTS = st.lists(st.sampled_from("ab/.+#*_-$é\0"), max_size=12).map("".join)


def test_examples() -> None:
    assert to_amqp("sensors/temperature") == "sensors.temperature"
    assert to_amqp(TopicName("a//b")) == "a..b"
    assert to_amqp(TopicFilter("sensors/+/#")) == "sensors.*.#"
    assert to_amqp("orders/eu/new", exchange=True) == ("orders", "eu.new")
    assert to_amqp("orders", exchange=True) == ("orders", "")
    assert to_amqp(TopicFilter("orders/+/#"), exchange=True) == ("orders", "*.#")
    assert from_amqp("sensors.temperature") == "sensors/temperature"
    assert from_amqp("sensors.*.#", binding=True) == "sensors/+/#"
    assert from_amqp("eu.new", exchange="orders") == "orders/eu/new"
    assert from_amqp("*.#", exchange="orders", binding=True) == "orders/+/#"
    assert to_kafka("sensors/temperature") == "sensors.temperature"
    assert from_kafka("sensors.temperature") == "sensors/temperature"


@pytest.mark.parametrize(
    ("make", "kind", "offset"),
    [
        (lambda: to_amqp("a.b"), "map_separator", 1),
        (lambda: to_amqp("a/*"), "map_wildcard", 2),
        (lambda: to_amqp("$SYS/x"), "map_dollar", 0),
        (lambda: to_amqp("a" * 256), "map_too_long", 255),
        (lambda: to_amqp(TopicFilter("$share/g/a")), "map_shared", 0),
        (lambda: to_amqp("ä/b", exchange=True), "map_exchange", None),
        (lambda: to_amqp("a/", exchange=True), "map_empty_level", None),
        (lambda: to_amqp("a/+"), "topic_wildcard", 2),
        (lambda: from_amqp(""), "map_empty", 0),
        (lambda: from_amqp("#.a", binding=True), "map_wildcard", 0),
        (lambda: from_amqp("a\0"), "map_character", 1),
        (lambda: to_kafka("a b"), "map_character", 1),
        (lambda: to_kafka("/"), "map_dots", 0),
        (lambda: from_kafka("a/b"), "map_character", 1),
        (lambda: from_kafka("\ud800"), "utf8", 0),
    ],
)
def test_refused(make: object, kind: str, offset: int | None) -> None:
    assert callable(make)
    with pytest.raises(TopicError) as caught:
        make()
    error = caught.value
    assert (error.kind, error.offset) == (kind, offset)


@given(TEXTS)
def test_what_maps_maps_back(text: str) -> None:
    with contextlib.suppress(TopicError):
        assert from_kafka(to_kafka(text)) == text
    for topic, binding in ((text, False), (TopicFilter, True)):
        try:
            value = TopicFilter(text) if binding else str(topic)
            assert from_amqp(to_amqp(value), binding=binding) == text
            exchange, key = to_amqp(value, exchange=True)
            assert from_amqp(key, exchange=exchange, binding=binding) == text
        except TopicError:
            pass


def test_wrong_types() -> None:
    with pytest.raises(TypeError):
        to_kafka(TopicFilter("a"))  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        to_amqp("a", exchange=1)  # type: ignore[call-overload]
    with pytest.raises(TypeError):
        from_amqp(TopicName("a"))  # type: ignore[arg-type]
