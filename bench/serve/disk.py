"""The disk below a store."""

import contextlib
import os
import statistics
import sys
import tempfile
import time

from processes import output_of


@contextlib.contextmanager
def data_folder(build):
    """A folder for a store, on the disk of the build folder; ends the run when that is no disk."""
    results = os.path.join(build, "bench")
    if output_of(["stat", "-f", "-c", "%T", results], 5).strip() in ("tmpfs", "ramfs"):
        sys.exit(f"bench: {results} is in memory; syncs there say nothing")
    with tempfile.TemporaryDirectory(prefix="data-", dir=results) as folder:
        yield folder


def bytes_in(folder):
    """What the files in it take up on the disk."""
    return sum(os.stat(os.path.join(at, name)).st_blocks * 512 for at, _, names in os.walk(folder) for name in names)


def forget_files(folder):
    """Takes the files in it out of the system's cache, so that the next read comes from the disk."""
    for at, _, names in os.walk(folder):
        for name in names:
            file = os.open(os.path.join(at, name), os.O_RDONLY)
            try:
                os.fsync(file)
                os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(file)


def sync_us(folder, size, times):
    """Appends `size` bytes and syncs, one after the other: microseconds of each, sorted."""
    took = []
    with open(os.path.join(folder, "syncs"), "wb", buffering=0) as file:
        for _ in range(times):
            begin = time.perf_counter()
            file.write(b"x" * size)
            os.fdatasync(file.fileno())
            took.append((time.perf_counter() - begin) * 1e6)
    os.unlink(os.path.join(folder, "syncs"))
    return sorted(took)


def summary_of_syncs(folder, size, times):
    took = sync_us(folder, size, times)
    return {"bytes": size, "times": times, "median_us": statistics.median(took), "p99_us": took[int(0.99 * times)]}
