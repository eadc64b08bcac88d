"""Every public class: values are immutable and behave as such."""

import copy
import enum
import inspect
import pickle
import types
import weakref
from typing import Any

import mqtt_core
import pytest
from mqtt_core import (
    Connect,
    Decoder,
    Overlaps,
    Publish,
    QoS,
    ReasonCode,
    RetainedIndex,
    Router,
    SubscriptionTrie,
    TopicFilter,
    TopicName,
    Version,
)
from samples import NAMES, PARAMETERS, SECRETS, VALUES

PUBLIC = {name: getattr(mqtt_core, name) for name in mqtt_core.__all__}
CLASSES = {name: it for name, it in PUBLIC.items() if isinstance(it, type)}
ENUMS = [it for it in CLASSES.values() if issubclass(it, enum.Enum)]
ERRORS = [it for it in CLASSES.values() if issubclass(it, BaseException)]
TRIE: SubscriptionTrie[str, int] = SubscriptionTrie()
TRIE.insert("$share/workers/a", "anna", 1)
ROUTER: Router[str] = Router()
# Their tests are with those of the sessions, and of the broker.
SESSIONS = {
    "Acl",
    "Authenticate",
    "Authorize",
    "Broker",
    "BrokerAuth",
    "BrokerClosed",
    "BrokerConfig",
    "BrokerConnected",
    "BrokerLimits",
    "BrokerMessage",
    "BrokerStats",
    "ClientConfig",
    "ClientSession",
    "Closed",
    "Connected",
    "Dropped",
    "Fenced",
    "Message",
    "PersistConfig",
    "PersistOp",
    "Published",
    "QueueLimits",
    "ServerConfig",
    "ServerSession",
    "SessionState",
    "Spread",
    "Stats",
    "Subscribed",
    "Traffic",
    "Unsubscribed",
    "Writable",
}
TOPICS = (TopicName, TopicFilter)
HANDLES: list[Any] = [
    Decoder(),
    Overlaps(),
    RetainedIndex(),
    ROUTER,
    ROUTER.add("a/{b}", "c"),
    TRIE,
    *TRIE.groups("a"),
]
MEMBERS = [member for it in ENUMS for member in it]


def again(value: Any) -> Any:
    return pickle.loads(pickle.dumps(value))


def is_referred_to(value: object) -> bool:
    """True if there can be weak references to it."""
    return weakref.ref(value)() is value


def test_every_public_class_is_here() -> None:
    values = {type(value) for value in [*VALUES, *HANDLES]}
    here = values | set(ENUMS) | set(ERRORS)
    elsewhere = {CLASSES[name] for name in SESSIONS}
    assert not here & elsewhere
    assert here | elsewhere == set(CLASSES.values())


@pytest.mark.parametrize("value", [*VALUES, *SECRETS, *MEMBERS], ids=repr)
def test_value(value: Any) -> None:
    assert value == value
    assert value != "something else"
    assert (value == object()) is False
    for same in (copy.copy(value), copy.deepcopy(value), again(value)):
        assert same == value
        assert (same != value) is False
        assert hash(same) == hash(value)
        assert type(same) is type(value)
        assert {value: 1}[same] == 1
    for name in dir(value):
        if not name.startswith("_") and not isinstance(value, enum.Enum):
            with pytest.raises(AttributeError):
                setattr(value, name, None)


@pytest.mark.parametrize("value", [*VALUES, *MEMBERS], ids=repr)
def test_repr_evaluates(value: Any) -> None:
    assert eval(repr(value), dict(NAMES)) == value


