"""Kills a client that moves messages between a broker and SQLite, again and again: each is there once.

    python3 outbox.py PROGRAM PORT FILE

PROGRAM is mqtt-ffi/examples/mqc_outbox.c. It gets what it publishes itself.
"""

import random
import sqlite3
import subprocess
import sys

MESSAGES = 1000
KILLS = 20
# In seconds; nothing takes so long.
PATIENCE = 60


def main() -> None:
    program, port, file = sys.argv[1:]
    database = sqlite3.connect(file)
    database.execute("CREATE TABLE outbox (id INTEGER PRIMARY KEY, payload BLOB NOT NULL)")
    database.executemany(
        "INSERT INTO outbox (payload) VALUES (?)", [(str(number).encode(),) for number in range(MESSAGES)]
    )
    database.commit()
    database.close()
    command = [program, "-p", port, "-t", "out/box", "-i", "outbox", "-C", str(MESSAGES), "-m", file]
    # Moments that differ, the same in each run of this test.
    moments = random.Random(7)
    kills = 0
    for _ in range(KILLS):
        with subprocess.Popen(command) as process:
            try:
                process.wait(moments.uniform(0.005, 0.05))
                break
            except subprocess.TimeoutExpired:
                process.kill()
                kills += 1
    subprocess.run(command, check=True, timeout=PATIENCE)
    database = sqlite3.connect(file)
    rows = [int(payload) for (payload,) in database.execute("SELECT payload FROM inbox")]
    left = database.execute("SELECT count(*) FROM outbox").fetchone()[0]
    print(f"{kills} kills, {len(rows)} messages")
    if sorted(rows) != list(range(MESSAGES)) or left != 0:
        sys.exit(f"{len(rows)} came, {len(set(rows))} of them different, {left} left")
    if kills < 3:
        sys.exit(f"{kills} kills prove nothing")


main()
