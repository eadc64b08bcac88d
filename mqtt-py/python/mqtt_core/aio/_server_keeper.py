"""The broker's side of a store."""

from mqtt_core._enums import Durability
from mqtt_core._native import Broker, BrokerConfig, PersistConfig, ServerConfig
from mqtt_core.aio._server_clock import Clock
from mqtt_core.aio.store import Store

__all__ = ["NAME", "BrokerKeeper"]

NAME = "broker"
"""Under which a broker is in a store; `mqc-server` calls it so too."""

# How often the broker hears of the time of the world, which its sessions end by; seconds.
_TOLD_EVERY = 60.0


class BrokerKeeper:
    """Has changes stored before anything is sent that depends on them."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._told = clock.time()
        self._epoch = 0

    def load(self, config: BrokerConfig) -> Broker:
        """The broker that the store has, or a new one."""
        loaded = self._store.load(NAME)
        self._epoch = loaded.epoch
        server = config.server or ServerConfig()
        persist = server.persist or PersistConfig()
        if persist.durability is Durability.OFF:
            persist = persist.replace(durability=Durability.GATE)
        persist = persist.replace(epoch=loaded.epoch, after=loaded.last[1])
        config = config.replace(server=server.replace(persist=persist))
        now, unix_time = self._clock.time(), self._clock.unix_time()
        if loaded.last[1] == 0:
            broker = Broker(config, now=now)
            broker.set_unix_time(unix_time, now=now)
            return broker
        return Broker.restore(
            config, rows=loaded.rows, at=loaded.last, unix_time=unix_time, now=now
        )

    def commit(self, broker: Broker) -> bool:
        """Stores what has changed; False if nothing has. Raises what the store does."""
        now = self._clock.time()
        if now - self._told >= _TOLD_EVERY:
            self._told = now
            broker.set_unix_time(self._clock.unix_time(), now=now)
        ops = broker.persist_ops()
        if not ops:
            return False
        self._store.apply(NAME, self._epoch, ops)
        broker.persisted(ops[-1].seq, now=now)
        return True
