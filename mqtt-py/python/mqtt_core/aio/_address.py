"""Where a broker is."""

from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Final
from urllib.parse import quote, unquote_to_bytes, urlsplit

__all__ = ["Address", "check_name", "is_ip"]

# What may stand in the path of a URL as it is, a percent sign before two digits, too.
_PATH: Final = "/%:@!$&'()*+,;=~"
_NO_HOST: Final = frozenset("/?#@[]\\\x7f")
_PORTS: Final = {"mqtt": 1883, "mqtts": 8883, "ws": 80, "wss": 443}


@dataclass(frozen=True, slots=True)
class Address:
    """Where a broker is, and how it is spoken to."""

    scheme: str
    host: str
    port: int
    path: str = "/mqtt"
    user_name: str | None = None
    password: bytes | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, text: str, port: int | None, *, is_secure: bool) -> "Address":
        """Reads a URL or the name of a host; `port` and `is_secure` take the place of what it says.

        Raises ValueError if it is neither.
        """
        # No error tells the text itself: a password may stand in it.
        if "://" not in text:
            scheme = "mqtts" if is_secure else "mqtt"
            return cls(scheme, _host_alone(text), _port(port, scheme))
        try:
            parts = urlsplit(text)
            host, told = parts.hostname, parts.port
        except ValueError:
            raise ValueError(
                "the address of a broker is no URL; in a password, what means something is %XX"
            ) from None
        scheme = parts.scheme.lower()
        if scheme not in _PORTS:
            raise ValueError(f"no scheme of a broker: {scheme!r}; there are {', '.join(_PORTS)}")
        if not host:
            raise ValueError("no host in the address of a broker")
        if parts.fragment:
            raise ValueError("the address of a broker has no fragment")
        if is_secure and scheme in ("mqtt", "ws"):
            scheme += "s"
        path = "/mqtt"
        if scheme in ("ws", "wss"):
            path = quote(parts.path or "/mqtt", _PATH)
            if parts.query:
                path = f"{path}?{quote(parts.query, _PATH + '?')}"
        elif parts.path not in ("", "/") or parts.query:
            raise ValueError(
                f"the address of a broker with {scheme} has no path; a slash in a password is %2F"
            )
        return cls(
            scheme,
            # RFC 6874 has the sign before a zone quoted.
            check_name(host.replace("%25", "%")),
            _port(port if port is not None else told, scheme),
            path,
            None if parts.username is None else _text(parts.username),
            None if parts.password is None else unquote_to_bytes(parts.password),
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


def _host_alone(text: str) -> str:
    if not text:
        raise ValueError("the address of a broker is empty")
    host = text[1:-1] if text[0] == "[" and text[-1] == "]" else text
    if ":" in host and not is_ip(host):
        raise ValueError("a host without a scheme has no port in it: it is another argument")
    return check_name(host)


def is_ip(host: str) -> bool:
    """True for an address, which needs no looking up."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def check_name(host: object) -> str:
    """The name of a host, or an address. Raises ValueError if it is neither."""
    if not isinstance(host, str):
        raise ValueError(f"no name of a host: {host!r}")
    if is_ip(host):
        return host
    try:
        host.encode("idna")
    except UnicodeError:
        is_good = False
    else:
        is_good = not any(sign in _NO_HOST or sign <= " " for sign in host)
    if not is_good or not host:
        raise ValueError("this can be the name of no host")
    return host


def _text(quoted: str) -> str:
    try:
        return unquote_to_bytes(quoted).decode()
    except UnicodeDecodeError:
        raise ValueError("the user name in the address of a broker is no UTF-8") from None


def _port(port: object, scheme: str) -> int:
    port = _PORTS[scheme] if port is None else port
    if not isinstance(port, int) or isinstance(port, bool) or not 0 < port < 65536:
        raise ValueError(f"no port: {port!r}")
    return port
