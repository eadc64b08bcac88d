"""What the options say, in terms of the session."""

import time

from mqtt_core._enums import AckMode, Version
from mqtt_core._native import ClientConfig, ClientSession, QueueLimits
from mqtt_core.aio._keeper import Keeper
from mqtt_core.aio._options import Options

__all__ = ["make_session"]

# Some brokers end the connection of who sends more before 5.0, where they cannot say so.
_MAX_OPEN_V3 = 20


def make_session(options: Options, keeper: Keeper | None, now: float) -> ClientSession:
    """Makes the session, or goes on with the one that is stored."""
    is_v5 = options.version is Version.V5
    queue = options.queue or QueueLimits(
        max_bytes=16 << 20, max_open_bytes=16 << 20, max_open=65535 if is_v5 else _MAX_OPEN_V3
    )
    config = ClientConfig(
        version=options.version,
        connect_timeout=options.connect_timeout,
        ping_timeout=options.ping_timeout,
        session_lost=options.session_lost,
        limits=options.bounds,
        strictness=options.strictness,
        ack=AckMode.MANUAL,
        queue=queue,
        max_auto_aliases=options.max_auto_aliases if is_v5 else 0,
        persist=keeper.persist if keeper is not None else None,
    )
    if keeper is not None:
        session = ClientSession(config, state=keeper.state)
        session.set_unix_time(time.time(), now=now)
        return session
    if options.clean_start:
        return ClientSession(config)
    # Who does not begin anew says that the session is its own, though nothing of it is here.
    return ClientSession(config, state=ClientSession(config).into_state())
