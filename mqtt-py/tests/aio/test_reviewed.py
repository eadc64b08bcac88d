"""Faults that a review has found."""

import pytest
from mqtt_core import QoS, SessionState
from mqtt_core.aio import Client, MemoryStore, Options

from aio.runner import run


def test_what_was_taken_is_stored_though_there_is_no_connection() -> None:
    store = MemoryStore()

    async def main() -> None:
        client = Client("mqtt://127.0.0.1:1", client_id="c", store=store)
        client.start()
        await client.send("t", b"x", qos=QoS.AT_LEAST_ONCE)
        await client.close()

    run(main)
    state = SessionState.restore(rows=store.load("c").rows, at=store.load("c").last)
    assert state is not None
    assert state.queued_messages == 1


@pytest.mark.parametrize("url", ["mqtt://user:SECRET@host/path", "mqtt://user:SECRET@"])
def test_faults_of_an_address_do_not_show_the_password(url: str) -> None:
    with pytest.raises(ValueError) as caught:
        Client(url)
    assert "SECRET" not in str(caught.value)


def test_texts_do_not_show_secrets() -> None:
    assert "SECRET" not in repr(Client("ws://host/mqtt?signature=SECRET"))
    assert "SECRET" not in repr(Options(websocket_headers={"Authorization": "SECRET"}))
