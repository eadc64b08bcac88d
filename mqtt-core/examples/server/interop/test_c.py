"""mqc_pub and mqc_sub, the clients of our own C library."""

from __future__ import annotations

import os
import subprocess

import pytest
from harness import PASSWORD, PATIENCE, USER, Site, fresh

QOS = ["0", "1", "2"]


def run(port: int, name: str, *arguments: str, fails: str = "") -> str:
    """Runs one of them; gives what it prints."""
    program = os.path.join(os.environ["MQC_C"], name)
    done = subprocess.run(
        [program, "-h", "127.0.0.1", "-p", str(port), *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (done.returncode != 0) == bool(fails), done.stderr
    assert fails in done.stderr
    return done.stdout


@pytest.mark.parametrize("version", ["31", "311", "5"])
@pytest.mark.parametrize("qos", QOS)
def test_messages_and_kept_sessions(site: Site, version: str, qos: str) -> None:
    port, topic, client = site.ports.plain, fresh("c"), fresh("k")
    common = ["-t", topic, "-V", version, "-q", qos]
    run(port, "mqc_pub", *common, "-i", "p", "-r", "-m", "first")
    kept = [*common, "-i", client, "-c", "-C", "1"]
    assert run(port, "mqc_sub", *kept) == "first\n"
    if qos != "0":
        run(port, "mqc_pub", *common, "-i", "p", "-m", "while away")
        assert run(port, "mqc_sub", *kept) == "while away\n"
    run(port, "mqc_pub", *common, "-i", "p", "-r", "-m", "")


def test_passwords(site: Site) -> None:
    port, topic = site.ports.guarded, f"{USER}/{fresh('c')}"
    message = ["-t", topic, "-m", "x", "-q", "1", "-r"]
    run(port, "mqc_pub", *message, "-u", USER, "-P", PASSWORD)
    run(port, "mqc_pub", *message, "-u", USER, "-P", "wrong", fails="bad_user_name_or_password")
    run(port, "mqc_pub", *message, fails="not_authorized")
    user = ["-u", USER, "-P", PASSWORD]
    assert run(port, "mqc_sub", "-t", topic, "-C", "1", *user) == "x\n"
    # Others do not want it.
    run(port, "mqc_pub", "-t", topic, "-m", "", "-r", *user)
