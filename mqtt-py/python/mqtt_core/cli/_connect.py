"""The options of all commands that speak to a broker: where it is, who one is. Their letters are
those of mosquitto_pub and mosquitto_sub."""

import argparse
import logging
import math
import os
import re
import secrets
import ssl
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from mqtt_core import (
    Connect,
    Disconnect,
    Error,
    Limits,
    QoS,
    TopicName,
    Version,
    Will,
    encode,
)
from mqtt_core.cli import _properties
from mqtt_core.cli._exit import Usage
from mqtt_core.cli._faults import told
from mqtt_core.cli._properties import Properties
from mqtt_core.cli._versions import VERSIONS, version

if TYPE_CHECKING:
    from mqtt_core.aio import Client

__all__ = ["COMMON", "Plan", "options", "plan", "qos", "seconds"]

COMMON: Final = """\
where it is not as with mosquitto's programs:
  - version 5 is spoken unless -V says 311 or 31;
  - a URL may be ws:// or wss://, whose path is that of the WebSocket; the topic of an mqtt:// URL
    is percent-decoded;
  - a password can come from a file or a variable, where no list of processes shows it;
  - the exit status is one of those below, not a number of the library;
  - there is no -A, -S, --ciphers, --nodelay, --proxy, --psk, --tls-engine, --tls-version, --unix,
    and no file of defaults;
"""
_FOR_EVER: Final = 0xFFFFFFFF
_TLS_PORT: Final = 8883


def qos(text: str) -> QoS:
    """A quality of service. Raises ValueError."""
    return QoS(int(text))


def seconds(text: str) -> float:
    """A time, more than 0. Raises ValueError."""
    value = float(text)
    if not 0 < value < math.inf:
        raise ValueError
    return value


def _expiry(text: str) -> int:
    number = _FOR_EVER if text in ("-1", "∞") else int(text)
    if not 0 <= number <= _FOR_EVER:
        raise ValueError
    return number


def options(parser: argparse.ArgumentParser, *, is_one: bool = True) -> None:
    """Declares the options. `is_one`: of one client, with its topic and session, not of many."""
    parser.add_argument("--help", action="help", help="show this and end")
    group = parser.add_argument_group("the broker")
    group.add_argument("-h", "--host", help="its host (default: localhost)")
    group.add_argument("-p", "--port", type=int, help="its port (default: 1883, with TLS 8883)")
    form = "mqtt(s)://[USER[:PASSWORD]@]HOST[:PORT]" + ("[/TOPIC]" if is_one else "")
    group.add_argument("-L", "--url", metavar="URL", help=f"{form.replace('%', '%%')}, or ws(s)://")
    group.add_argument(
        "-V",
        "--protocol-version",
        metavar="VERSION",
        type=version,
        default=VERSIONS["5"],
        help="5, 311 or 31 (default: 5)",
    )
    group = parser.add_argument_group("the client")
    group.add_argument("-u", "--username", metavar="NAME", help="user name")
    group.add_argument("-P", "--pw", metavar="PASSWORD", help="password; others can see it in ps")
    group.add_argument("--password-file", metavar="FILE", help="the first line is the password")
    group.add_argument("--password-env", metavar="NAME", help="this variable is the password")
    group.add_argument("-k", "--keepalive", metavar="SECONDS", type=int, default=60, help="or 0")
    group.add_argument("-d", "--debug", action="store_true", help="tell of the connection")
    group.add_argument("--quiet", action="store_true", help="print no errors")
    if is_one:
        _session(parser, group)
    _tls_options(parser)


def _session(parser: argparse.ArgumentParser, group: Any) -> None:
    group.add_argument("-i", "--id", metavar="ID", help="client identifier")
    group.add_argument("-I", "--id-prefix", metavar="ID", help="the same, with a number behind it")
    group.add_argument(
        "-c",
        "--disable-clean-session",
        dest="resume",
        action="store_true",
        help="go on with the session that the broker has, and have it kept (needs -i)",
    )
    group.add_argument(
        "-x",
        dest="expiry",
        metavar="SECONDS",
        type=_expiry,
        help="5.0: have the session kept so long; -1 for ever (default: 0, with -c -1)",
    )
    group.add_argument("-D", "--property", metavar="...", action="append", help=_properties.HELP)
    group = parser.add_argument_group("the will, which the broker publishes if the client is lost")
    group.add_argument("--will-topic", metavar="TOPIC")
    group.add_argument("--will-payload", metavar="TEXT")
    group.add_argument("--will-qos", metavar="QOS", type=qos)
    group.add_argument("--will-retain", action="store_true")


