"""Runs an example that uses SQLite, and kills it by SIGKILL at one of its steps:

    python dying.py STEP EXAMPLE ARGUMENTS...

The steps, counted from 1, are what can make a difference: before and behind each commit that
changes something, before, within and behind all that is sent, and behind all that is received.
"""

import os
import runpy
import signal
import socket
import sqlite3
import sys
from typing import Any

left = int(sys.argv[1])
connect_socket = socket.create_connection
connect_file = sqlite3.connect


def step() -> None:
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)


class Connection(sqlite3.Connection):
    changes = 0

    def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
        if sql != "COMMIT" or self.total_changes == self.changes:
            return super().execute(sql, *parameters)
        step()
        cursor = super().execute(sql)
        self.changes = self.total_changes
        step()
        return cursor


class Link:
    def __init__(self, link: socket.socket) -> None:
        self.link = link

    def __enter__(self) -> "Link":
        return self

    def __exit__(self, *_: object) -> None:
        self.link.close()

    def fileno(self) -> int:
        return self.link.fileno()

    def sendall(self, data: bytes) -> None:
        step()
        half = len(data) // 2
        self.link.sendall(data[:half])
        step()
        self.link.sendall(data[half:])
        step()

    def recv(self, size: int) -> bytes:
        data = self.link.recv(size)
        step()
        return data


def create_connection(*arguments: Any, **settings: Any) -> Link:
    return Link(connect_socket(*arguments, **settings))


def connect(*arguments: Any, **settings: Any) -> sqlite3.Connection:
    return connect_file(*arguments, factory=Connection, **settings)


socket.create_connection = create_connection  # type: ignore[assignment]
sqlite3.connect = connect  # type: ignore[assignment]
del sys.argv[:2]
runpy.run_path(sys.argv[0], run_name="__main__")
