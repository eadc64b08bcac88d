"""A client that may be killed at any moment: its session and its messages live in SQLite.

    python examples/sqlite_client.py [--host HOST] [--port PORT] FILE FILTER [TOPIC PAYLOAD]

What comes is put into the table `inbox`, what is in the table `outbox` is sent; TOPIC and PAYLOAD
are one row more of it, and any other program may add some. After `kill -9` the next start goes on:
each message of QoS 2 goes out once and comes in once, those of QoS 1 at least once.

The whole secret is one transaction for all that belongs together: the messages that came, the rows
that were taken from the outbox, and what changed in the session. What the session has to say is
sent after the commit. Two more tables:

    rows    keys and values, which the session alone understands
    owner   who has the session (epoch), and the number of its last change (seq)
"""

import argparse
import contextlib
import select
import socket
import sqlite3
import sys
import time

from mqtt_core import (
    ClientConfig,
    ClientSession,
    CloseCause,
    Closed,
    Connect,
    Connected,
    Dropped,
    Durability,
    Error,
    Message,
    PersistConfig,
    PersistKind,
    PersistOp,
    Published,
    QoS,
    SessionLost,
    SessionState,
    Subscribed,
    Subscription,
    TopicName,
    Version,
    WouldBlock,
)

VERSIONS = {"3.1.1": Version.V311, "5.0": Version.V5}

TABLES = """
CREATE TABLE IF NOT EXISTS outbox(id INTEGER PRIMARY KEY, topic TEXT, payload BLOB, qos INTEGER);
CREATE TABLE IF NOT EXISTS inbox(id INTEGER PRIMARY KEY, topic TEXT, payload BLOB, qos INTEGER);
CREATE TABLE IF NOT EXISTS rows(key BLOB PRIMARY KEY, value BLOB);
CREATE TABLE IF NOT EXISTS owner(one INTEGER PRIMARY KEY, epoch INTEGER, seq INTEGER);
INSERT OR IGNORE INTO owner VALUES (1, 0, 0);
"""


