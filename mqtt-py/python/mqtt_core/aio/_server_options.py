"""What a server is told, and what of it cannot be: programs without a type checker find it here,
and not in what clients suffer later."""

import inspect
import ssl as tls
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import UnionType
from typing import Any, cast

from mqtt_core._enums import Authentication, Authorization
from mqtt_core._native import Acl, BrokerConfig
from mqtt_core.aio._server_clock import Clock
from mqtt_core.aio._server_engine import Tap
from mqtt_core.aio._server_questions import Judges
from mqtt_core.aio._times import check_time
from mqtt_core.aio.store import Store

__all__ = ["Place", "Settings", "check_callback"]


@dataclass(frozen=True, slots=True)
class Settings:
    """What is said once. Raises TypeError, ValueError."""

    config: BrokerConfig
    judges: Judges
    store: Store | None
    clock: Clock | None
    close_timeout: float
    tap: Tap | None

    def __post_init__(self) -> None:
        check_time("question_timeout", self.judges.timeout)
        check_time("close_timeout", self.close_timeout)
        _check_kind("config", self.config, BrokerConfig)
        for name in ("authenticate", "exchange", "authorize"):
            function = getattr(self.judges, name)
            if function is not None:
                _check_function(name, function)
        if self.tap is not None:
            check_callback("tap", self.tap)
        if self.store is not None:
            for name in ("load", "apply"):
                check_callback(f"store.{name}", getattr(self.store, name, None))
        if self.clock is not None:
            for name in ("time", "unix_time", "call_at"):
                check_callback(f"clock.{name}", getattr(self.clock, name, None))

    def asking(self) -> BrokerConfig:
        """The settings of the broker: it asks those who are there to answer. Raises ValueError."""
        config, judges = self.config, self.judges
        if judges.authenticate is not None:
            config = config.replace(authentication=Authentication.ASK)
        elif config.authentication is Authentication.ASK:
            raise ValueError("somebody has to answer who may connect: authenticate=")
        if judges.authorize is not None:
            if isinstance(config.authorization, Acl):
                raise ValueError("either rules say who may do what, or authorize= does")
            config = config.replace(authorization=Authorization.ASK)
        elif config.authorization is Authorization.ASK:
            raise ValueError("somebody has to answer who may do what: authorize=")
        if judges.exchange is not None and judges.authenticate is None:
            raise ValueError("an authentication begins with CONNECT: authenticate=")
        return config


@dataclass(frozen=True, slots=True)
class Place:
    """Where to listen, and how. Raises TypeError, ValueError."""

    host: str | Sequence[str] | None
    port: int | None
    ssl: tls.SSLContext | None
    websocket: bool
    origins: Sequence[str | None] | None

    def __post_init__(self) -> None:
        host: object = self.host
        if host is not None and not isinstance(host, str):
            hosts = [*cast(Iterable[object], host)] if hasattr(host, "__iter__") else []
            if not hosts or not all(isinstance(one, str) for one in hosts):
                raise TypeError(f"host: {host!r} is no address, and not several")
        _check_kind("port", self.port, int | None)
        if self.port is not None and not 0 <= self.port < 65536:
            raise ValueError(f"no port: {self.port!r}")
        _check_kind("ssl", self.ssl, tls.SSLContext | None)
        if self.ssl is not None and self.ssl.protocol is tls.PROTOCOL_TLS_CLIENT:
            raise ValueError("ssl: a context for clients; a server's is of ssl.Purpose.CLIENT_AUTH")
        # A text is a sequence of texts too.
        if isinstance(self.origins, str):
            raise TypeError(f"websocket_origins: {self.origins!r} is one text, not several")

    @property
    def scheme(self) -> str:
        """`mqtt`, `mqtts`, `ws` or `wss`."""
        return ("ws" if self.websocket else "mqtt") + ("" if self.ssl is None else "s")


def check_callback(name: str, function: object) -> None:
    """Raises TypeError for what cannot be called, or has to be awaited when nobody does."""
    _check_function(name, function)
    if inspect.iscoroutinefunction(function):
        raise TypeError(f"{name}: {function!r} is async, and nobody awaits it")


def _check_function(name: str, function: Any) -> None:
    if not callable(function):
        raise TypeError(f"{name}: {function!r} is no function")


def _check_kind(name: str, value: object, kind: type | UnionType) -> None:
    if not isinstance(value, kind):
        raise TypeError(f"{name}: {value!r} is not of {kind}")
