"""Connections that stay open and ask for nothing more."""

import contextlib
import socket

from kinora_server import read_answer

ANSWER_TIMEOUT_SEC = 10
ASK = b"GET /v1/feed?user_hash=user_000000 HTTP/1.1\r\nHost: bench\r\nX-Tenant-ID: bench\r\n\r\n"


def connected(port):
    """A connection that has been answered once."""
    connection = socket.create_connection(("127.0.0.1", port), ANSWER_TIMEOUT_SEC)
    connection.sendall(ASK)
    if read_answer(connection) != 200:
        raise RuntimeError("a connection that was to be idle got no feed")
    return connection


def is_open(connection):
    connection.setblocking(False)
    try:
        return bool(connection.recv(1, socket.MSG_PEEK))
    except BlockingIOError:
        return True


@contextlib.contextmanager
def idle_connections(port, count):
    """So many, each of which has asked for one feed of the bench tenant. Raises when one of them is closed before the
    block ends: the block has to be shorter than IDLE_TIMEOUT_MS."""
    with contextlib.ExitStack() as stack:
        every = [stack.enter_context(contextlib.closing(connected(port))) for _ in range(count)]
        yield
        if gone := sum(not is_open(x) for x in every):
            raise RuntimeError(f"{gone} of {count} idle connections were closed")
