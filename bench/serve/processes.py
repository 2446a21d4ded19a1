"""Processes of a benchmark: none of them outlives it, however it ends."""

import contextlib
import ctypes
import os
import resource
import signal
import subprocess
import time

STOP_TIMEOUT_SEC = 20
OPEN_FILES = 20_000
PR_SET_PDEATHSIG = 1
CPU_CLOCK_SCHED = 2
_libc = ctypes.CDLL(None)


def _end_with_parent():
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@contextlib.contextmanager
def running(command, **options):
    """Starts `command`; at the end of the block it is asked to stop, and killed when it does not."""
    process = subprocess.Popen(command, preexec_fn=_end_with_parent, stdin=subprocess.DEVNULL, **options)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_TIMEOUT_SEC)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def output_of(command, timeout_sec):
    """What `command` writes to stdout. Raises when it fails or takes too long; it is killed then."""
    with subprocess.Popen(command, preexec_fn=_end_with_parent, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          text=True) as process:
        try:
            out, _ = process.communicate(timeout=timeout_sec)
        finally:
            process.kill()
    if process.returncode != 0:
        raise RuntimeError(f"{command[0]} ended with {process.returncode}: {out}")
    return out


def cpu_sec_of(pid):
    """CPU time that a process has used so far, of all its threads."""
    return time.clock_gettime(~pid << 3 | CPU_CLOCK_SCHED)  # as clock_getcpuclockid(3) makes it


def stop_on_signals():
    """Turns SIGTERM and SIGINT into exceptions, so that every block above is left in order."""
    def stop(number, _):
        raise SystemExit(128 + number)
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, stop)


def allow_many_files():
    """Lets this process, and those that it starts, open thousands of connections, as far as the system allows."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    soft = OPEN_FILES if most == resource.RLIM_INFINITY else min(most, OPEN_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, most))
