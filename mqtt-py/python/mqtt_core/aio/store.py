"""Where a session is kept, so that it outlives its process.

A store is an object with two methods. `SqliteStore` keeps sessions in a file; its tables are those
of the stores in Rust (`mqc-store`), so that programs of both can go on with each other's sessions.
"""

import contextlib
import os
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from mqtt_core._enums import PersistKind
from mqtt_core._errors import PersistenceError
from mqtt_core._native import PersistOp

__all__ = ["FencedError", "Loaded", "MemoryStore", "SqliteStore", "Store"]


class FencedError(PersistenceError):
    """Another owner has taken the session over; nothing of this one is stored any more."""

    def __init__(self, message: str, *, epoch: int) -> None:
        super().__init__(message)
        self.epoch = epoch
        """The epoch of the other."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a store has of a session."""

    epoch: int
    """That of the new owner: higher than all before."""
    last: tuple[int, int] = (0, 0)
    """Epoch and number of the last change that is stored."""
    rows: Sequence[tuple[bytes, bytes]] = ()
    """Keys and values, in any order."""


class Store(Protocol):
    """Where a session is kept. What its methods raise ends the client.

    They are called in the thread of the loop, and nothing else goes on until they are done. A store
    that waits for a disk makes the loop wait: use a store for as many sessions as that allows.
    """

    def load(self, session: str) -> Loaded:
        """Makes the caller the owner of a session, and gives what there is of it."""
        ...

    def apply(self, session: str, epoch: int, ops: Sequence[PersistOp]) -> None:
        """Makes changes safe, all or none: they are when this returns. `epoch` is the owner's.

        There may be none: then only what the program has done with the store is to be made safe,
        before an acknowledgement is sent.

        Raises FencedError if another owner has loaded the session since.
        """
        ...


@dataclass(slots=True)
class _Kept:
    epoch: int = 0
    last: tuple[int, int] = (0, 0)
    rows: dict[bytes, bytes] = field(default_factory=dict[bytes, bytes])


class MemoryStore:
    """A store for tests: sessions outlive their clients, and not the process."""

    def __init__(self) -> None:
        self._sessions: dict[str, _Kept] = {}

    def load(self, session: str) -> Loaded:
        """See `Store`."""
        kept = self._sessions.setdefault(session, _Kept())
        kept.epoch += 1
        return Loaded(kept.epoch, kept.last, list(kept.rows.items()))

    def apply(self, session: str, epoch: int, ops: Sequence[PersistOp]) -> None:
        """See `Store`."""
        kept = self._sessions.setdefault(session, _Kept())
        _check(epoch, ops, kept.epoch, kept.last[1])
        for op in ops:
            if op.kind is PersistKind.PUT:
                kept.rows[op.key] = op.value
            elif op.kind is PersistKind.DELETE:
                kept.rows.pop(op.key, None)
            elif op.kind is PersistKind.CLEAR:
                kept.rows.clear()
            kept.last = (op.epoch, op.seq)


_TABLES: Final = """
    CREATE TABLE IF NOT EXISTS mqc_sessions(
        id INTEGER PRIMARY KEY, session TEXT NOT NULL UNIQUE, epoch INTEGER NOT NULL,
        seq INTEGER NOT NULL);
    CREATE TABLE IF NOT EXISTS mqc_rows(
        session INTEGER NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL,
        PRIMARY KEY(session, key)
    ) WITHOUT ROWID;
"""

# Beyond, SQLite has no next number.
_MAX: Final = (1 << 63) - 1
_LAST: Final = "SELECT id, epoch, seq FROM mqc_sessions WHERE session = ?"
_SET_LAST: Final = """
    INSERT INTO mqc_sessions(session, epoch, seq) VALUES (?1, ?2, ?3)
    ON CONFLICT(session) DO UPDATE SET epoch = ?2, seq = ?3
"""