def _tls_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("TLS; there is some with any of these, mqtts:// or port 8883")
    group.add_argument("--cafile", metavar="FILE", help="authorities that are trusted")
    group.add_argument("--capath", metavar="FOLDER", help="the same, hashed by openssl rehash")
    group.add_argument("--cert", metavar="FILE", help="certificate of the client")
    group.add_argument("--key", metavar="FILE", help="its key")
    group.add_argument("--insecure", action="store_true", help="accept any host name (for tests)")
    group.add_argument("--tls-alpn", metavar="NAME", help="protocol to ask for")
    group.add_argument(
        "--tls-use-os-certs", action="store_true", help="trust what this system does"
    )


@dataclass
class Plan:
    """What the options say of the connection."""

    address: str
    port: int | None
    topic: str | None
    """The one of the URL."""
    settings: dict[str, Any]
    """Keywords of `Client`."""
    version: Version
    properties: dict[str, Properties] = field(default_factory=dict[str, Properties])
    disconnect: Disconnect | None = field(default=None)
    """What is said at the end, if there is more to say than that."""

    def client(self, **settings: Any) -> "Client":
        """A client, with some settings more. Raises Usage."""
        from mqtt_core.aio import Client

        try:
            return Client(self.address, self.port, **{**self.settings, **settings})
        except ValueError as error:
            raise Usage(told(error)) from error


def plan(options: argparse.Namespace, commands: tuple[str, ...]) -> Plan:
    """Reads the options; `commands` can have properties, none for many clients. Raises Usage."""
    logger = logging.getLogger("mqtt_core")
    if options.debug:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("mqc: %(message)s"))
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)
    else:
        # What everybody is to know, the commands say themselves.
        logger.addHandler(logging.NullHandler())
    # Its warnings are of slow callbacks, and of sockets whose end the client tells of.
    logging.getLogger("asyncio").setLevel(logging.ERROR)
    address, topic = _address(options)
    settings: dict[str, Any] = {
        "version": options.protocol_version,
        "keep_alive": options.keepalive,
        "user_name": options.username,
        "password": _password(options),
        "tls": _tls(options, address),
    }
    if not 0 <= options.keepalive <= 65535:
        raise Usage(f"-k {options.keepalive}: 0 to 65535 seconds")
    made = Plan(address, options.port, topic, settings, options.protocol_version)
    if commands:
        _read_session(made, options, commands)
    _judge(made)
    return made


def _judge(made: Plan) -> None:
    """Has CONNECT judged before anybody is connected to. Raises Usage."""
    names = {"version", "client_id", "clean_start", "keep_alive", "user_name", "password", "will"}
    if made.version is Version.V5:
        names |= {"session_expiry_interval", "receive_maximum", "topic_alias_maximum"}
    try:
        settings: dict[str, Any] = {
            name: made.settings[name] for name in names & made.settings.keys()
        }
        # Each of many clients gets an identifier of its own.
        settings.setdefault("client_id", "mqc")
        connect = Connect(**settings)
        encode(connect, version=made.version)
        Limits(max_packet_size=made.settings.get("max_packet_size", 1))
    except (Error, ValueError, OverflowError) as error:
        raise Usage(told(error)) from error


def _read_session(made: Plan, options: argparse.Namespace, commands: tuple[str, ...]) -> None:
    given = _properties.gather(options.property or (), commands)
    is_v5 = made.version is Version.V5
    if not is_v5 and (options.property or options.expiry is not None):
        raise Usage("-D and -x are for 5.0")
    made.properties = given
    made.settings |= {"client_id": _client_id(options), "clean_start": not options.resume}
    if is_v5:
        made.settings["session_expiry_interval"] = _FOR_EVER if options.resume else None
    more = dict(given["connect"])
    if "maximum_packet_size" in more:
        more["max_packet_size"] = more.pop("maximum_packet_size")
    made.settings |= more
    if options.expiry is not None:
        made.settings["session_expiry_interval"] = options.expiry
    try:
        made.settings["will"] = _will(options, given["will"])
        if given["disconnect"]:
            made.disconnect = Disconnect(**given["disconnect"])
            encode(made.disconnect, version=made.version)
    except (Error, ValueError, OverflowError) as error:
        raise Usage(told(error)) from error
    if (
        given["disconnect"].get("session_expiry_interval")
        and not (made.settings["session_expiry_interval"])
    ):
        raise Usage(
            "-D disconnect session-expiry-interval: only if CONNECT has one that is not 0, too: -x"
        )


