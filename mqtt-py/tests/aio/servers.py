"""Other people's brokers, and ours: each a process of its own, on loopback."""

import os
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

# Generous: a server that does not listen by then never will.
PATIENCE: Final = 30.0


def missing(what: str) -> None:
    """A test cannot run: that is a failure, unless somebody has said that it may be."""
    if os.environ.get("ALLOW_MISSING") == "1":
        pytest.skip(f"{what} is missing")
    pytest.fail(f"{what} is missing; ALLOW_MISSING=1 skips what needs it")


def free_ports(count: int) -> list[int]:
    """Ports that nobody has at this moment."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


@dataclass
class Server:
    """A broker that listens on TCP, TLS, WebSocket and WebSocket over TLS."""

    name: str
    command: list[str]
    ports: dict[str, int]
    log: Path
    process: "subprocess.Popen[bytes] | None" = field(default=None)

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log)
        until = time.monotonic() + PATIENCE
        for port in self.ports.values():
            while not listens(port):
                if self.process.poll() is not None or time.monotonic() > until:
                    pytest.fail(f"{self.name} does not begin: {self.log.read_text('utf-8')}")
                time.sleep(0.02)

    def stop(self, *, is_killed: bool = False) -> None:
        """Ends it as it wishes, or at once."""
        process, self.process = self.process, None
        if process is not None:
            if is_killed:
                process.kill()
            else:
                process.terminate()
            process.wait(PATIENCE)


def listens(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def mosquitto(folder: Path, certificate: Path, key: Path) -> Server:
    """mosquitto, which keeps its sessions when it ends as it wishes."""
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    if program is None:
        missing("mosquitto")
        raise AssertionError
    ports = dict(zip(("mqtt", "mqtts", "ws", "wss"), free_ports(4), strict=True))
    tls = f"certfile {certificate}\nkeyfile {key}\n"
    text = (
        f"persistence true\npersistence_location {folder}/\nuser {os.environ.get('USER', 'root')}\n"
        "max_queued_messages 0\nallow_anonymous true\n"
        f"listener {ports['mqtt']} 127.0.0.1\n"
        f"listener {ports['mqtts']} 127.0.0.1\n{tls}"
        f"listener {ports['ws']} 127.0.0.1\nprotocol websockets\n"
        f"listener {ports['wss']} 127.0.0.1\nprotocol websockets\n{tls}"
    )
    config = folder / "mosquitto.conf"
    config.write_text(text, "utf-8")
    return Server("mosquitto", [program, "-c", str(config)], ports, folder / "log")


def mqc_server(folder: Path, certificate: Path, key: Path) -> Server:
    """mqc-server, with a store."""
    program = os.environ.get("MQC_SERVER", "")
    if not Path(program).is_file():
        missing("mqc-server: MQC_SERVER says where it is; it")
    ports = dict(zip(("mqtt", "mqtts", "ws", "wss"), free_ports(4), strict=True))
    options = {"mqtt": "--listen", "mqtts": "--tls", "ws": "--websocket", "wss": "--wss"}
    command = [program, "--certificate", str(certificate), "--key", str(key)]
    for name, port in ports.items():
        command += [options[name], f"127.0.0.1:{port}"]
    command += ["--store", f"sqlite:{folder / 'broker.db'}", "--sys-interval", "0"]
    return Server("mqc-server", command, ports, folder / "log")