class SqliteStore:
    """A store in a file of SQLite, with many sessions, next to whatever tables a program has in it.

    A commit is safe when it is done (`journal_mode = WAL`, `synchronous = FULL`), and takes as
    long as the disk takes. There is one for each turn of the loop in which something changed.

    What a program writes by `transaction`, and acknowledges or publishes before it awaits
    anything, is committed with the changes of the session: both are there after a crash, or
    neither.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Opens a file, or makes it. One thread at a time may use it.

        Raises PersistenceError if it cannot be used, or SQLite cannot keep a journal beside it.
        """
        self.path = os.fspath(path)
        """Where it is."""
        self._sessions: set[str] = set()
        try:
            # It may be made in one thread and used in another, as by a loop that runs there.
            self._connection = sqlite3.connect(
                self.path, timeout=5.0, isolation_level=None, check_same_thread=False
            )
        except (sqlite3.Error, ValueError) as error:
            # A path with a zero in it is the latter.
            raise self._fault(error) from error
        try:
            self._prepare()
        except sqlite3.Error as error:
            self._connection.close()
            raise self._fault(error) from error
        except PersistenceError:
            self._connection.close()
            raise

    def _prepare(self) -> None:
        connection = self._connection
        (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        connection.execute("PRAGMA synchronous = FULL")
        if mode != "wal":
            raise PersistenceError(f"{self.path}: journal_mode is {mode}, not wal")
        connection.executescript(_TABLES)

    def _fault(self, error: Exception) -> PersistenceError:
        return PersistenceError(f"{self.path}: {error}")

    @property
    def transaction(self) -> sqlite3.Connection:
        """The connection of SQLite, in a transaction that ends with the next changes of the
        session.

        Raises PersistenceError if several sessions were loaded by this object: what one of them
        rolls back, or commits, would be another's; and if none can begin, since another has the
        file for more than five seconds.
        """
        if len(self._sessions) > 1:
            names = " and ".join(sorted(self._sessions))
            raise PersistenceError(
                f"{self.path}: whose transaction: that of {names}? Give each session a store"
            )
        try:
            return self._begin()
        except sqlite3.Error as error:
            raise self._fault(error) from error

    def _begin(self) -> sqlite3.Connection:
        if not self._is_in_transaction:
            self._connection.execute("BEGIN IMMEDIATE")
        return self._connection

    @property
    def _is_in_transaction(self) -> bool:
        try:
            return self._connection.in_transaction
        except sqlite3.ProgrammingError as error:
            # It is closed.
            raise self._fault(error) from error

    def commit(self) -> None:
        """Ends a transaction, if there is one: for what nothing of the session goes with.

        Raises PersistenceError; then it is as it was, and may be rolled back.
        """
        try:
            if self._is_in_transaction:
                self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise self._fault(error) from error

    def load(self, session: str) -> Loaded:
        """See `Store`."""
        if self._is_in_transaction and self._sessions - {session}:
            raise PersistenceError(
                f"{self.path}: the transaction of {next(iter(self._sessions))} is open"
            )
        try:
            connection = self._begin()
            ident, epoch, seq = connection.execute(_LAST, (session,)).fetchone() or (None, 0, 0)
            select = "SELECT key, value FROM mqc_rows WHERE session = ?"
            rows = [] if ident is None else connection.execute(select, (ident,)).fetchall()
            if not _is_ours(epoch, seq, rows):
                raise PersistenceError(
                    f"{self.path}: what is there of {session!r} was not written by a session"
                )
            connection.execute(_SET_LAST, (session, epoch + 1, seq))
            connection.execute("COMMIT")
        except (sqlite3.Error, ValueError) as error:
            # A name that is no text is the latter.
            self._roll_back()
            raise self._fault(error) from error
        except PersistenceError:
            self._roll_back()
            raise
        self._sessions.add(session)
        return Loaded(epoch + 1, (epoch, seq), rows)

    def apply(self, session: str, epoch: int, ops: Sequence[PersistOp]) -> None:
        """See `Store`."""
        connection = self._connection
        if not ops and not self._is_in_transaction:
            return
        try:
            self._begin()
            ident, latest, seq = connection.execute(_LAST, (session,)).fetchone() or (None, 0, 0)
            _check(epoch, ops, latest, seq)
            if ident is None:
                connection.execute(_SET_LAST, (session, epoch, seq))
                (ident,) = connection.execute(_LAST, (session,)).fetchone()[:1]
            for op in ops:
                if op.kind is PersistKind.PUT:
                    put = "INSERT OR REPLACE INTO mqc_rows(session, key, value) VALUES (?, ?, ?)"
                    connection.execute(put, (ident, op.key, op.value))
                elif op.kind is PersistKind.DELETE:
                    delete = "DELETE FROM mqc_rows WHERE session = ? AND key = ?"
                    connection.execute(delete, (ident, op.key))
                elif op.kind is PersistKind.CLEAR:
                    connection.execute("DELETE FROM mqc_rows WHERE session = ?", (ident,))
            if ops:
                connection.execute(_SET_LAST, (session, epoch, ops[-1].seq))
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            self._roll_back()
            raise self._fault(error) from error
        except PersistenceError:
            self._roll_back()
            raise

    def _roll_back(self) -> None:
        # What is closed has nothing to roll back.
        with contextlib.suppress(sqlite3.ProgrammingError):
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    def close(self) -> None:
        """Closes the file. What was not committed is gone."""
        self._connection.close()

    def __enter__(self) -> "SqliteStore":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _is_ours(epoch: object, seq: object, rows: list[tuple[object, object]]) -> bool:
    # SQLite puts anything into any column.
    numbers = all(isinstance(it, int) and 0 <= it < _MAX for it in (epoch, seq))
    return numbers and all(isinstance(it, bytes) for row in rows for it in row)


def _check(epoch: int, ops: Sequence[PersistOp], latest: int, seq: int) -> None:
    if epoch < latest:
        raise FencedError(f"an owner of epoch {latest} has the session", epoch=latest)
    for op in ops:
        seq += 1
        if op.seq != seq:
            raise PersistenceError(f"change {op.seq} follows {seq - 1}")
