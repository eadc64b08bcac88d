"""The session's side of a store."""

from mqtt_core._enums import Durability
from mqtt_core._native import ClientSession, PersistConfig, SessionState
from mqtt_core.aio.store import Store

__all__ = ["Keeper"]


class Keeper:
    """Has what changes stored before anything is sent that depends on it."""

    def __init__(self, store: Store, name: str) -> None:
        self._store = store
        self._name = name
        loaded = store.load(name)
        self._epoch = loaded.epoch
        self.state = SessionState.restore(rows=loaded.rows, at=loaded.last)
        self.is_new = self.state is None or self.state.wants_clean_start
        """The broker's session, if it has one, is not this one."""
        self.has_acks = False
        """Something was acknowledged since the last commit."""
        self.persist = PersistConfig(Durability.GATE, epoch=loaded.epoch, after=loaded.last[1])

    def commit(self, session: ClientSession, now: float) -> None:
        """Stores what has changed. Raises what the store does."""
        while (ops := session.persist_ops()) or self.has_acks:
            # Also without a change: the program may have an effect to be safe before its PUBACK.
            self.has_acks = False
            self._store.apply(self._name, self._epoch, ops)
            if ops:
                session.persisted(ops[-1].seq, now=now)
