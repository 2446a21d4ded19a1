"""Processes of a benchmark: none of them outlives it, however it ends."""

import contextlib
import ctypes
import os
import signal
import subprocess

STOP_TIMEOUT_SEC = 20
PR_SET_PDEATHSIG = 1
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
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def stop_on_signals():
    """Turns SIGTERM and SIGINT into exceptions, so that every block above is left in order."""
    def stop(number, _):
        raise SystemExit(128 + number)
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, stop)
