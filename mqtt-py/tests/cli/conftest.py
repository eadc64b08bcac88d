"""Brokers for the command."""

import signal
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from aio.servers import Server, free_ports, mosquitto, mqc_server

# What a shell starts in the background ignores SIGINT, and so would the programs that are tested.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


class Certificates:
    """An authority, and what a server on this machine needs of it."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        issued = authority.issue_cert("localhost")
        self.certificate, self.key = folder / "server.pem", folder / "server.key"
        self.authority = folder / "authority.pem"
        self.stranger = folder / "stranger.pem"
        issued.private_key_pem.write_to_path(self.key)
        for blob in issued.cert_chain_pems:
            blob.write_to_path(self.certificate, append=True)
        authority.cert_pem.write_to_path(self.authority)
        trustme.CA().cert_pem.write_to_path(self.stranger)
        self.context = ssl.create_default_context(cafile=self.authority)


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


def running(server: Server) -> Iterator[Server]:
    """A server while the tests need it."""
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def mosquitto_server(
    tmp_path_factory: pytest.TempPathFactory, certificates: Certificates
) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("mosquitto")
    yield from running(mosquitto(folder, certificates.certificate, certificates.key))


@pytest.fixture(scope="session")
def our_server(
    tmp_path_factory: pytest.TempPathFactory, certificates: Certificates
) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("mqc-server")
    yield from running(mqc_server(folder, certificates.certificate, certificates.key))


@pytest.fixture(params=["mosquitto_server", "our_server"])
def server(request: pytest.FixtureRequest) -> Server:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Server)
    return found


@pytest.fixture
def port(server: Server) -> str:
    return str(server.ports["mqtt"])


@pytest.fixture(scope="session")
def refusing_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """mosquitto with a user, alice, whose password is `secret`, and who may use `open/#` only."""
    folder = tmp_path_factory.mktemp("refusing")
    # A hash of mosquitto_passwd, of `secret`.
    (folder / "users").write_text(_USERS)
    (folder / "acl").write_text("user alice\ntopic readwrite open/#\n")
    yield from configured(
        folder,
        f"allow_anonymous false\npassword_file {folder / 'users'}\nacl_file {folder / 'acl'}\n",
    )


@pytest.fixture(scope="session")
def small_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """mosquitto that takes no packet of more than 150 bytes."""
    folder = tmp_path_factory.mktemp("small")
    yield from configured(folder, "allow_anonymous true\nmax_packet_size 150\n")


def configured(folder: Path, settings: str) -> Iterator[str]:
    """mosquitto with these settings, while the tests need it."""
    (port,) = free_ports(1)
    (folder / "conf").write_text(f"listener {port} 127.0.0.1\nuser root\n{settings}")
    command = [mosquitto(folder, folder / "no", folder / "no").command[0], "-c", f"{folder}/conf"]
    for server in running(Server("mosquitto", command, {"mqtt": port}, folder / "log")):
        yield str(server.ports["mqtt"])


_USERS = """\
alice:$7$101$96MGAp1w1C65XeSk$WhZuCFP2SarrPo2EI+oTYFa4ExCfVGHXqKODMWELOKoYwksaCSb4GS1aj3VCGnh1kWB2jAAzxVmujc9MGD4lkA==
"""
