#!/usr/bin/env python3
"""Feeds of the bench tenant at a rate that does not depend on the answers, from one process: open_loop.py PORT RATE
SECONDS CONNECTIONS USERS SEED. Prints JSON.

Requests are due at random times, independent of each other, as readers come (a Poisson process). Each takes the
connection that has been free for longest. A request that leaves late, because no connection is free or this process
was not there in time, counts from when it was due; how late they leave is part of what is printed. Where the system
allows it (to root), this process goes before others on its cores: load from another machine would not wait for a core
of this one."""

import collections
import ctypes
import gc
import json
import os
import random
import re
import select
import socket
import sys
import time

from processes import output_of

ANSWER_TIMEOUT_SEC = 5
GRACE_SEC = 20
LEAD_SEC = 0.2
PR_SET_TIMERSLACK = 29
TIMER_SLACK_NS = 1_000  # instead of the usual 50 µs
REALTIME_PRIORITY = 1
LENGTH = re.compile(rb"\r\nContent-Length: (\d+)\r\n", re.IGNORECASE)


class Connection:
    """One keep-alive connection with at most one request on its way."""

    _buffer = bytearray(65_536)  # of all connections: what is read is looked at at once

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), ANSWER_TIMEOUT_SEC)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.due = 0.0
        self.good = self.personalized = False
        self._missing = 0  # bytes of the answer, once its head is read

    def ask(self, request, due):
        self.due = due
        self._missing = 0
        self.socket.send(request)

    def receive(self):
        """Reads what is there; whether that ends the answer."""
        count = self.socket.recv_into(self._buffer)
        if not count:
            raise RuntimeError("a connection was closed before its answer")
        if not self._missing:
            end = self._buffer.find(b"\r\n\r\n", 0, count)
            if end < 0:
                raise RuntimeError("an answer's head came in pieces")
            self._read_head(bytes(self._buffer[:end + 2]))
            count -= end + 4
        self._missing -= count
        return self._missing <= 0

    def _read_head(self, head):
        self.good = head[9:12] == b"200"
        self.personalized = b"\r\nX-Personalized: true\r\n" in head
        self._missing = int(LENGTH.search(head)[1])


class Load:
    """The requests of one run."""

    def __init__(self, port, connections, users, seed):
        self._draw = random.Random(seed)
        self._requests = [f"GET /v1/feed?user_hash=user_{user:06d} HTTP/1.1\r\nHost: bench\r\nX-Tenant-ID: bench\r\n\r\n"
                          .encode() for user in range(users)]
        self._connections = [Connection(port) for _ in range(connections)]
        self._free = collections.deque(self._connections)
        self._answers = select.epoll()
        self._by_number = {x.socket.fileno(): x for x in self._connections}
        for number in self._by_number:
            self._answers.register(number, select.EPOLLIN)
        self.took, self.late, self.personalized, self.failed = [], [], 0, 0

    def _send(self, due):
        connection = self._free.popleft()
        connection.ask(self._draw.choice(self._requests), due)
        self.late.append(time.monotonic() - due)

    def _receive(self):
        for number, _ in self._answers.poll(0):
            connection = self._by_number[number]
            if connection.receive():
                self.took.append(time.monotonic() - connection.due)
                self._free.append(connection)
                self.failed += not connection.good
                self.personalized += connection.personalized

    def warm_up(self):
        """One feed over each connection, which does not count."""
        while self._free:
            self._send(time.monotonic())
        while len(self._free) < len(self._connections):
            select.select([self._answers], [], [], ANSWER_TIMEOUT_SEC)
            self._receive()
        self.took, self.late, self.personalized, self.failed = [], [], 0, 0

    def times(self, rate, seconds):
        """When requests are due. The first ones only when all are drawn, or they would all leave late at once."""
        offset, offsets = 0.0, []
        while (offset := offset + self._draw.expovariate(rate)) < seconds:
            offsets.append(offset)
        begin = time.monotonic() + LEAD_SEC
        return [begin + x for x in offsets]

    def run(self, rate, seconds):
        """Returns when everything is answered. Raises when an answer takes too long."""
        all_due = self.times(rate, seconds)
        sent = 0
        while len(self.took) < len(all_due):
            now = time.monotonic()
            while sent < len(all_due) and all_due[sent] <= now and self._free:
                self._send(all_due[sent])
                sent += 1
            waits = sent < len(all_due) and self._free
            until = max(0.0, all_due[sent] - time.monotonic()) if waits else ANSWER_TIMEOUT_SEC
            ready, _, _ = select.select([self._answers], [], [], until)
            if not ready and not waits:
                raise RuntimeError("an answer took too long")
            self._receive()


def quantile_us(sorted_sec, share):
    return 1e6 * sorted_sec[min(int(share * len(sorted_sec)), len(sorted_sec) - 1)]


def go_first():
    """Whether that is allowed."""
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(REALTIME_PRIORITY))
        return True
    except PermissionError:
        return False


def main():
    port, rate, seconds, connections, users, seed = sys.argv[1:]
    ctypes.CDLL(None).prctl(PR_SET_TIMERSLACK, TIMER_SLACK_NS)
    went_first = go_first()
    load = Load(int(port), int(connections), int(users), int(seed))
    load.warm_up()
    gc.disable()  # nothing here makes cycles
    cpu = time.process_time()
    load.run(float(rate), float(seconds))
    took, late = sorted(load.took), sorted(load.late)
    print(json.dumps({
        "asked": len(took), "failed": load.failed, "personalized": load.personalized,
        "p50_us": quantile_us(took, 0.5), "p90_us": quantile_us(took, 0.9), "p99_us": quantile_us(took, 0.99),
        "max_us": quantile_us(took, 1), "late_p50_us": quantile_us(late, 0.5), "late_p99_us": quantile_us(late, 0.99),
        "cpu_sec": time.process_time() - cpu, "went_first": went_first,
    }))


def open_loop(port, rate, seconds, connections, users, seed):
    """Runs this file; returns what it prints."""
    return json.loads(output_of([sys.executable, "-B", os.path.abspath(__file__), str(port), str(rate), str(seconds),
                                 str(connections), str(users), str(seed)], seconds + GRACE_SEC))


if __name__ == "__main__":
    main()
