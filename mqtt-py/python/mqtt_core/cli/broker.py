"""A broker for developers, on this machine unless --host says more. Prints the URL when it listens.

Sessions and retained messages are gone when it ends, unless --store keeps them. Everybody may do
everything, unless --users and --acl say who may do what."""

import argparse
import hmac
import logging
import ssl
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mqtt_core import (
    Acl,
    AclError,
    BrokerConfig,
    Connect,
    PersistenceError,
    Sender,
    Version,
)
from mqtt_core.cli._exit import Exit, Usage
from mqtt_core.cli._stream import Stream

if TYPE_CHECKING:
    from mqtt_core import Authenticate

__all__ = ["EXAMPLES", "options", "run"]

# `--ws` without a port of its own.
_SAME = True
# A packet in a line of a log, not a page.
_WIDTH = 300

EXAMPLES = """\
examples:
  mqc broker
  mqc broker -p 0 -v
  mqc broker --tls server.pem server.key
  mqc broker --ws 8080 --users users.txt --acl acl.txt --store broker.db

users: a line NAME:PASSWORD for each; empty lines and those that begin with # count for nothing
acl:   lines 'allow|deny all|publish|subscribe [user NAME|client ID] FILTER'; see mqtt_core.Acl

SIGINT and SIGTERM end it: clients of 5.0 are told, wills are published, and the status is 0.
"""


def options(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument("--help", action="help", help="show this and end")
    parser.add_argument("-h", "--host", default="127.0.0.1", help="address (default: 127.0.0.1)")
    parser.add_argument(
        "-p", "--port", type=int, help="0 for one that is free (default: 1883, with TLS 8883)"
    )
    parser.add_argument("--tls", nargs=2, metavar=("CERT", "KEY"), help="TLS, with these PEM files")
    parser.add_argument(
        "--ws",
        nargs="?",
        type=int,
        const=_SAME,
        metavar="PORT",
        help="WebSocket: at this port, too; without one, at that of -p instead of plain MQTT",
    )
    parser.add_argument("--users", metavar="FILE", help="who may connect; see below")
    parser.add_argument("--acl", metavar="FILE", help="who may do what; see below")
    parser.add_argument("--store", metavar="FILE", help="keep it all in this SQLite file")
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="log each connection and each packet"
    )
    parser.add_argument("--quiet", action="store_true", help="print no errors")


def run(options: argparse.Namespace) -> Exit:
    """Runs the command."""
    from mqtt_core.cli import _online

    for port in (options.port, options.ws):
        if port is not None and port is not _SAME and not 0 <= port <= 65535:
            raise Usage(f"no port: {port}")
    _log(options)
    settings: dict[str, Any] = {"tap": _Tap() if options.verbose else None}
    if options.acl is not None:
        settings["config"] = BrokerConfig(authorization=_rules(options.acl))
    if options.users is not None:
        settings["authenticate"] = partial(_may_connect, _users(options.users))
    context = _context(options.tls)
    voice = _online.Voice(is_quiet=options.quiet)
    status = _online.run(lambda: _serve(options, settings, context), voice)
    # That is how a broker ends.
    return Exit.FINE if status is Exit.INTERRUPTED else status


async def _serve(
    options: argparse.Namespace, settings: dict[str, Any], context: ssl.SSLContext | None
) -> Exit:
    from mqtt_core.aio import SqliteStore, serve

    is_websocket = options.ws is _SAME
    try:
        if options.store is not None:
            settings["store"] = SqliteStore(Path(options.store))
        async with serve(
            options.host, options.port, ssl=context, websocket=is_websocket, **settings
        ) as server:
            if options.ws is not None and not is_websocket:
                await server.listen(options.host, options.ws, ssl=context, websocket=True)
            for listener in server.listeners:
                print(listener.url, flush=True)
            await server.serve_forever()
    except BrokenPipeError:
        # Nobody reads the URL.
        raise
    except (OSError, UnicodeError) as error:
        words = error.strerror if isinstance(error, OSError) else None
        raise Usage(f"it cannot listen: {words or error}") from error
    except PersistenceError as error:
        raise Usage(f"{options.store}: {error}") from error
    finally:
        if "store" in settings:
            settings["store"].close()
    return Exit.FINE


def _log(options: argparse.Namespace) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    logger = logging.getLogger("mqtt_core")
    logger.addHandler(handler)
    level = logging.INFO if options.verbose else logging.WARNING
    logger.setLevel(logging.CRITICAL if options.quiet else level)
    logging.getLogger("asyncio").setLevel(logging.ERROR)


def _read(name: str) -> str:
    try:
        return Path(name).read_text("utf-8-sig")
    except OSError as error:
        raise Usage(f"{name}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise Usage(f"{name}: it is no UTF-8") from error


def _rules(name: str) -> Acl:
    try:
        return Acl(_read(name))
    except AclError as error:
        raise Usage(f"{name}: line {error.line}: {error}") from error


def _users(name: str) -> dict[str, bytes]:
    users: dict[str, bytes] = {}
    for number, line in enumerate(_read(name).split("\n"), 1):
        if not line.strip() or line.startswith("#"):
            continue
        user, colon, password = line.partition(":")
        if not colon or not user:
            raise Usage(f"{name}: line {number}: expected NAME:PASSWORD")
        users[user] = password.encode()
    return users


def _may_connect(users: dict[str, bytes], question: "Authenticate") -> bool:
    connect = question.connect
    wanted = users.get(connect.user_name or "")
    given = connect.password or b""
    # It takes as long for a name that is not there.
    is_right = hmac.compare_digest(wanted if wanted is not None else b"", given)
    return wanted is not None and is_right


def _context(files: list[str] | None) -> ssl.SSLContext | None:
    if files is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(*files)
    except OSError as error:
        raise Usage(f"{', '.join(files)}: {error.strerror}") from error
    return context


# Packets.

logger = logging.getLogger("mqtt_core.cli.broker")


class _Tap:
    """Logs the packets of all connections."""

    def __init__(self) -> None:
        self._streams: dict[int, tuple[Stream, Stream]] = {}

    def __call__(self, conn: int, sender: Sender, data: bytes) -> None:
        if not data:
            self._streams.pop(conn, None)
            return
        if conn not in self._streams:
            self._streams[conn] = (
                Stream(Version.V5, Sender.CLIENT),
                Stream(Version.V5, Sender.SERVER),
            )
        up, down = self._streams[conn]
        for item in (up if sender is Sender.CLIENT else down).take(data, ""):
            if isinstance(item.packet, Connect):
                down.version = up.version
            text = item.note or repr(item.packet)
            if len(text) > _WIDTH:
                text = f"{text[:_WIDTH]}..."
            arrow = "<-" if sender is Sender.CLIENT else "->"
            logger.info("connection %d %s %s", conn, arrow, text)
