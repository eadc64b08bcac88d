"""Who may connect, publish and subscribe: asked of the caller, or said by rules."""

from typing import Any

import pytest
from mqtt_core import (
    Acl,
    AclError,
    Auth,
    Authenticate,
    Authentication,
    Authorization,
    Authorize,
    Broker,
    BrokerAuth,
    BrokerConfig,
    BrokerConnected,
    CloseCause,
    ConnAck,
    Connect,
    Connected,
    LocalProtocolError,
    Publish,
    Published,
    QoS,
    ReasonCode,
    Subscribed,
    Subscription,
    TopicError,
    TopicFilter,
    TopicName,
    Version,
    Will,
)
from network import Client, Network, is_up

QOS1 = QoS.AT_LEAST_ONCE
ASK = BrokerConfig(authentication=Authentication.ASK)
BOTH = pytest.mark.parametrize("version", [Version.V311, Version.V5])


def asked(net: Network, connect: Connect) -> tuple[Client, Authenticate]:
    client = net.client(connect.version).connect(connect)
    (event,) = net.taken(Authenticate)
    assert isinstance(event, Authenticate) and event.conn == client.conn
    return client, event


@BOTH
def test_authenticate(version: Version) -> None:
    net = Network(ASK)
    connect = Connect(
        "c", version=version, user_name="anna", password=b"secret", will=Will("w", b"x", qos=QOS1)
    )
    client, event = asked(net, connect)
    assert event.connect.replace(maximum_packet_size=None) == connect
    assert "secret" not in repr(event)
    assert not client.session.is_connected
    # An answer that is none leaves the question.
    with pytest.raises(LocalProtocolError):
        net.broker.refuse(event.conn, ConnAck(), now=0.0)
    with pytest.raises(LocalProtocolError) as other:
        net.broker.authorize(event.conn, now=0.0)
    assert other.value.kind == "not_asked"
    net.broker.accept(event.conn, user_properties=[("k", "v")], now=0.0)
    net.run()
    assert net.taken(BrokerConnected) == [BrokerConnected(event.conn, "c")]
    (connected,) = client.taken(Connected)
    told = connected.connack.user_properties
    assert told == ((("k", "v"),) if version is Version.V5 else ())
    with pytest.raises(LocalProtocolError):
        net.broker.accept(event.conn, now=0.0)


@BOTH
def test_refuse(version: Version) -> None:
    net = Network(ASK)
    client, event = asked(net, Connect("c", version=version))
    net.broker.refuse(event.conn, ConnAck(ReasonCode.NOT_AUTHORIZED), now=0.0)
    net.run()
    closed = client.closed()
    assert closed.cause is CloseCause.REFUSED
    expected = {
        Version.V5: ReasonCode.NOT_AUTHORIZED,
        Version.V311: ReasonCode.V3_NOT_AUTHORIZED,
    }
    assert closed.reason is expected[version]
    stats = net.broker.stats()
    assert (stats.refused, stats.connects, stats.connections) == (1, 0, 0)


def test_an_answer_later_and_other_connections_meanwhile() -> None:
    net = Network(ASK)
    slow, first = asked(net, Connect("slow"))
    _, second = asked(net, Connect("quick"))
    net.broker.accept(second.conn, now=0.0)
    net.run()
    assert net.taken(BrokerConnected) == [BrokerConnected(second.conn, "quick")]
    net.now = 20.0
    net.broker.accept(first.conn, client_id="renamed", user_name="somebody", now=20.0)
    net.run()
    assert is_up(slow) and net.broker.client_id(first.conn) == "renamed"
    slow.lose()
    with pytest.raises(LocalProtocolError) as gone:
        net.broker.accept(first.conn, now=20.0)
    assert gone.value.kind == "unknown"


def test_enhanced_authentication() -> None:
    net = Network(ASK)
    client, event = asked(net, Connect("c", authentication_method="M", authentication_data=b"1"))
    net.broker.challenge(event.conn, authentication_data=b"2", now=0.0)
    net.run()
    (auth,) = client.taken(Auth)
    assert auth == Auth(
        ReasonCode.CONTINUE_AUTHENTICATION, authentication_method="M", authentication_data=b"2"
    )
    answer = auth.replace(authentication_data=b"3")
    client.session.auth(answer, now=0.0)
    net.run()
    assert net.taken(BrokerAuth) == [BrokerAuth(event.conn, answer)]
    net.broker.accept(event.conn, authentication_data=b"4", now=0.0)
    net.run()
    (connected,) = client.taken(Connected)
    assert connected.connack.authentication_method == "M"
    assert connected.connack.authentication_data == b"4"

    again = Auth(ReasonCode.RE_AUTHENTICATE, authentication_method="M", authentication_data=b"5")
    client.session.auth(again, now=0.0)
    net.run()
    assert net.taken(BrokerAuth) == [BrokerAuth(event.conn, again)]
    net.broker.accept(event.conn, now=0.0)
    net.run()
    (auth,) = client.taken(Auth)
    assert auth.reason is ReasonCode.SUCCESS


def test_a_challenge_for_nobody() -> None:
    net = Network(ASK)
    client, event = asked(net, Connect("c"))
    with pytest.raises(LocalProtocolError):
        net.broker.challenge(event.conn, now=0.0)
    with pytest.raises(LocalProtocolError):
        net.broker.accept(event.conn, authentication_data=b"x", now=0.0)
    net.broker.accept(event.conn, now=0.0)
    net.run()
    assert is_up(client)


