"""Where a broker is."""

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote, urlsplit

__all__ = ["Address"]

_PORTS: Final = {"mqtt": 1883, "mqtts": 8883, "ws": 80, "wss": 443}


@dataclass(frozen=True, slots=True)
class Address:
    """Where a broker is, and how it is spoken to."""

    scheme: str
    host: str
    port: int
    path: str = "/mqtt"
    user_name: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, text: str, port: int | None, *, is_secure: bool) -> "Address":
        """Reads a URL or the name of a host; `port` and `is_secure` take the place of what it says.

        Raises ValueError if it is neither.
        """
        if "://" not in text:
            if not text:
                raise ValueError("the address of a broker is empty")
            scheme = "mqtts" if is_secure else "mqtt"
            return cls(scheme, text.strip("[]"), _port(port, scheme))
        parts = urlsplit(text)
        scheme = parts.scheme.lower()
        if scheme not in _PORTS:
            raise ValueError(f"no scheme of a broker: {scheme!r}; there are {', '.join(_PORTS)}")
        if not parts.hostname:
            # Not the text itself: a password may stand in it.
            raise ValueError("no host in the address of a broker")
        if parts.fragment:
            raise ValueError("the address of a broker has no fragment")
        if is_secure and scheme in ("mqtt", "ws"):
            scheme += "s"
        path = "/mqtt"
        if scheme in ("ws", "wss"):
            path = parts.path or "/mqtt"
            if parts.query:
                path = f"{path}?{parts.query}"
        elif parts.path not in ("", "/") or parts.query:
            raise ValueError(
                f"the address of a broker with {scheme} has no path; a slash in a password is %2F"
            )
        return cls(
            scheme,
            parts.hostname,
            _port(port if port is not None else parts.port, scheme),
            path,
            None if parts.username is None else unquote(parts.username),
            None if parts.password is None else unquote(parts.password),
        )

    @property
    def is_secure(self) -> bool:
        return self.scheme in ("mqtts", "wss")

    @property
    def is_websocket(self) -> bool:
        return self.scheme in ("ws", "wss")

    @property
    def authority(self) -> str:
        """Host and port, as in a URL."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    def __str__(self) -> str:
        # Without the query, which may be a signature.
        path = self.path.partition("?")[0] if self.is_websocket else ""
        return f"{self.scheme}://{self.authority}{path}"


def _port(port: int | None, scheme: str) -> int:
    port = _PORTS[scheme] if port is None else port
    if not 0 < port < 65536:
        raise ValueError(f"no port: {port}")
    return port
