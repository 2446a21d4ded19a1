#!/usr/bin/env bash
# run_suite.sh RUNNER SUITE: runs one suite of a test runner, and fails when a check fails, when the runner does,
# and when no check ran: for a suite that it does not have the runner alone reports success.
set -euo pipefail

# The runner takes a regular expression and looks for it anywhere in a suite's name.
suite="^${2//./\\.}\$"
ran=no

# CTest keeps the time, so the runner's own limit (-r) is off.
while IFS= read -r line; do
  if [[ $line == '** '* ]]; then
    continue # a check that passed; those that fail are worth their lines
  fi
  printf '%s\n' "$line"
  if [[ $line =~ checks:\ +[1-9] ]]; then
    ran=yes
  fi
done < <("$1" -n -r 0 -v 4 -s "$suite" 2>&1)
wait "$!" # for the runner's exit code

if [[ $ran == no ]]; then
  echo "run_suite.sh: $2 ran no check" >&2
  exit 1
fi
