"""Cores for a server and others for what loads it: where they share them, each waits for the other's time slices, and the
measurement tells more of the system's scheduler than of the server."""

import contextlib
import os


def halves():
    """The cores this process may use, in two halves; both are all of them where there is one."""
    cores = sorted(os.sched_getaffinity(0))
    middle = len(cores) // 2
    return (set(cores[:middle]), set(cores[middle:])) if middle else (set(cores), set(cores))


@contextlib.contextmanager
def here_on(cores):
    """This process, and what it starts meanwhile, on these cores only."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def keep_on(pid, cores):
    """All threads of a process, on these cores only."""
    for thread in os.listdir(f"/proc/{pid}/task"):
        os.sched_setaffinity(int(thread), cores)