def open_file(file: str) -> sqlite3.Connection:
    """No transaction begins by itself, and a commit is on the disk when it returns."""
    db = sqlite3.connect(file, timeout=10, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.executescript(TABLES)
    return db


class Fenced(Exception):
    """Another process has taken over the session."""


class Client:
    def __init__(self, db: sqlite3.Connection, options: argparse.Namespace) -> None:
        self.db, self.options = db, options
        self.version = VERSIONS[options.version]
        self.is_ending = False
        # A new owner: whoever had the session before can change nothing any more.
        db.execute("BEGIN IMMEDIATE")
        last, seq = db.execute("SELECT epoch, seq FROM owner").fetchone()
        db.execute("UPDATE owner SET epoch = ?", [last + 1])
        rows = db.execute("SELECT key, value FROM rows").fetchall()
        db.execute("COMMIT")
        self.epoch = last + 1
        state = SessionState.restore(rows=rows, at=(last, seq))
        self.is_new = state is None or state.wants_clean_start
        persist = PersistConfig(Durability.GATE, epoch=self.epoch, after=seq)
        # A server that has forgotten the session gets again what was open: nothing is lost.
        lost = SessionLost.PUBLISH_AGAIN
        config = ClientConfig(version=self.version, session_lost=lost, persist=persist)
        self.session = ClientSession(config, state=state)
        # Messages may have expired while nobody was here.
        self.session.set_unix_time(time.time(), now=time.monotonic())

    def run(self) -> Closed:
        """Carries one connection to its end, and says why it has ended."""
        is_v5 = self.version is Version.V5
        connect = Connect(
            self.options.id,
            version=self.version,
            # The server may have a session under this name of which the file knows nothing.
            clean_start=self.is_new and is_v5,
            session_expiry_interval=1_000_000 if is_v5 else None,
            keep_alive=30,
        )
        with socket.create_connection((self.options.host, self.options.port), timeout=10) as link:
            self.session.connect(connect, now=time.monotonic())
            while True:
                closed = self.turn()
                try:
                    while data := self.session.data_to_send():
                        link.sendall(data)
                    if closed is None:
                        self.wait(link)
                except OSError:
                    self.session.receive_eof(now=time.monotonic())
                if closed is not None:
                    return closed

    def turn(self) -> Closed | None:
        """Takes what has happened: all of it is in the file, or nothing."""
        closed = None
        now = time.monotonic()
        self.db.execute("BEGIN IMMEDIATE")
        for event in self.session.events():
            match event:
                case Connected(_, start):
                    print("connected:", start.name.lower(), flush=True)
                    self.is_new = self.is_ending = False
                    # Subscribe at each start: a subscription is not in the file.
                    wanted = Subscription(self.options.filter, QoS(self.options.qos))
                    self.session.subscribe([wanted], now=now)
                case Message(publish):
                    row = publish.topic, publish.payload, publish.qos
                    self.db.execute("INSERT INTO inbox(topic, payload, qos) VALUES (?, ?, ?)", row)
                    print("message:", publish.topic, publish.payload, flush=True)
                case Subscribed(_, reasons):
                    print("subscribed:", *(reason.name for reason in reasons), flush=True)
                case Published(token, reason):
                    print("published:", token, reason.name, flush=True)
                case Dropped(token, why):
                    print("dropped:", token, why.name, flush=True)
                case Closed():
                    closed = event
        if self.session.is_connected and not self.is_ending:
            self.take_outbox(now)
            self.is_ending = self.is_done()
            if self.is_ending:
                # DISCONNECT follows when all is acknowledged.
                self.session.quiesce(now=now)
        seq = self.store(self.session.persist_ops())
        self.db.execute("COMMIT")
        # Now the session may send what depends on it.
        self.session.persisted(seq, now=now)
        return closed

    def take_outbox(self, now: float) -> None:
        rows = self.db.execute("SELECT id, topic, payload, qos FROM outbox ORDER BY id").fetchall()
        for number, topic, payload, qos in rows:
            try:
                self.session.publish(topic, payload, qos=QoS(qos), now=now)
            except WouldBlock:
                break
            self.db.execute("DELETE FROM outbox WHERE id = ?", [number])

    def store(self, ops: list[PersistOp]) -> int:
        """Applies changes of the session; gives the number of the last one."""
        for op in ops:
            match op:
                case PersistOp(PersistKind.PUT, key, value):
                    self.db.execute("INSERT OR REPLACE INTO rows VALUES (?, ?)", (key, value))
                case PersistOp(PersistKind.DELETE, key):
                    self.db.execute("DELETE FROM rows WHERE key = ?", [key])
                case PersistOp(PersistKind.CLEAR):
                    self.db.execute("DELETE FROM rows")
        seq = ops[-1].seq if ops else self.session.persist_seq
        sql = "UPDATE owner SET seq = ? WHERE epoch = ?"
        if ops and not self.db.execute(sql, (seq, self.epoch)).rowcount:
            raise Fenced("another process has taken over this session")
        return seq

    def is_done(self) -> bool:
        """True if as many messages have come as were asked for, and none is left to be sent."""
        (left,) = self.db.execute("SELECT count(*) FROM outbox").fetchone()
        (came,) = self.db.execute("SELECT count(*) FROM inbox").fetchone()
        return not left and self.options.count is not None and came >= self.options.count

    def wait(self, link: socket.socket) -> None:
        """Waits for bytes, for the next deadline, or a moment: the outbox cannot wake it."""
        deadline = self.session.next_timeout()
        rest = 0.1 if deadline is None else min(max(deadline - time.monotonic(), 0.0), 0.1)
        # A session that is full has to be drained first: see `wants_input`.
        room = min(self.session.wants_input, 1 << 16)
        ready, _, _ = select.select([link] if room else [], [], [], rest)
        data = link.recv(room) if ready else None
        now = time.monotonic()
        if data:
            self.session.receive_data(data, now=now)
        elif data is not None:
            self.session.receive_eof(now=now)
        self.session.handle_timeout(now)


def run(db: sqlite3.Connection, options: argparse.Namespace) -> None:
    """Connects, again and again if need be, until all is done."""
    client = Client(db, options)
    for attempt in range(5):
        try:
            closed = client.run()
        except OSError as error:
            print("no connection:", error, file=sys.stderr)
        else:
            if closed.cause is CloseCause.LOCAL:
                return
            print(closed, file=sys.stderr)
        time.sleep(2**attempt / 10)
    raise ConnectionError("given up")


def main() -> int:
    parser = argparse.ArgumentParser(description="A client whose messages live in SQLite.")
    parser.add_argument("file")
    parser.add_argument("filter")
    parser.add_argument("topic", nargs="?")
    parser.add_argument("payload", nargs="?", default="")
    parser.add_argument("--host", default="localhost")
    parser.add_argument("--port", type=int, default=1883)
    parser.add_argument("--version", choices=VERSIONS, default="5.0")
    parser.add_argument("--qos", type=int, choices=(0, 1, 2), default=2)
    parser.add_argument("--id", default="sqlite-client", help="the name of the session")
    parser.add_argument("--count", type=int, help="end when the inbox has so many messages")
    options = parser.parse_args()
    try:
        with contextlib.closing(open_file(options.file)) as db:
            if options.topic is not None:
                row = str(TopicName(options.topic)), options.payload.encode(), options.qos
                db.execute("INSERT INTO outbox(topic, payload, qos) VALUES (?, ?, ?)", row)
            run(db, options)
    except (OSError, sqlite3.Error, Error, Fenced) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