@pytest.mark.parametrize("value", [*VALUES, *SECRETS], ids=repr)
def test_value_class(value: Any) -> None:
    cls = type(value)
    assert cls.__module__ == "mqtt_core"
    assert cls.__doc__
    assert is_referred_to(value)
    with pytest.raises(AttributeError):
        value.unknown = 1
    with pytest.raises(TypeError):
        type("Sub", (cls,), {})
    with pytest.raises(TypeError):
        cls(unknown=1)
    parameters = PARAMETERS[cls]
    assert value.replace() == value
    assert value.__replace__() == value
    with pytest.raises(TypeError):
        value.replace(unknown=1)
    # Positional parameters are what `match` takes by position, in the same order.
    positional = [name for name, it in parameters.items() if it.kind is it.POSITIONAL_OR_KEYWORD]
    assert list(cls.__match_args__[: len(positional)]) == positional
    assert set(cls.__match_args__) <= set(parameters)
    # Attributes are what the constructor takes; of topics, also what it finds in the text.
    others = {"replace", "payload_view", "size"}
    public = {name for name in dir(cls) if not name.startswith("_")} - others
    assert public >= set(parameters) if cls in TOPICS else public == set(parameters)
    assert cls(**{name: getattr(value, name) for name in parameters}) == value


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_every_field_counts(value: Any) -> None:
    """A value differs from one that has another value in any one field."""
    bare = [other for other in VALUES if type(other) is type(value)]
    for other in bare:
        for name in PARAMETERS[type(value)]:
            changed = value.replace(**{name: getattr(other, name)})
            same = getattr(other, name) == getattr(value, name)
            assert (changed == value) is same
            assert (hash(changed) == hash(value)) is same
            assert getattr(changed, name) == getattr(other, name)


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("value", [*VALUES, *SECRETS, *MEMBERS], ids=repr)
def test_pickle(value: Any, protocol: int) -> None:
    same = pickle.loads(pickle.dumps(value, protocol))
    assert same == value
    assert type(same) is type(value)
    assert repr(same) == repr(value)


def test_secrets_are_not_shown() -> None:
    for value in SECRETS:
        assert "secret" not in repr(value)
        assert "abc" not in repr(value)
        assert "bytes>" in repr(value)


def test_match() -> None:
    match VALUES[5]:
        case Publish("a/é", payload, QoS.EXACTLY_ONCE, topic_alias=7):
            assert payload == b"x\x00y"
        case _:
            pytest.fail("no match")
    match SECRETS[0]:
        case Connect(client_id, version=Version.V5, will=None):
            assert client_id == "c"
        case _:
            pytest.fail("no match")


def test_replace() -> None:
    packet = Publish("a", b"x", topic_alias=3, user_properties=[("k", "v")])
    changed = packet.replace(topic="b", topic_alias=None, user_properties=())
    assert changed == Publish("b", b"x")
    assert packet.topic_alias == 3
    if hasattr(copy, "replace"):
        assert copy.replace(packet, topic="b").topic == "b"


@pytest.mark.parametrize("member", MEMBERS, ids=repr)
def test_enums_are_real(member: Any) -> None:
    assert isinstance(member, enum.IntEnum)
    assert type(member)(int(member)) is member
    assert again(member) is member
    assert copy.deepcopy(member) is member


def test_enums_of_the_standard() -> None:
    assert list(QoS) == [0, 1, 2]
    assert list(Version) == [3, 4, 5]
    assert ReasonCode.V3_IDENTIFIER_REJECTED is ReasonCode(2)
    assert ReasonCode["NORMAL_DISCONNECTION"] is ReasonCode.SUCCESS


@pytest.mark.parametrize("handle", HANDLES, ids=repr)
def test_handle(handle: Any) -> None:
    assert is_referred_to(handle)
    assert repr(handle).startswith(f"<{type(handle).__name__} ")
    assert type(handle).__module__ == "mqtt_core"
    with pytest.raises(TypeError):
        pickle.dumps(handle)


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__name__)
def test_errors(kind: Any) -> None:
    names = [
        name
        for name, it in inspect.signature(kind).parameters.items()
        if it.kind is it.KEYWORD_ONLY
    ]
    error = kind("message", **dict.fromkeys(names, "x"))
    assert isinstance(error, mqtt_core.Error)
    same = again(error)
    assert type(same) is kind
    assert str(same) == "message"
    assert vars(same) == vars(error) == dict.fromkeys(names, "x")
    assert copy.copy(error).args == ("message",)
    assert is_referred_to(error)


def test_tree_of_errors() -> None:
    tree = {
        kind.__name__: [base.__name__ for base in kind.__bases__ if base.__name__[0] != "_"]
        for kind in ERRORS
    }
    assert tree["RemoteProtocolError"] == ["ProtocolError"]
    assert tree["LocalProtocolError"] == ["ProtocolError"]
    assert tree["MalformedPacketError"] == ["RemoteProtocolError"]
    assert tree["AclError"] == ["Error", "ValueError"]
    assert tree["TopicError"] == ["Error", "ValueError"]
    assert not issubclass(mqtt_core.LimitError, mqtt_core.ProtocolError)


def test_public_names() -> None:
    assert list(mqtt_core.__all__) == sorted(
        mqtt_core.__all__, key=lambda name: (name[0].islower(), name)
    )
    for name, it in PUBLIC.items():
        if not isinstance(it, types.UnionType):
            assert it.__module__.startswith("mqtt_core")
            assert it.__name__ == name
            assert it.__doc__