def _address(options: argparse.Namespace) -> tuple[str, str | None]:
    if options.url is None:
        host = options.host or "localhost"
        if "://" in host:
            raise Usage("-h has a host; a URL goes with -L")
        return host, None
    if options.host is not None or options.port is not None:
        raise Usage("-L says where the broker is: no -h and -p beside it")
    # A filter may end in #, which is no fragment.
    found = re.fullmatch(r"(mqtts?://[^/]*)/?(.*)", options.url, re.DOTALL | re.IGNORECASE)
    if found is None:
        return options.url, None
    return found[1], _unquoted(found[2]) or None


def _unquoted(text: str) -> str:
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError as error:
        raise Usage(f"-L: {text!r} is no UTF-8") from error


def _client_id(options: argparse.Namespace) -> str:
    if options.id is not None and options.id_prefix is not None:
        raise Usage("-i or -I, not both")
    if options.id_prefix is not None:
        return f"{options.id_prefix}{os.getpid()}"
    if options.id:
        return str(options.id)
    if options.resume:
        raise Usage("-c needs -i: whose session?")
    # Before 5.0 a broker may want one.
    return "" if options.protocol_version is Version.V5 else f"mqc-{secrets.token_hex(6)}"


def _password(options: argparse.Namespace) -> bytes | None:
    sources = (options.pw, options.password_file, options.password_env)
    if sum(source is not None for source in sources) > 1:
        raise Usage("one of -P, --password-file and --password-env")
    if options.password_env is not None:
        if options.password_env not in os.environ:
            raise Usage(f"--password-env: there is no variable {options.password_env}")
        password: bytes | None = os.fsencode(os.environ[options.password_env])
    elif options.password_file is not None:
        try:
            lines = Path(options.password_file).read_bytes().splitlines()
        except OSError as error:
            raise Usage(f"{options.password_file}: {error.strerror}") from error
        password = lines[0] if lines else b""
    else:
        password = None if options.pw is None else os.fsencode(options.pw)
    is_named = options.username is not None or options.url is not None
    if password is not None and not is_named and options.protocol_version is not Version.V5:
        raise Usage("before 5.0 there is no password without a user name: -u")
    return password


def _will(options: argparse.Namespace, properties: Properties) -> Will | None:
    if options.will_topic is None:
        if options.will_payload is not None or options.will_retain or properties:
            raise Usage("a will needs --will-topic")
        if options.will_qos is not None:
            raise Usage("a will needs --will-topic")
        return None
    TopicName(options.will_topic)
    payload = os.fsencode(options.will_payload or "")
    return Will(
        options.will_topic,
        payload,
        qos=options.will_qos or QoS.AT_MOST_ONCE,
        retain=options.will_retain,
        **properties,
    )


def _tls(options: argparse.Namespace, address: str) -> ssl.SSLContext | None:
    has_options = any((options.cafile, options.capath, options.cert, options.tls_use_os_certs))
    is_secure = address.lower().startswith(("mqtts://", "wss://"))
    if not (has_options or is_secure or options.port == _TLS_PORT):
        if options.insecure or options.key or options.tls_alpn:
            raise Usage(
                "--insecure, --key and --tls-alpn go with TLS: --cafile, mqtts://, port 8883"
            )
        return None
    try:
        context = ssl.create_default_context(cafile=options.cafile, capath=options.capath)
        if options.tls_use_os_certs and (options.cafile or options.capath):
            context.load_default_certs()
        if options.cert:
            context.load_cert_chain(options.cert, options.key)
        elif options.key:
            raise Usage("--key needs --cert")
        if options.tls_alpn:
            context.set_alpn_protocols([options.tls_alpn])
    except (OSError, ValueError) as error:
        # Which of the files it is, OpenSSL does not tell.
        files = ", ".join(filter(None, (options.cafile, options.capath, options.cert, options.key)))
        raise Usage(
            f"{files}: {error.strerror if isinstance(error, OSError) else error}"
        ) from error
    if options.insecure:
        context.check_hostname = False
    return context