def test_a_session_is_its_users() -> None:
    net = Network(ASK)
    options: dict[str, Any] = {"clean_start": False, "session_expiry_interval": 100}
    client, event = asked(net, Connect("c", user_name="anna", **options))
    net.broker.accept(event.conn, now=0.0)
    client.lose()
    other, event = asked(net, Connect("c", user_name="ben", **options))
    net.broker.accept(event.conn, now=0.0)
    net.run()
    assert other.closed().reason is ReasonCode.CLIENT_IDENTIFIER_NOT_VALID
    assert net.broker.stats().sessions == 1


@BOTH
def test_authorize(version: Version) -> None:
    net = Network(BrokerConfig(authorization=Authorization.ASK))
    anna = net.join("anna", version, user_name="a")
    wanted = [Subscription("ok/#", QOS1), Subscription("$share/g/no")]
    anna.session.subscribe(wanted, now=0.0)
    verdicts = [ReasonCode.SUCCESS, ReasonCode.NOT_AUTHORIZED]
    for subscription, verdict in zip(wanted, verdicts, strict=True):
        net.run()
        (event,) = net.taken(Authorize)
        assert event.conn == anna.conn
        assert event == Authorize(event.conn, subscription, client_id="anna", user_name="a")
        net.broker.authorize(event.conn, verdict, now=0.0)
    net.run()
    (subscribed,) = anna.taken(Subscribed)
    v5 = version is Version.V5
    refused = ReasonCode.NOT_AUTHORIZED if v5 else ReasonCode.V3_FAILURE
    assert subscribed.reasons == (ReasonCode.GRANTED_QOS_1, refused)

    for verdict in (ReasonCode.QUOTA_EXCEEDED, ReasonCode.SUCCESS):
        anna.session.publish("ok/a", b"x", qos=QOS1, now=0.0)
        net.run()
        match net.taken(Authorize):
            case [Authorize(conn, Publish(topic, payload), client_id="anna")]:
                assert (topic, payload) == ("ok/a", b"x")
                net.broker.authorize(conn, verdict, now=0.0)
            case other:
                pytest.fail(repr(other))
        net.run()
    first, second = anna.taken(Published)
    assert first.reason is (ReasonCode.QUOTA_EXCEEDED if v5 else ReasonCode.SUCCESS)
    assert second.reason is ReasonCode.SUCCESS
    assert anna.payloads() == [b"x"]
    assert net.broker.stats().not_authorized >= 1


def test_rules() -> None:
    acl = Acl("deny all secret/#\nallow all devices/%c/#\nallow subscribe user anna #")
    net = Network(BrokerConfig(authorization=acl))
    anna = net.join("a1", user_name="anna")
    anna.subscribe("#")
    (subscribed,) = anna.taken(Subscribed)
    # It would get what is denied, too.
    assert subscribed.reasons == (ReasonCode.NOT_AUTHORIZED,)
    anna.subscribe("devices/#")
    assert anna.taken(Subscribed)[0].reasons[0] is ReasonCode.GRANTED_QOS_2
    anna.publish("devices/a1/x", b"1", qos=QOS1)
    anna.publish("devices/a2/x", b"2", qos=QOS1)
    reasons = [it.reason for it in anna.taken(Published)]
    assert reasons == [ReasonCode.SUCCESS, ReasonCode.NOT_AUTHORIZED]
    assert anna.payloads() == [b"1"]
    net.broker.set_authorization(Authorization.ALLOW_ALL)
    anna.publish("devices/a2/x", b"3", qos=QOS1)
    assert anna.payloads() == [b"3"]
    net.broker.set_authorization(Acl())
    anna.publish("devices/a2/x", b"4", qos=QOS1)
    assert anna.payloads() == []
    for wrong in (None, "allow all #", True):
        with pytest.raises(TypeError):
            net.broker.set_authorization(wrong)  # type: ignore[arg-type]


def test_acl() -> None:
    acl = Acl('# Rules.\nallow  publish user "anna b" a/+\r\ndefault deny')
    assert acl.text == 'allow publish user "anna b" a/+\ndefault deny\n'
    assert acl == Acl(acl.text) != Acl()
    assert acl.allows_publish("a/b", client_id="c", user_name="anna b")
    assert not acl.allows_publish(TopicName("a/b"), client_id="anna b")
    assert not acl.allows_subscribe("a/b", client_id="c", user_name="anna b")
    assert Acl("default allow").allows_subscribe(TopicFilter("$share/g/#"), client_id="c")
    with pytest.raises(TopicError):
        acl.allows_publish("a/+", client_id="c")
    with pytest.raises(TopicError):
        acl.allows_subscribe("a/#/b", client_id="c")
    with pytest.raises(TypeError):
        Acl(b"default allow")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text,kind,line,column",
    [
        ("allow all home/#\nallow write home/#", "action", 2, 7),
        ("permit all #", "decision", 1, 1),
        ('\nallow all "home/#', "quote_open", 2, 11),
        ("allow all a/#/b", "filter", 1, 11),
        ("default maybe", "default", 1, 9),
    ],
)
def test_faults_of_rules(text: str, kind: str, line: int, column: int) -> None:
    with pytest.raises(AclError) as error:
        Acl(text)
    assert (error.value.kind, error.value.line, error.value.column) == (kind, line, column)
    assert str(error.value).startswith(f"line {line}, column {column}: ")
    assert isinstance(error.value, ValueError)


def test_the_rules_of_a_running_broker_are_its_own() -> None:
    broker = Broker(BrokerConfig(authorization=Acl("default allow")), now=0.0)
    assert broker.publish("$SYS/x", now=0.0) == 0
