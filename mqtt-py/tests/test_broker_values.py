"""Events, settings, rules and numbers of brokers are immutable values."""

import copy
import inspect
import pickle
import sys
import weakref
from typing import Any

import mqtt_core
import pytest
from mqtt_core import (
    Acl,
    Auth,
    Authenticate,
    Authentication,
    Authorization,
    Authorize,
    BrokerAuth,
    BrokerClosed,
    BrokerConfig,
    BrokerConnected,
    BrokerLimits,
    BrokerMessage,
    BrokerStats,
    CloseCause,
    Closed,
    Connect,
    PersistConfig,
    Publish,
    QoS,
    ReasonCode,
    ServerConfig,
    ShareStrategy,
    SlowConsumer,
    Subscription,
)

VALUES: list[Any] = [
    Acl(),
    Acl('allow all user "anna b" a/%u\ndefault allow'),
    Authenticate(2**64 - 1, Connect("c", user_name="u")),
    BrokerAuth(3, Auth(ReasonCode.CONTINUE_AUTHENTICATION, authentication_method="M")),
    Authorize(1, Publish("a/é", b"x"), client_id="c"),
    Authorize(1, Subscription("a/é", QoS.AT_LEAST_ONCE), client_id="c", user_name="u"),
    BrokerConnected(1, "c"),
    BrokerConnected(1, "c", True),
    BrokerMessage(7, Publish("a", b"x")),
    BrokerClosed(1, Closed(CloseCause.EOF)),
    BrokerClosed(1, Closed(CloseCause.DISCONNECT, ReasonCode.SUCCESS)),
    BrokerConfig(),
    BrokerConfig(
        server=ServerConfig(persist=PersistConfig(epoch=3)),
        authentication=Authentication.ASK,
        sessions_of_users=False,
        authorization=Acl("default allow"),
        max_qos=QoS.AT_LEAST_ONCE,
        retain_available=False,
        wildcards_available=False,
        shared_available=False,
        subscription_ids_available=False,
        receive_maximum=1,
        topic_alias_maximum=2,
        max_keep_alive=3,
        max_session_expiry=4,
        share_strategy=ShareStrategy.STICKY,
        slow_consumer=SlowConsumer.DISCONNECT,
        max_publisher_wait=0.5,
        queue_qos_0=True,
        sys_interval=None,
        limits=BrokerLimits(max_levels=5),
    ),
    BrokerLimits(),
    BrokerLimits(
        max_connections=1,
        max_sessions=2,
        max_subscriptions=3,
        max_subscriptions_per_client=4,
        max_levels=5,
        max_retained=6,
        max_retained_bytes=7,
        max_queued_bytes=8,
        max_event_bytes=2**64 - 1,
    ),
    BrokerStats(),
    BrokerStats(connections=1, dropped_full=2),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_values(value: Any) -> None:
    made = eval(repr(value), vars(mqtt_core).copy())
    assert made == value and hash(made) == hash(value) and made is not value
    assert repr(made) == repr(value)
    assert value != object()
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(value, protocol)) == value
    assert copy.copy(value) is value
    assert copy.deepcopy(value) is value
    assert value.replace() == value
    if sys.version_info >= (3, 13):
        assert copy.replace(value) == value
    with pytest.raises(TypeError):
        type("Derived", (type(value),), {})
    with pytest.raises(TypeError):
        value.replace(unknown=1)
    parameters = inspect.signature(type(value)).parameters
    positional = [name for name, it in parameters.items() if it.kind is it.POSITIONAL_OR_KEYWORD]
    assert list(type(value).__match_args__) == positional
    for name in parameters:
        assert getattr(value, name) == getattr(made, name)
        with pytest.raises(AttributeError):
            setattr(value, name, None)
    assert weakref.ref(value)() is value


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_every_field_counts(value: Any) -> None:
    for other in VALUES:
        if type(other) is type(value):
            for name in inspect.signature(type(value)).parameters:
                changed = value.replace(**{name: getattr(other, name)})
                is_same = getattr(other, name) == getattr(value, name)
                assert (changed == value) is is_same
                assert (hash(changed) == hash(value)) is is_same


def test_defaults_are_shown() -> None:
    assert repr(BrokerConfig()) == "BrokerConfig()"
    signature = inspect.signature(BrokerConfig)
    names = {**vars(mqtt_core)}
    for name, parameter in signature.parameters.items():
        default = parameter.default
        if isinstance(default, str):
            default = eval(default, names)
        assert getattr(BrokerConfig(), name) == default


def test_match() -> None:
    match Authorize(4, Subscription("a/#"), client_id="c", user_name="u"):
        case Authorize(_, Publish()):
            pytest.fail("no message")
        case Authorize(conn, Subscription(filter), client_id="c", user_name=user_name):
            assert (conn, filter, user_name) == (4, "a/#", "u")
        case _:
            pytest.fail("no match")
    match BrokerClosed(4, Closed(CloseCause.DISCONNECT, ReasonCode.SUCCESS)):
        case BrokerClosed(4, Closed(CloseCause.DISCONNECT, reason)):
            assert reason is ReasonCode.SUCCESS
        case _:
            pytest.fail("no match")


@pytest.mark.parametrize(
    "options,error",
    [
        ({"authorization": "default allow"}, TypeError),
        ({"authorization": 1}, ValueError),
        ({"authentication": Authorization.ASK}, TypeError),
        ({"share_strategy": ShareStrategy.HASH}, ValueError),
        ({"share_strategy": ShareStrategy.NUMBER}, ValueError),
        ({"max_keep_alive": 65536}, ValueError),
        ({"sys_interval": -1.0}, ValueError),
        ({"retain_available": 1}, TypeError),
        ({"server": BrokerLimits()}, TypeError),
        ({"limits": {}}, TypeError),
        ({"unknown": 1}, TypeError),
    ],
)
def test_settings_are_checked(options: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        BrokerConfig(**options)
