"""Builds of commits, each in a folder of its own that is kept: build/compare/<commit>, a git worktree."""

import os
import shutil
import subprocess
import sys

from environment import REPOSITORY
from processes import running

FOLDER = os.path.join(REPOSITORY, "build", "compare")
JOBS = 2
NICENESS = 10
SHORT = 12  # hex digits that name a commit


def git(*arguments):
    """Whether it went well, and what git says, which is its complaint when it did not."""
    done = subprocess.run(["git", "-C", REPOSITORY, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          check=False)
    return done.returncode == 0, (done.stdout or done.stderr).strip()


def commit_of(revision):
    """The commit's id; ends the run when there is none of that name."""
    found, commit = git("rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}")
    if not found:
        sys.exit(f"bench: '{revision}' is no commit that git knows here")
    return commit


def check_out(commit, tree):
    went_well, said = git("worktree", "add", "--force", "--detach", tree, commit)
    if not went_well:
        sys.exit(f"bench: git worktree: {said}")


def remove(tree):
    """As far as it is there."""
    git("worktree", "remove", "--force", tree)
    shutil.rmtree(tree, ignore_errors=True)


def run_below_others(*command):
    """Runs it with its output on stderr; whether it went well. It ends with this process."""
    with running(["nice", "-n", str(NICENESS), *command], stdout=sys.stderr) as process:
        return process.wait() == 0


def compile_in(tree, build):
    return (run_below_others("cmake", "-S", tree, "-B", build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
                             "--log-level=WARNING")
            and run_below_others("ninja", "-C", build, "-j", str(JOBS), "kinora"))  # it ends its compilers with itself


def build_of(commit):
    """The build folder of that commit, with a finished `kinora` in it. What was built once is taken again. Ends the run
    when it does not build; neither that nor an interruption leaves half a build behind."""
    tree = os.path.join(FOLDER, commit[:SHORT])
    build = os.path.join(tree, "build", "release")
    built = os.path.join(tree, "build", "finished")
    if os.path.exists(built):
        return build
    print(f"building {commit[:SHORT]} in {os.path.relpath(tree, REPOSITORY)}", file=sys.stderr, flush=True)
    remove(tree)
    try:
        check_out(commit, tree)
        if not compile_in(tree, build):
            sys.exit(f"bench: {commit[:SHORT]} does not build; what the compiler said is above")
        with open(built, "w", encoding="ascii"):
            return build
    except BaseException:
        remove(tree)
        raise
