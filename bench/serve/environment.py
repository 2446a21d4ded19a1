"""What was measured and where: the commit, the machine, the versions of what takes part."""

import os
import platform
import subprocess

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WRITTEN_BY_BENCH = ["bench/results", "docs/plots"]
ASK_TIMEOUT_SEC = 10
# what -> Debian's packages, of which the first that is installed tells its version
PACKAGES = {
    "caf": ["libcaf-dev"],
    "boost": ["libboost-json*-dev"],
    "rocksdb": ["librocksdb-dev"],
    "nginx": ["nginx-light", "nginx"],
    "wrk": ["wrk"],
    "h2load": ["nghttp2-client"],
}


def said_by(*command):
    """What a command writes to stdout, however it ends; nothing when it is not there."""
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              text=True, timeout=ASK_TIMEOUT_SEC, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""


def git(*arguments):
    return said_by("git", "-C", REPOSITORY, *arguments).strip()


def commit():
    """The commit, with "-dirty" when files differ from it, as `git describe --always --dirty` says it; None outside of
    git. What a measurement itself writes does not count: a second one would always be dirty."""
    name = git("describe", "--always")
    if not name:
        return None
    changed = git("status", "--porcelain", "--untracked-files=no", "--", ".", *(f":!{x}" for x in WRITTEN_BY_BENCH))
    return name + "-dirty" if changed else name


def cpu_model():
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as cpus:
        return next((line.partition(":")[2].strip() for line in cpus if line.startswith("model name")), "unknown CPU")


def machine():
    return {"cores": os.cpu_count(), "cpu": cpu_model(), "kernel": platform.release()}


def version_of_package(patterns):
    for pattern in patterns:
        for line in said_by("dpkg-query", "-W", "-f", "${db:Status-Status} ${Version}\\n", pattern).splitlines():
            status, _, version = line.partition(" ")
            if status == "installed":
                return version
    return None


def compiler_of(build):
    """The first line of what the build folder's compiler says of itself, or the machine's, when that folder is bare."""
    command = "c++"
    try:
        with open(os.path.join(build, "CMakeCache.txt"), encoding="utf-8") as cache:
            command = next((line.partition("=")[2].strip() for line in cache
                            if line.startswith("CMAKE_CXX_COMPILER:")), command)
    except OSError:
        pass
    return next(iter(said_by(command, "--version").splitlines()), None)


def versions(build):
    """Version of each, None where it cannot be told."""
    return {"compiler": compiler_of(build), "python": platform.python_version(),
            **{name: version_of_package(patterns) for name, patterns in PACKAGES.items()}}
